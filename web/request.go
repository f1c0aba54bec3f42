package web

import (
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
)

// request is a request with what every action needs to know: who asks, in which environment, in which language.
type request struct {
	*http.Request
	visit *auth.Visit
	who   *auth.Identity // nil for a stranger
	env   ids.Environment
	t     *i18n.Printer
	id    string // request id, for log and error pages
	from  string // the client's IP address
}

func (s *Server) newRequest(hr *http.Request, env ids.Environment) *request {
	r := &request{Request: hr, visit: auth.VisitOf(hr.Context()), env: env}
	r.who = r.visit.Identity
	if o := observed(hr.Context()); o != nil {
		r.id, r.from = o.id, o.address
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
	return s.Catalog.Match(r.Header.Get("Accept-Language"))
}

// actor is who acts, for the activity log.
func (r *request) actor() activity.Actor {
	return activity.Actor{Merchant: r.who.Merchant, Person: r.who.Person, Address: r.from}
}
