package web

import (
	"errors"
	"net/http"
	"net/url"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

func (s *Server) loginPage(w http.ResponseWriter, r *request) error {
	next := localPath(r.URL.Query().Get("next"))
	if r.who != nil {
		http.Redirect(w, r.Request, landing(r, next), http.StatusSeeOther)
		return nil
	}
	return s.showLogin(w, r, http.StatusOK, templates.LoginView{Next: next, Ended: r.visit.Former != ""})
}

func (s *Server) showLogin(w http.ResponseWriter, r *request, status int, v templates.LoginView) error {
	v.Passkey = s.passkeyView()
	return s.answer(w, r, status, templates.Login(s.page(w, r, r.t.T("login.title"), "", "/login"), v))
}

// showLocked says for how long nobody can log in to an account. It is the same page whoever asks, with whatever password (C004).
func (s *Server) showLocked(w http.ResponseWriter, r *request, v templates.LoginView, err error) error {
	var locked *fault.Error
	if errors.As(err, &locked) {
		v.LockedSeconds = wholeSeconds(locked.RetryAfter)
		w.Header().Set("Retry-After", v.LockedSeconds)
	}
	v.Error = publicWords(r.t, err)
	return s.showLogin(w, r, http.StatusUnprocessableEntity, v)
}

// login signs somebody in. It ends on /login/done, which finds out whether the browser kept the session's cookie.
func (s *Server) login(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	view := templates.LoginView{
		Email: templates.Field{Value: form.Get("email")}, Next: localPath(form.Get("next")), Sealed: form.Get(sealedField), Ended: form.Get(sealedField) != "",
	}
	if form.Get("email") == "" || form.Get("password") == "" {
		view.Error = r.t.T("auth.both_required")
		return s.showLogin(w, r, http.StatusUnprocessableEntity, view)
	}
	opening, person, err := s.Auth.SignIn(r.Context(), form.Get("email"), form.Get("password"), r.visitor())
	var needed *auth.CodeNeeded
	switch {
	case errors.As(err, &needed):
		return s.askCode(w, r, needed.Pending, view)
	case errors.Is(err, auth.ErrUnconfirmed):
		view.Unconfirmed = true
		return s.showLogin(w, r, http.StatusUnprocessableEntity, view)
	case errors.Is(err, auth.ErrLocked):
		return s.showLocked(w, r, view, err)
	case errors.Is(err, auth.ErrBadCredentials):
		view.Error = publicWords(r.t, err)
		return s.showLogin(w, r, http.StatusUnprocessableEntity, view)
	case err != nil:
		return err
	}
	return s.enter(w, r, opening, person, view)
}

// enter signs somebody in who has shown all that there is to show, and goes on to where they wanted to be, with the form that was kept for them.
func (s *Server) enter(w http.ResponseWriter, r *request, opening auth.Opening, person auth.Person, view templates.LoginView) error {
	if chosen := cookieValue(r.Request, languageCookie); chosen != "" && s.Catalog.Printer(chosen).Lang() != person.Language {
		if err := s.Auth.SetLanguage(r.Context(), person.Merchant, person.ID, r.t.Lang()); err != nil {
			return err
		}
	}
	if err := s.signIn(r, opening); err != nil {
		return err
	}
	next := view.Next
	if kept, err := s.keep(r, person.ID, view.Sealed); err != nil {
		return err
	} else if kept != "" {
		next = kept
	}
	done := url.URL{Path: "/login/done"}
	if next != "" {
		done.RawQuery = url.Values{"next": {next}}.Encode()
	}
	http.Redirect(w, r.Request, done.String(), http.StatusSeeOther)
	return nil
}

// loginDone lands after a right password. Without a session here, the browser has dropped the cookie: some do on plain http.
func (s *Server) loginDone(w http.ResponseWriter, r *request) error {
	if r.who != nil {
		http.Redirect(w, r.Request, landing(r, localPath(r.URL.Query().Get("next"))), http.StatusSeeOther)
		return nil
	}
	page := s.page(w, r, r.t.T("cookie.title"), "", "/login")
	return s.answer(w, r, http.StatusOK, templates.CookieHelp(page, templates.CookieHelpView{Address: s.PublicURL.String()}))
}

func landing(r *request, next string) string {
	if next != "" {
		return next
	}
	return "/" + string(r.home()) + "/dashboard"
}

// logout ends the session, and has the browser forget what it keeps of the portal (C035).
func (s *Server) logout(w http.ResponseWriter, r *request) error {
	if err := s.signOut(r); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	setNotice(w, "notice.signed_out")
	http.Redirect(w, r.Request, "/login", http.StatusSeeOther)
	return nil
}
