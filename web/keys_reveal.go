package web

import (
	"errors"
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// revealPage asks for the password before a key is shown.
func (s *Server) revealPage(w http.ResponseWriter, r *request) error {
	key, err := s.Keys.Get(r.Context(), r.who.Merchant, r.env, keyID(r))
	if err != nil {
		return err
	}
	return s.showReveal(w, r, http.StatusOK, key, "")
}

func (s *Server) showReveal(w http.ResponseWriter, r *request, status int, k keys.Key, problem string) error {
	view := templates.RevealView{
		Label: keyLabel(r, k), Error: problem, Action: inEnvironment(r, "/settings/access-keys/"+string(k.ID)+"/reveal"),
		Back: inEnvironment(r, "/settings/access-keys"),
	}
	return s.answer(w, r, status, templates.Reveal(s.keysPage(w, r, r.t.T("reveal.title")), view))
}

// reveal shows one key, once, after the right password and after the activity log has it (C084). A wrong password is written down too.
func (s *Server) reveal(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	key, err := s.Keys.Get(r.Context(), r.who.Merchant, r.env, keyID(r))
	if err != nil {
		return err
	}
	if err := s.Auth.CheckPassword(r.Context(), r.who.Merchant, r.who.Person, form.Get("password")); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		if errors.Is(err, auth.ErrWrongPassword) {
			if err := s.Keys.Refused(r.Context(), r.actor(), r.env, key.ID); err != nil {
				return err
			}
		}
		return s.showReveal(w, r, http.StatusUnprocessableEntity, key, words(r.t, err)["password"])
	}
	key, secret, err := s.Keys.Reveal(r.Context(), r.actor(), r.env, key.ID)
	if err != nil {
		return err
	}
	view := templates.RevealedView{Label: keyLabel(r, key), Secret: secret, Back: inEnvironment(r, "/settings/access-keys")}
	return s.answer(w, r, http.StatusOK, templates.Revealed(s.keysPage(w, r, keyLabel(r, key)), view))
}
