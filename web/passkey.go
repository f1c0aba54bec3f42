package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

// The fields of a form that carry the answer of a passkey: beside what else is in it, or among what proves who it is.
const (
	ceremonyField      = "ceremony"
	passkeyField       = "passkey"
	proofCeremonyField = "proof_" + ceremonyField
	proofPasskeyField  = "proof_" + passkeyField
)

const (
	passkeyLoginPath = "/login/passkey"
	passkeyStepPath  = codePath + "/passkey"
	passkeysPath     = factorPath + "/passkeys"
	passkeyProofPath = passkeysPath + "/proof"
)

// passkeyRoutes are those about passkeys. The GETs are for scripts: they say what to ask the browser for, and leave nothing behind (C039).
func (s *Server) passkeyRoutes() []route.Route[handler] {
	return []route.Route[handler]{
		noActivity(get(passkeyLoginPath, anyone, "", s.askPasskey)),
		post(passkeyLoginPath, anyone, "", keptForm, s.signInWithPasskey),
		noActivity(get(passkeyStepPath, anyone, "", s.askPasskeyStep)),
		post(passkeyStepPath, anyone, "", keptForm, s.signInWithPasskeyStep),
		noActivity(get(passkeyProofPath, signedIn, "", s.askPasskeyProof)),
		forFactor(strong("passkey.new", post(passkeysPath+"/new", signedIn, "", smallForm, s.newPasskey))),
		forFactor(strong("passkey.new", post(passkeysPath, signedIn, "", smallForm, s.addPasskey))),
	}
}

func passkeyAnswer(form url.Values) auth.PasskeyAnswer {
	return auth.PasskeyAnswer{Ceremony: form.Get(ceremonyField), Response: form.Get(passkeyField)}
}

// passkeyView lets a page ask for a passkey. Scripts hide it under another address than the one that passkeys are bound to.
func (s *Server) passkeyView() templates.PasskeyView {
	if s.Auth.Passkeys == nil {
		return templates.PasskeyView{}
	}
	return templates.PasskeyView{Origin: s.Auth.Passkeys.Origin}
}

// passkeyOf is that of somebody, who may have none.
func (s *Server) passkeyOf(r *request, p ids.PersonID) (templates.PasskeyView, error) {
	has, err := s.Auth.HasPasskey(r.Context(), p)
	if !has {
		return templates.PasskeyView{}, err
	}
	return s.passkeyView(), err
}

// sayRequest tells a script what to ask the browser for.
func sayRequest(w http.ResponseWriter, asked auth.PasskeyRequest, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(asked)
}

func (s *Server) askPasskey(w http.ResponseWriter, _ *request) error {
	asked, err := s.Auth.AskPasskey()
	return sayRequest(w, asked, err)
}

func (s *Server) askPasskeyStep(w http.ResponseWriter, r *request) error {
	asked, err := s.Auth.AskPasskeyStep(r.Context(), cookieValue(r.Request, pendingCookie), r.visitor())
	return sayRequest(w, asked, err)
}

func (s *Server) askPasskeyProof(w http.ResponseWriter, r *request) error {
	asked, err := s.Auth.AskPasskeyProof(r.Context(), r.actor())
	return sayRequest(w, asked, err)
}

// signInWithPasskey signs somebody in without a password.
func (s *Server) signInWithPasskey(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	view := templates.LoginView{
		Email: templates.Field{Value: form.Get("email")}, Next: localPath(form.Get("next")), Sealed: form.Get(sealedField), Ended: form.Get(sealedField) != "",
	}
	opening, person, err := s.Auth.SignInWithPasskey(r.Context(), passkeyAnswer(form), r.visitor())
	switch {
	case errors.Is(err, auth.ErrLocked):
		return s.showLocked(w, r, view, err)
	case errors.Is(err, auth.ErrWrongPasskey):
		view.Error = publicWords(r.t, err)
		return s.showLogin(w, r, http.StatusUnprocessableEntity, view)
	case err != nil:
		return err
	}
	return s.enter(w, r, opening, person, view)
}

// signInWithPasskeyStep is the second step of a log-in.
func (s *Server) signInWithPasskeyStep(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	opening, person, err := s.Auth.SignInWithPasskeyStep(r.Context(), cookieValue(r.Request, pendingCookie), passkeyAnswer(form), r.visitor())
	return s.stepDone(w, r, opening, person, err)
}
