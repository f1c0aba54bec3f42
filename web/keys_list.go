package web

import (
	"net/http"

	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// accessKeys shows the keys of an environment: client keys in clear, server keys masked. No secret is in this page (C084).
func (s *Server) accessKeys(w http.ResponseWriter, r *request) error {
	g, err := s.ring(r)
	if err != nil {
		return err
	}
	view := templates.AccessKeysView{MerchantID: string(r.who.Merchant), Keys: make([]templates.KeyRow, 0, len(g.all)), Hygiene: g.hygiene(r)}
	for _, k := range g.live(keys.Client, keys.Server) {
		row, err := s.keyRow(r, g, k)
		if err != nil {
			return err
		}
		view.Keys = append(view.Keys, row)
	}
	view.Ended = g.ended(r)
	if view.Refused, err = s.refusedLately(r); err != nil {
		return err
	}
	if len(g.all) == 0 {
		if err := s.explainNoKeys(r, &view); err != nil {
			return err
		}
	}
	return s.answer(w, r, http.StatusOK, templates.AccessKeys(s.keysPage(w, r, r.t.T("keys.title")), view))
}

// explainNoKeys finds out what is missing where there are no keys: Production before it is active.
func (s *Server) explainNoKeys(r *request, view *templates.AccessKeysView) error {
	state, err := s.Environments.State(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return err
	}
	general, err := s.Settings.General(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return err
	}
	filled, total := general.Completeness()
	view.Inactive, view.GeneralDone = state == envswitch.Inactive, filled == total
	if view.Inactive {
		view.Activation, err = s.activationStep(r)
	}
	return err
}

// keysPage is the frame of the Access Keys pages. The environment switch leads from each of them to the list: key ids belong to one environment.
func (s *Server) keysPage(w http.ResponseWriter, r *request, title string) templates.Page {
	list := inEnvironment(r, keysPath)
	crumbs := []templates.Link{{Label: r.t.T("nav.settings")}, {Label: r.t.T("keys.title")}}
	if title != r.t.T("keys.title") {
		crumbs[1].Href = list
		crumbs = append(crumbs, templates.Link{Label: title})
	}
	return s.page(w, r, title, "access-keys", list, crumbs...)
}

// keyID is the key that the URL names.
func keyID(r *request) ids.KeyID { return ids.KeyID(r.PathValue("key")) }
