// Package route is the vocabulary of the route tables in web and api: what a route is, who may use it, and what else holds for
// it. A table is data, so tests can walk it. The package refuses tables with gaps: a route whose access nobody chose stops
// the program before it serves.
package route

import (
	"errors"
	"fmt"
	"strings"
)

// Access says who may use a route. The zero value is nobody.
type Access uint8

// The access classes.
const (
	Nobody    Access = iota // refused by Check: somebody forgot to choose
	Anyone                  // with or without a session
	SignedIn                // any signed-in person
	Permitted               // a signed-in person who has Permission
	Keyed                   // a program that shows a merchant's key: cookies count for nothing (C070)
)

// Environment is the path segment that stands for either environment in a pattern.
const Environment = "{environment}"

// Route is one line of a table. H is the handler type of the table's package.
type Route[H any] struct {
	Method     string // GET (HEAD included) or POST
	Pattern    string // net/http pattern without method; may start with "/{environment}/": it exists in both
	Access     Access
	Permission string // with Permitted only: a right that roles grant (auth)
	BodyLimit  int64  // bytes; 0 for routes that take no body
	Fresh      string // POST: asks for the password where it was not typed lately: the message that says what for; "" does not
	Looks      bool   // with Fresh: Handler looks at the form before, as one that the page which asks must not carry along, and has it asked for itself
	Strong     bool   // with Fresh: asks for the second factor too, of who has one (C130)
	PastWall   bool   // answers although the password is too old (rules.md, Rotation)
	ForFactor  bool   // answers although a second factor is missing that the merchant requires, as those of PastWall do
	NoActivity bool   // using it is no activity of a person (rules.md, Idle logout)
	Keeps      bool   // POST: the form is offered again where a session's end or a fault cut it off; its page has the same pattern
	Upload     bool   // POST: takes one file, as multipart/form-data, which no other route does; who asks is judged before the body is read, and again after
	Handler    H
}

// InEnvironment reports whether the route belongs to an environment: it then exists once per environment.
func (r Route[H]) InEnvironment() bool { return strings.HasPrefix(r.Pattern, "/"+Environment+"/") }

// Path gives the route's path in the environment named env.
func (r Route[H]) Path(env string) string { return strings.Replace(r.Pattern, Environment, env, 1) }

// Check reports every gap and contradiction of a table.
func Check[H any](table []Route[H]) error {
	var errs []error
	for _, r := range table {
		if err := r.check(); err != nil {
			errs = append(errs, fmt.Errorf("route %s %s: %w", r.Method, r.Pattern, err))
		}
	}
	return errors.Join(errs...)
}

func (r Route[H]) check() error {
	switch {
	case r.Method != "GET" && r.Method != "POST":
		return errors.New("method must be GET or POST")
	case !strings.HasPrefix(r.Pattern, "/"):
		return errors.New("pattern must start with /")
	case r.Access == Nobody || r.Access > Keyed:
		return errors.New("no access class")
	case (r.Access == Permitted) != (r.Permission != ""):
		return errors.New("a permission belongs to Permitted, and to nothing else")
	case r.InEnvironment() && r.Access < SignedIn:
		return errors.New("an environment is for people who are signed in")
	case r.Access == Keyed && (r.InEnvironment() || r.Fresh != "" || r.PastWall || r.ForFactor || r.NoActivity || r.Keeps):
		return errors.New("a program has a key, which names its environment, and neither session nor password")
	case (r.Method == "POST") != (r.BodyLimit > 0):
		return errors.New("POST has a body limit, GET has none")
	case (r.Fresh != "" || r.Keeps) && r.Access < SignedIn:
		return errors.New("only who is signed in has a password to type again, or a form to get back")
	case (r.Strong || r.Looks) && r.Fresh == "":
		return errors.New("what asks for the second factor, or for the password later, asks for the password and says what for")
	case r.Upload && (r.Method != "POST" || r.Access != Permitted || r.Fresh != "" || r.Keeps):
		return errors.New("a file is sent by who has the permission, and carried along by nothing")
	case (r.Keeps || r.Fresh != "") && r.Method != "POST":
		return errors.New("only a form that is sent can be kept, or wait for the password")
	}
	return nil
}
