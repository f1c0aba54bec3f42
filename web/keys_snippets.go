package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"merchant-portal/internal/i18n"
	"merchant-portal/keys"
	"merchant-portal/web/snippets"
	"merchant-portal/web/templates"
)

// languageParameter is the one part of the address of the snippets: nothing of the choice is remembered.
const languageParameter = "in"

// calls are those that there are snippets for, with their words.
var calls = []struct{ call, title, text string }{
	{snippets.Status, "snippets.status_title", "snippets.status_text"},
	{snippets.Token, "snippets.token_title", "snippets.token_text"},
	{snippets.Debit, "snippets.debit_title", "snippets.debit_text"},
}

// snippetsPage shows code with what is public of the merchant filled in: no secret is opened for it.
func (s *Server) snippetsPage(w http.ResponseWriter, r *request) error {
	chosen, err := chosenLanguage(r)
	if err != nil {
		return err
	}
	page := s.checkupPage(w, r, r.t.T("snippets.title"), snippetsPath)
	here := page.Path
	page.Path += "?" + languageParameter + "=" + chosen.Name // the other environment and language have the same choice
	view := templates.SnippetsView{Needs: r.t.Format("snippets.run", i18n.Args{"Needs": chosen.Needs})}
	for _, l := range snippets.Languages() {
		view.Languages = append(view.Languages, templates.Choice{
			Link: templates.Link{Label: l.Title, Href: here + "?" + languageParameter + "=" + l.Name}, Current: l == chosen,
		})
	}
	names := snippets.Names{API: s.APIs[r.env], ClientID: keys.ClientID(r.who.Merchant), PartnerID: keys.PartnerID(r.who.Merchant)}
	for _, c := range calls {
		code, err := snippets.Code(chosen.Name, c.call, names)
		if err != nil {
			return err
		}
		view.Snippets = append(view.Snippets, snippetView("code-"+c.call, r.t.T(c.title), r.t.T(c.text), code))
	}
	variables, err := s.variables(r)
	if err != nil {
		return err
	}
	view.Variables = snippetView("", r.t.T("snippets.secrets_title"), "", variables)
	return s.answer(w, r, http.StatusOK, templates.Snippets(page, view))
}

func snippetView(id, title, text, code string) templates.Snippet {
	return templates.Snippet{ID: id, Title: title, Text: text, Code: code, Rows: strings.Count(code, "\n") + 1}
}

// chosenLanguage is the one that the address asks for; curl where it asks for none, and none at all where there is no such language.
func chosenLanguage(r *request) (snippets.Language, error) {
	all := snippets.Languages()
	name := cmp.Or(r.URL.Query().Get(languageParameter), all[0].Name)
	at := slices.IndexFunc(all, func(l snippets.Language) bool { return l.Name == name })
	if at < 0 {
		return snippets.Language{}, errNotFound
	}
	return all[at], nil
}

// variables is what the snippets read from their environment, as a file of settings: filled in is what is no secret.
func (s *Server) variables(r *request) (string, error) {
	owned, err := s.Keys.List(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return "", err
	}
	var public string
	for _, k := range owned {
		if k.Kind == keys.Client && k.EndsAt.IsZero() {
			if public, err = s.Keys.PublicText(k); err != nil {
				return "", err
			}
		}
	}
	registered, err := s.Keys.Registration(r.Context(), r.who.Merchant, r.env)
	if err != nil && !errors.Is(err, keys.ErrNotRegistered) {
		return "", err
	}
	return strings.Join([]string{
		"# " + r.t.T("snippets.secrets_server"), "MIDTRANS_SERVER_KEY=",
		"# " + r.t.T("snippets.secrets_client"), "MIDTRANS_CLIENT_KEY=" + public,
		"# " + r.t.T("snippets.secrets_key"), "SNAP_PRIVATE_KEY_FILE=private_key.pem",
		"# " + r.t.T("snippets.secrets_secret"), "SNAP_CLIENT_SECRET=",
		"# " + r.t.T("snippets.secrets_channel"), "SNAP_CHANNEL_ID=" + registered.ChannelID,
	}, "\n"), nil
}
