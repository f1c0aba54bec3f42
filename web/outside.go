package web

import (
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

// anyAddress are the routes that answer who is signed in at any address: the way out, and the question of how long the session still lives.
// What strangers may use too is answered there as to a stranger; nothing else is.
var anyAddress = map[string]bool{"/logout": true, "/session/check": true}

// letIn gives a request from outside the merchant's allow-list its person back where the route is for any address, and refuses it where the route is not for
// strangers.
func (r *request) letIn(rt route.Route[handler]) error {
	switch {
	case r.outside == nil:
		return nil
	case anyAddress[rt.Pattern]:
		r.who = r.outside
		return nil
	case rt.Access == route.Anyone:
		return nil
	}
	return auth.Outside(r.from)
}

// refuseAddress says why nothing is to be seen here, to whoever has a session or has just shown all that it takes to get one. It says nothing of
// the person or the merchant.
func (s *Server) refuseAddress(w http.ResponseWriter, r *request, err error) {
	view := templates.OutsideView{Text: publicWords(r.t, err), SignedIn: r.outside != nil}
	if view.SignedIn {
		view.Again = pageAgain(r)
	}
	page := s.page(w, r, r.t.T("outside.title"), "", "/")
	page.Environment = "" // even for a page of one: nothing of it is to be seen

	s.answer(w, r, statuses[fault.Forbidden], templates.Outside(page, view)) //nolint:errcheck // what fails is answered there
}
