package web

import (
	"errors"
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

// confirmPage is where the mailed link leads. With the token in the URL it moves it into a cookie and comes back without: out of the address
// bar, the history and every Referer (C062). Looking consumes nothing (C060), and only the button confirms.
func (s *Server) confirmPage(w http.ResponseWriter, r *request) error {
	if token := r.URL.Query().Get("token"); token != "" {
		w.Header().Set("Referrer-Policy", "no-referrer")
		setCookie(w, linkCookie, cookieSafe(token))
		http.Redirect(w, r.Request, "/register/confirm", http.StatusSeeOther)
		return nil
	}
	ask, err := s.Auth.Opened(r.Context(), cookieValue(r.Request, linkCookie), cookieValue(r.Request, registrationCookie))
	if err != nil {
		return s.confirmFailed(w, r, err)
	}
	return s.showConfirm(w, r, http.StatusOK, templates.ConfirmView{AskPassword: ask})
}

func (s *Server) showConfirm(w http.ResponseWriter, r *request, status int, v templates.ConfirmView) error {
	return s.answer(w, r, status, templates.Confirm(s.page(w, r, r.t.T("confirm.title"), "", "/register/confirm"), v))
}

// confirm makes the registration a merchant.
func (s *Server) confirm(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	err = s.Auth.Confirm(r.Context(), cookieValue(r.Request, linkCookie), cookieValue(r.Request, registrationCookie), form.Get("password"), r.from)
	if err != nil {
		return s.confirmFailed(w, r, err)
	}
	dropCookie(w, linkCookie)
	dropCookie(w, registrationCookie)
	setNotice(w, "notice.confirmed")
	http.Redirect(w, r.Request, "/login", http.StatusSeeOther)
	return nil
}

// confirmFailed shows what went wrong where something can be done about it.
func (s *Server) confirmFailed(w http.ResponseWriter, r *request, err error) error {
	switch {
	case errors.Is(err, auth.ErrBadLink):
		page := s.page(w, r, r.t.T("link.title"), "", "/register/confirm")
		return s.answer(w, r, statuses[fault.Invalid], templates.LinkInvalid(page, templates.LinkInvalidView{}))
	case fault.KindOf(err) == fault.Invalid: // a password that is missing or wrong, or that locks
		return s.showConfirm(w, r, statuses[fault.Invalid], templates.ConfirmView{AskPassword: true, Error: passwordProblem(r, err)})
	default:
		return err
	}
}

// cookieSafe keeps a token that could not be ours out of the cookie header.
func cookieSafe(token string) string {
	const longest = 64
	if len(token) > longest {
		return token[:0]
	}
	for _, c := range token {
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') { // the alphabet of auth.NewToken
			return ""
		}
	}
	return token
}
