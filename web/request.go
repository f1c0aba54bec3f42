package web

import (
	"net/http"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/internal/zone"
	"merchant-portal/web/templates"
)

// request is a request with what every action needs to know: who asks, in which environment, in which language.
type request struct {
	*http.Request
	visit *auth.Visit
	who   *auth.Identity // nil for a stranger
	// outside is who is signed in at an address that their merchant does not allow: who is nil then, so that no page is theirs.
	outside *auth.Identity
	env     ids.Environment
	t       *i18n.Printer
	id      string // request id, for log and error pages
	from    string // the client's IP address
	at      time.Time
	route   *route.Route[handler] // nil: none was reached
}

func (s *Server) newRequest(hr *http.Request, env ids.Environment) *request {
	r := &request{Request: hr, visit: auth.VisitOf(hr.Context()), env: env, at: s.Now()}
	r.who = r.visit.Identity
	if o := observed(hr.Context()); o != nil {
		r.id, r.from, r.route = o.id, o.address, o.route
	}
	if r.who != nil && !r.who.AllowedFrom.Allows(r.from) {
		r.who, r.outside = nil, r.who
	}
	r.t = s.printer(r)
	return r
}

// printer chooses the language: the person's, else the one chosen in this browser, else what the browser asks for.
func (s *Server) printer(r *request) *i18n.Printer {
	if r.who != nil {
		return s.Catalog.Printer(r.who.Language)
	}
	if chosen := cookieValue(r.Request, languageCookie); chosen != "" {
		return s.Catalog.Printer(chosen)
	}
	if r.outside != nil {
		return s.Catalog.Printer(r.outside.Language)
	}
	return s.Catalog.Match(r.Header.Get("Accept-Language"))
}

// zone is where times are shown: the person's, WIB for a stranger.
func (r *request) zone() *time.Location {
	if r.who == nil {
		return zone.Of("")
	}
	return zone.Of(r.who.Timezone)
}

// visitor is who asks before anybody is signed in.
func (r *request) visitor() auth.Visitor {
	return auth.Visitor{Address: r.from, Browser: browserName(r.UserAgent())}
}

// actor is who acts, for the activity log.
func (r *request) actor() activity.Actor {
	return activity.Actor{Merchant: r.who.Merchant, Person: r.who.Person, Address: r.from}
}

// home is the environment that the menu of whoever is signed in leads to: the one of the page, else the one last used; Sandbox where they may not see that.
func (r *request) home() ids.Environment {
	env := r.env
	if env == "" {
		env = r.who.LastEnvironment
	}
	if !r.who.Roles.May(auth.SeeEnvironment, env) {
		return ids.Sandbox
	}
	return env
}

// menu is what of the navigation whoever is signed in may open.
func (r *request) menu(home ids.Environment) templates.Menu {
	roles := r.who.Roles
	return templates.Menu{
		General: roles.May(auth.EditSettings, home), AccessKeys: roles.May(auth.SeeKeys, home), Compare: roles.May(auth.CopySettings, ""), Production: roles.May(auth.SeeEnvironment, ids.Production),
		Users: roles.May(auth.ManageUsers, ""), Activity: roles.May(auth.SeeActivity, ""),
		Security: roles.May(auth.EditSecurity, ""),
	}
}
