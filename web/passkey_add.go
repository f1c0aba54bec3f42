package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

// passkeysView is the section of the page about second factors.
func (s *Server) passkeysView(r *request, factors []auth.Factor, kept bool) templates.PasskeysView {
	v := templates.PasskeysView{Kept: kept, NewAction: passkeysPath + "/new"}
	for _, f := range factors {
		if f.Kind == auth.Passkey {
			v.Rows = append(v.Rows, templates.PasskeyRow{
				Name: f.Name, Since: r.t.Time(f.CreatedAt, r.zone()), Used: s.lastUse(r, f), RemoveAction: factorPath + "/" + string(f.ID) + "/remove",
			})
		}
	}
	v.Full = len(v.Rows) >= auth.MaxPasskeys
	switch {
	case s.Auth.Passkeys == nil:
		v.NoHost = true
	case !s.atHome(r):
		v.Elsewhere = s.Auth.Passkeys.Origin + factorPath
	}
	return v
}

// atHome reports whether a request came under the address that passkeys are bound to.
func (s *Server) atHome(r *request) bool {
	home, err := url.Parse(s.Auth.Passkeys.Origin)
	return err == nil && strings.EqualFold(home.Host, strings.TrimSuffix(r.Host, ":443"))
}

// newPasskey is the page on which a new passkey gets its name and the browser makes it.
func (s *Server) newPasskey(w http.ResponseWriter, r *request) error {
	return s.showNewPasskey(w, r, http.StatusOK, templates.NewPasskeyView{Name: templates.Field{Value: browserWords(r.t, r.visitor().Browser)}})
}

func (s *Server) showNewPasskey(w http.ResponseWriter, r *request, status int, v templates.NewPasskeyView) error {
	asked, err := s.Auth.NewPasskey(r.Context(), r.actor())
	if err != nil {
		return err
	}
	v.Origin, v.Options, v.Ceremony, v.Action, v.Back = s.Auth.Passkeys.Origin, string(asked.Options), asked.Ceremony, passkeysPath, factorPath
	return s.answer(w, r, status, templates.NewPasskey(s.factorPart(w, r, r.t.T("passkey.new")), v))
}

// addPasskey stores what the browser has made. What does not work is asked for once more, with another challenge.
func (s *Server) addPasskey(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	name := form.Get("name")
	codes, err := s.Auth.AddPasskey(r.Context(), r.actor(), r.visitor().Browser, name, passkeyAnswer(form))
	view := templates.NewPasskeyView{Name: templates.Field{Value: name, Error: words(r.t, err)["name"]}}
	switch {
	case errors.Is(err, auth.ErrPasskeyNotAdded), errors.Is(err, auth.ErrFactorTaken):
		view.Error = publicWords(r.t, err)
		return s.showNewPasskey(w, r, statuses[fault.Conflict], view)
	case fault.KindOf(err) == fault.Invalid:
		return s.showNewPasskey(w, r, statuses[fault.Invalid], view)
	case err != nil:
		return err
	}
	return s.factorAdded(w, r, codes)
}
