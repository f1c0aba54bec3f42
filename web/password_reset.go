package web

import (
	"errors"
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

// resetPage is where the mailed link leads. With the token in the URL it moves it into a cookie and comes back without: out of the address bar, the
// history and every Referer (C062). Looking consumes nothing (C060).
func (s *Server) resetPage(w http.ResponseWriter, r *request) error {
	if r.URL.Query().Has("token") {
		w.Header().Set("Referrer-Policy", "no-referrer")
		setCookie(w, linkCookie, cookieSafe(r.URL.Query().Get("token")))
		http.Redirect(w, r.Request, "/password/reset", http.StatusSeeOther)
		return nil
	}
	if err := s.Auth.ResetOpened(r.Context(), cookieValue(r.Request, linkCookie)); err != nil {
		return s.resetFailed(w, r, err)
	}
	return s.showReset(w, r, http.StatusOK, templates.ResetView{})
}

func (s *Server) showReset(w http.ResponseWriter, r *request, status int, v templates.ResetView) error {
	return s.answer(w, r, status, templates.Reset(s.page(w, r, r.t.T("reset.title"), "", "/password/reset"), v))
}

// reset gives the person of the link a new password. It ends on the login page with nobody signed in, whoever was in this browser (C065).
func (s *Server) reset(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	err = s.Auth.ResetPassword(r.Context(), auth.Reset{
		Token: cookieValue(r.Request, linkCookie), New: form.Get("new_password"), Confirm: form.Get("confirm_password"), From: r.visitor(),
	})
	if err != nil {
		return s.resetFailed(w, r, err)
	}
	if r.who != nil {
		if err := s.signOut(r); err != nil {
			return err
		}
	}
	dropCookie(w, linkCookie)
	setNotice(w, "notice.password_reset")
	http.Redirect(w, r.Request, "/login", http.StatusSeeOther)
	return nil
}

// resetFailed shows what went wrong where something can be done about it. Every bad link gets the same answer (C024).
func (s *Server) resetFailed(w http.ResponseWriter, r *request, err error) error {
	switch {
	case errors.Is(err, auth.ErrBadLink):
		page := s.page(w, r, r.t.T("link.title"), "", "/password/reset")
		return s.answer(w, r, statuses[fault.Invalid], templates.ResetInvalid(page, templates.ResetInvalidView{}))
	case fault.KindOf(err) == fault.Invalid:
		said := words(r.t, err)
		return s.showReset(w, r, statuses[fault.Invalid], templates.ResetView{New: said["new_password"], Confirm: said["confirm_password"]})
	default:
		return err
	}
}
