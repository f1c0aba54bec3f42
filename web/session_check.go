package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"merchant-portal/web/templates"
)

// sessionLeft is what an open page learns of its session.
type sessionLeft struct {
	LeftMS  int64 `json:"left_ms"` // until it ends if nothing is done; 0: it has ended
	Extends bool  `json:"extends"` // doing something would make that more
}

// sessionCheck says how long the session still lives, to a script or to a person. Asking is no activity (C031).
func (s *Server) sessionCheck(w http.ResponseWriter, r *request) error {
	next := localPath(r.URL.Query().Get("next"))
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		return s.sayLeft(w, r)
	}
	if r.who == nil {
		to := "/login"
		if next != "" {
			to += "?" + url.Values{"next": {next}}.Encode()
		}
		http.Redirect(w, r.Request, to, http.StatusSeeOther)
		return nil
	}
	if next == "" {
		next = "/"
	}
	page := s.page(w, r, r.t.T("check.title"), "", "/session/check")
	page.Back = next
	return s.answer(w, r, http.StatusOK, templates.SessionCheck(page, templates.SessionCheckView{Next: next}))
}

func (s *Server) sayLeft(w http.ResponseWriter, r *request) error {
	var left sessionLeft
	if r.who != nil {
		lives := s.left(r, r.who.ActiveAt)
		left = sessionLeft{LeftMS: max(lives.Milliseconds(), 1), Extends: r.who.EndsAt.Sub(r.at) > lives}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(left)
}

// left is how long the session of a request still lives if active was the last activity.
func (s *Server) left(r *request, active time.Time) time.Duration {
	return min(s.Rules.IdleTimeout-r.at.Sub(active), r.who.EndsAt.Sub(r.at))
}

// extend is the one simple action that keeps a session: it is activity and nothing else.
func (s *Server) extend(w http.ResponseWriter, r *request) error {
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		r.who.ActiveAt = r.at
		return s.sayLeft(w, r)
	}
	form, err := r.form()
	if err != nil {
		return err
	}
	next := localPath(form.Get("next"))
	if next == "" {
		next = "/"
	}
	http.Redirect(w, r.Request, next, http.StatusSeeOther)
	return nil
}

// noteActivity counts a request as something that a person did: a page or a form, unless it was refused, only looked at beforehand, or asked for by
// something that is no person (rules.md, Idle logout; C031).
func (s *Server) noteActivity(r *request, noActivity bool) {
	if r.who == nil || noActivity || r.Method == http.MethodHead || prefetched(r.Request) || embedded(r.Request) || refused(observed(r.Context()).status) {
		return
	}
	s.Sessions.Active(*r.who, r.at)
}

func prefetched(hr *http.Request) bool {
	return strings.Contains(hr.Header.Get("Sec-Purpose"), "prefetch") || hr.Header.Get("Purpose") == "prefetch"
}

// embedded reports whether a page of another site asked for something to be part of it, as an image of a sister site would, over and over: nobody sees a
// page by that.
func embedded(hr *http.Request) bool {
	site, dest := hr.Header.Get("Sec-Fetch-Site"), hr.Header.Get("Sec-Fetch-Dest")
	return (site == "same-site" || site == "cross-site") && dest != "" && dest != "document"
}

func refused(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests:
		return true
	}
	return false
}
