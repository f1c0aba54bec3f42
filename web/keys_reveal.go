package web

import (
	"net/http"

	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// shownFor is for how many seconds a secret stays on the page: a script empties it then, and the browser leaves the page in any case.
const shownFor = "60"

// reveal shows one key, once, after a fresh password (route.Fresh) and after the activity log has it (C084). With only=copy it can be copied without being
// seen; the log makes no difference.
func (s *Server) reveal(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	key, secret, err := s.Keys.Reveal(r.Context(), r.actor(), r.env, keyID(r))
	if err != nil {
		return err
	}
	path := keyPath(r, key.ID, "/reveal")
	view := templates.RevealedView{
		Label: keyLabel(r, key), Secret: secret, Back: listOf(r, key), Action: path, Seconds: shownFor, CopyOnly: form.Get("only") == "copy",
	}
	w.Header().Set("Refresh", shownFor+";url="+path)
	return s.answer(w, r, http.StatusOK, templates.Revealed(s.keysPage(w, r, keyLabel(r, key)), view))
}

// revealed is the same address looked at: by the browser itself when the time is over, which is no activity of a person, or by going back to it.
func (s *Server) revealed(w http.ResponseWriter, r *request) error {
	k, err := s.Keys.Get(r.Context(), r.who.Merchant, r.env, keyID(r))
	if err != nil {
		return err
	}
	view := templates.HiddenView{Value: k.Mask(), Label: keyLabel(r, k), Back: listOf(r, k)}
	if k.LiveAt(r.at) && k.Kind != keys.Client {
		view.Action = keyPath(r, k.ID, "/reveal")
	}
	return s.answer(w, r, http.StatusOK, templates.KeyHidden(s.keysPage(w, r, r.t.T("hidden.title")), view))
}
