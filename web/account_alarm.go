package web

import (
	"errors"
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/web/templates"
)

const alarmPath = "/account-alarm"

// alarmPage is where a mail leads whoever did not do what it tells of. The token goes into a cookie at once: out of the address bar, the history and
// every Referer (C062). Looking consumes nothing (C060).
func (s *Server) alarmPage(w http.ResponseWriter, r *request) error {
	if r.URL.Query().Has("token") {
		w.Header().Set("Referrer-Policy", "no-referrer")
		setCookie(w, linkCookie, cookieSafe(r.URL.Query().Get("token")))
		http.Redirect(w, r.Request, alarmPath, http.StatusSeeOther)
		return nil
	}
	used, err := s.Auth.AlarmOpened(r.Context(), cookieValue(r.Request, linkCookie))
	if err != nil {
		return s.alarmFailed(w, r, err)
	}
	return s.showAlarm(w, r, http.StatusOK, templates.AlarmView{Done: used})
}

// raiseAlarm ends everything and has a link to a new password mailed. Sending it twice says the same twice.
func (s *Server) raiseAlarm(w http.ResponseWriter, r *request) error {
	if err := s.Auth.RaiseAlarm(r.Context(), cookieValue(r.Request, linkCookie), r.visitor()); err != nil {
		return s.alarmFailed(w, r, err)
	}
	http.Redirect(w, r.Request, alarmPath, http.StatusSeeOther)
	return nil
}

// alarmFailed gives every bad link the same answer (C024).
func (s *Server) alarmFailed(w http.ResponseWriter, r *request, err error) error {
	if !errors.Is(err, auth.ErrBadLink) {
		return err
	}
	return s.showAlarm(w, r, http.StatusUnprocessableEntity, templates.AlarmView{Bad: true})
}

func (s *Server) showAlarm(w http.ResponseWriter, r *request, status int, v templates.AlarmView) error {
	title := r.t.T("alarm.title")
	switch {
	case v.Bad:
		title = r.t.T("link.title")
	case v.Done:
		title = r.t.T("alarm.done_title")
	}
	return s.answer(w, r, status, templates.Alarm(s.page(w, r, title, "", alarmPath), v))
}
