// Package fault is the portal's error vocabulary: an error that a person may see says of which kind it is and carries a
// message that the pages translate. Everything else is an internal error, whose text never leaves the log.
package fault

import (
	"errors"
	"strings"
	"time"
)

// Kind says what sort of failure an error is. One table in web maps kinds to HTTP statuses.
type Kind uint8

// The kinds. The zero value is Internal: what nobody classified is our fault, not the visitor's.
const (
	Internal    Kind = iota
	Invalid          // what was typed breaks a rule: Fields say which
	NotFound         // it does not exist, or not for this merchant, or not in this environment
	SignedOut        // nobody is signed in
	Forbidden        // signed in, but the permission is missing, or the request came from another site
	Conflict         // the act does not fit the present state
	TooLarge         // more bytes or fields than the route takes
	Misdirected      // a Host that this portal does not answer for
	BadMethod        // a method that no route has
	TooMany          // too often from one address: try again later
	Unavailable      // try again later: queue full, database away
)

// Message is a sentence for people: an id of the message catalogs and what is filled into it.
type Message struct {
	ID   string
	Args map[string]any
}

// Field is a message about one field of a form, named as in the form.
type Field struct {
	Name string
	Message
}

// Error is a classified failure. Public may be empty: the kind's general sentence is shown then. Err is for the log alone.
type Error struct {
	Kind       Kind
	Public     Message
	Fields     []Field
	RetryAfter time.Duration // for TooMany and Unavailable
	Err        error
}

// Error is for the log: it names kind, message id and fields, never what was typed.
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	if e.Public.ID != "" {
		parts = append(parts, e.Public.ID)
	}
	for _, f := range e.Fields {
		parts = append(parts, f.Name+": "+f.ID)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		return "fault"
	}
	return strings.Join(parts, "; ")
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// New makes a failure of a kind with the public message id.
func New(kind Kind, id string) *Error { return &Error{Kind: kind, Public: Message{ID: id}} }

// Wrap makes a failure of a kind whose cause is err.
func Wrap(kind Kind, id string, err error) *Error {
	return &Error{Kind: kind, Public: Message{ID: id}, Err: err}
}

// InvalidField makes the failure of one field.
func InvalidField(name, id string, args map[string]any) *Error {
	return &Error{Kind: Invalid, Fields: []Field{{Name: name, Message: Message{ID: id, Args: args}}}}
}

// KindOf reports the kind of err: that of the first Error in its chain, else Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// FieldsOf reports the field messages that err carries, by field name. Of two about one field the first one counts.
func FieldsOf(err error) map[string]Message {
	var e *Error
	if !errors.As(err, &e) {
		return nil
	}
	fields := make(map[string]Message, len(e.Fields))
	for _, f := range e.Fields {
		if _, seen := fields[f.Name]; !seen {
			fields[f.Name] = f.Message
		}
	}
	return fields
}
