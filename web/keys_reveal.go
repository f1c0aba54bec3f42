package web

import (
	"net/http"

	"merchant-portal/web/templates"
)

// reveal shows one key, once, after a fresh password (route.Fresh) and after the activity log has it (C084).
func (s *Server) reveal(w http.ResponseWriter, r *request) error {
	key, secret, err := s.Keys.Reveal(r.Context(), r.actor(), r.env, keyID(r))
	if err != nil {
		return err
	}
	view := templates.RevealedView{Label: keyLabel(r, key), Secret: secret, Back: inEnvironment(r, "/settings/access-keys")}
	return s.answer(w, r, http.StatusOK, templates.Revealed(s.keysPage(w, r, keyLabel(r, key)), view))
}

// revealed is the same address looked at, as by going back to it: a key is shown by a form alone, so it leads to the list.
func (s *Server) revealed(w http.ResponseWriter, r *request) error {
	if _, err := s.Keys.Get(r.Context(), r.who.Merchant, r.env, keyID(r)); err != nil {
		return err
	}
	http.Redirect(w, r.Request, inEnvironment(r, "/settings/access-keys"), http.StatusSeeOther)
	return nil
}
