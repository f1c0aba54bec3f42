// Package templates is what people see: the layout, components, and one file per page with its view model on top. It knows words, links
// and fields, and refuses to know merchants, keys or settings: handlers translate those into view models. A page works without script,
// carries no inline script or style, and says its environment in text, icon, colour, title and favicon.
package templates

import (
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"merchant-portal/internal/i18n"
	"merchant-portal/web/static"
)

// Page is what every page has.
type Page struct {
	T            *i18n.Printer
	Title        string // translated
	Brand        Brand
	SupportEmail string   // may be empty
	Path         string   // local path of this page: the language form and the environment switch come back to it
	Notice       string   // translated one-line message shown once on top; "" none
	Warns        bool     // it is no good news
	Account      *Account // nil: signed out
	Environment  string   // "sandbox", "production", "" where a page belongs to none
	Home         string   // the environment that the navigation of a page of none leads to; "": Sandbox
	// ProductionClosed: Production is not active yet. It is for people who may see Production alone.
	ProductionClosed bool
	Theme            string // "light", "dark", anything else: as the visitor's system is set
	Menu             Menu   // what of the navigation there is
	Section          string // navigation entry: "dashboard", "general", "access-keys", "payment", "bi-snap-notification", "integration", "profile", "password", "sessions", "users", "second-factor", "activity", "security", "search", "activation", ""
	Crumbs           []Link // the last one is this page and has no Href
	Kept             string // the id of what the page's form was filled from instead of what is stored; "" none
	// Idle is after how long without activity a session ends, Left how long this one lives if nothing is done from now on, and Back where to go after
	// logging in again: a local path, "" for Path. All three for people who are signed in alone.
	Idle, Left   time.Duration
	Back         string
	PasswordEnds string // translated: the password has to be changed soon; "" it has not
	FactorDue    string // translated: a second factor has to be set up soon; "" it has not
	Activation   string // how far the registration for Production is: "draft", "in_review", "rejected"; "": nothing is to be said about it here
	Activates    bool   // whoever looks may complete it
	Live         bool   // pages are being worked on: their parts are rendered each time
}

// Menu is what of the navigation somebody may open beside what everybody may. It is comparable: the frame is rendered once for all who have the same.
type Menu struct {
	General, AccessKeys bool // in the environment that the navigation leads to
	Production          bool // that there is one
	Compare             bool // both of them
	Users, Activity     bool
	Security            bool
	Activation          bool // of Production, while it is not active
}

// Brand is how the portal calls itself. Logo is the URL of an image, "" for none.
type Brand struct{ Name, Logo string }

// Account is who is signed in.
type Account struct{ Name, Email, Merchant, MerchantID string }

// Link leads somewhere. Without Href it is text.
type Link struct{ Label, Href string }

// Field is a field's value and the translated sentence about what is wrong with it, "" if nothing is.
type Field struct{ Value, Error string }

// Hidden is a field that a person does not see.
type Hidden struct{ Name, Value string }

// Option is one choice of a drop-down.
type Option struct{ Value, Label string }

func (p Page) environmentName() string {
	if p.Environment == "" {
		return ""
	}
	return p.homeName()
}

// homeName is the name of the environment that the navigation leads to.
func (p Page) homeName() string {
	if p.home() == "/production" {
		return p.T.T("environment.production")
	}
	return p.T.T("environment.sandbox")
}

func (p Page) title() string {
	if name := p.environmentName(); name != "" {
		return p.Title + " · " + name + " · " + p.Brand.Name
	}
	return p.Title + " · " + p.Brand.Name
}

func (p Page) favicon() string {
	if p.Environment == "" {
		return static.Path("icons/favicon-neutral.svg")
	}
	return static.Path("icons/favicon-" + p.Environment + ".svg")
}

// home is where the navigation's links start: in this page's environment, or in the one last used where it belongs to none.
func (p Page) home() string {
	if p.Environment == "production" || (p.Environment == "" && p.Home == "production") {
		return "/production"
	}
	return "/sandbox"
}

// theme marks the page where somebody does not follow their system.
func (p Page) theme() templ.OrderedAttributes {
	if p.Theme != "light" && p.Theme != "dark" {
		return nil
	}
	return templ.OrderedAttributes{{Key: "data-theme", Value: p.Theme}}
}

func (p Page) idleMillis() string { return strconv.FormatInt(p.Idle.Milliseconds(), 10) }

// keep is the data-keep of a form that is kept when its session ends: unsaved, if what it shows is stored nowhere before anybody touches it.
func keep(unsaved bool) string {
	if unsaved {
		return "unsaved"
	}
	return ""
}

// back is where somebody goes on after logging in again.
func (p Page) back() string {
	if p.Back != "" {
		return p.Back
	}
	return p.Path
}

// backEscaped is back as the value of a query.
func (p Page) backEscaped() string {
	back := p.back()
	if strings.ContainsFunc(back, func(r rune) bool { return r != '/' && r != '-' && (r < 'a' || r > 'z') }) {
		return url.QueryEscape(back)
	}
	return back // as nearly always
}

var symbols sync.Map // name → its place in the sprite

func symbol(name string) string {
	if href, ok := symbols.Load(name); ok {
		return href.(string) //nolint:forcetypeassert // nothing else is stored
	}
	href := static.Path("icons/icons.svg") + "#" + name
	symbols.Store(name, href)
	return href
}

// input describes a text field of a form; hint and mark are translated and may be empty.
type input struct {
	name, label, kind, hint, mark, autocomplete string
	required                                    bool
}

// attributes are those that depend on what there is to say about the field.
func (in input) attributes(f Field) templ.OrderedAttributes {
	var attributes templ.OrderedAttributes
	set := func(name string, value any) {
		attributes = append(attributes, templ.KeyValue[string, any]{Key: name, Value: value})
	}
	if in.autocomplete != "" {
		set("autocomplete", in.autocomplete)
	}
	if in.required {
		set("required", true)
	}
	var described []string
	if in.mark != "" {
		described = append(described, in.name+"-mark")
	}
	if in.hint != "" {
		described = append(described, in.name+"-hint")
	}
	if f.Error != "" {
		described = append(described, in.name+"-error")
		set("aria-invalid", "true")
	}
	if len(described) > 0 {
		set("aria-describedby", strings.Join(described, " "))
	}
	return attributes
}
