package web

import (
	"errors"
	"net/http"
	"net/url"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

// codePath is where the second step of a log-in is made.
const codePath = "/login/code"

// askCode goes on to the second step. A form that was cut off is too long for a URL: then the page is the answer itself.
func (s *Server) askCode(w http.ResponseWriter, r *request, pending string, v templates.LoginView) error {
	setCookie(w, pendingCookie, pending)
	if v.Sealed != "" {
		return s.showCode(w, r, http.StatusOK, pending, templates.LoginCodeView{Next: v.Next, Sealed: v.Sealed})
	}
	step := url.URL{Path: codePath}
	if v.Next != "" {
		step.RawQuery = url.Values{"next": {v.Next}}.Encode()
	}
	http.Redirect(w, r.Request, step.String(), http.StatusSeeOther)
	return nil
}

func (s *Server) showCode(w http.ResponseWriter, r *request, status int, pending string, v templates.LoginCodeView) error {
	p, err := s.Auth.PendingSignIn(r.Context(), pending, r.visitor())
	if err != nil {
		return err
	}
	if v.Passkey, err = s.passkeyOf(r, p.ID); err != nil {
		return err
	}
	return s.answer(w, r, status, templates.LoginCode(s.page(w, r, r.t.T("step.title"), "", codePath), v))
}

// codePage asks for the code. Without the cookie of the first step there is nobody to ask: /login/done knows what to do.
func (s *Server) codePage(w http.ResponseWriter, r *request) error {
	next := localPath(r.URL.Query().Get("next"))
	pending := cookieValue(r.Request, pendingCookie)
	if r.who != nil || pending == "" {
		done := url.URL{Path: "/login/done", RawQuery: url.Values{"next": {next}}.Encode()}
		http.Redirect(w, r.Request, done.String(), http.StatusSeeOther)
		return nil
	}
	err := s.showCode(w, r, http.StatusOK, pending, templates.LoginCodeView{Next: next})
	if errors.Is(err, auth.ErrPendingOver) {
		return s.stepOver(w, r, templates.LoginView{Next: next}, err)
	}
	return err
}

// signInWithCode is the second step of a log-in.
func (s *Server) signInWithCode(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	opening, person, err := s.Auth.SignInWithCode(r.Context(), cookieValue(r.Request, pendingCookie), form.Get("code"), r.visitor())
	return s.stepDone(w, r, opening, person, err)
}

// stepDone answers a second step, whichever factor was shown.
func (s *Server) stepDone(w http.ResponseWriter, r *request, opening auth.Opening, person auth.Person, err error) error {
	form := r.PostForm
	view := templates.LoginView{Next: localPath(form.Get("next")), Sealed: form.Get(sealedField), Ended: form.Get(sealedField) != ""}
	switch {
	case errors.Is(err, auth.ErrLocked):
		dropCookie(w, pendingCookie)
		return s.showLocked(w, r, view, err)
	case errors.Is(err, auth.ErrPendingOver):
		return s.stepOver(w, r, view, err)
	case fault.KindOf(err) == fault.Invalid:
		return s.showCode(w, r, statuses[fault.Invalid], cookieValue(r.Request, pendingCookie), templates.LoginCodeView{Next: view.Next, Sealed: view.Sealed, Error: words(r.t, err)["code"]})
	case err != nil:
		return err
	}
	dropCookie(w, pendingCookie)
	mine, err := s.Auth.MyFactors(r.Context(), person.ID)
	if err != nil {
		return err
	}
	if mine.CodesLeft <= auth.FewRecoveryCodes {
		setNotice(w, "notice.codes_few")
	}
	return s.enter(w, r, opening, person, view)
}

// stepOver begins again with the first step, and says why.
func (s *Server) stepOver(w http.ResponseWriter, r *request, v templates.LoginView, err error) error {
	dropCookie(w, pendingCookie)
	v.Error = publicWords(r.t, err)
	return s.showLogin(w, r, statuses[fault.Invalid], v)
}
