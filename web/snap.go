package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

const snapPath = keysPath + "/bi-snap"

// publicKeyForm is how much a form with a public key may measure: 64 kB of text, each byte of which may be sent as three, so that what is larger than a
// public key may be is told so at the field.
const publicKeyForm = 3*keys.MaxPublicKey + smallForm

func (s *Server) snapRoutes() []route.Route[handler] {
	const snap = "/{environment}" + snapPath
	return []route.Route[handler]{
		get(snap, permitted, auth.SeeKeys, s.snapPage),
		freshLater("snap.purpose", post(snap, permitted, auth.ChangeKeys, publicKeyForm, s.registerSnap)),
	}
}

// snapPage shows the BI-SNAP credentials of an environment, the secret masked, or the way to them.
func (s *Server) snapPage(w http.ResponseWriter, r *request) error {
	registration, err := s.Keys.Registration(r.Context(), r.who.Merchant, r.env)
	switch {
	case err == nil:
		return s.showSnap(w, r, registration)
	case !errors.Is(err, keys.ErrNotRegistered):
		return err
	}
	state, err := s.Environments.State(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return err
	}
	view := templates.SnapView{Closed: state == envswitch.Inactive, Form: s.publicKeyForm(r, "", nil)}
	return s.answer(w, r, http.StatusOK, templates.Snap(s.snapFrame(w, r, r.t.T("snap.title")), view))
}

func (s *Server) showSnap(w http.ResponseWriter, r *request, registration keys.Registration) error {
	g, err := s.ring(r)
	if err != nil {
		return err
	}
	view := templates.SnapView{
		Registered: true, Form: s.publicKeyForm(r, "", nil), Credentials: templates.SnapCredentials{
			ClientID: keys.ClientID(registration.Merchant), PartnerID: keys.PartnerID(registration.Merchant), ChannelID: registration.ChannelID,
		},
	}
	if !g.two(keys.PublicKey) {
		view.ReplaceHref = inEnvironment(r, replacePath)
	}
	if view.Secrets, err = s.snapRows(r, g, keys.Secret); err != nil {
		return err
	}
	if view.Public, err = s.snapRows(r, g, keys.PublicKey); err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, templates.Snap(s.snapFrame(w, r, r.t.T("snap.title")), view))
}

// snapRows are the keys of a kind that work.
func (s *Server) snapRows(r *request, g ring, kind keys.Kind) (rows []templates.SnapKeyRow, err error) {
	for _, k := range g.live(kind) {
		var row templates.SnapKeyRow
		if row.Key, err = s.keyRow(r, g, k); err != nil {
			return nil, err
		}
		row.Key.Hint = r.t.T("snap.secret_hint")
		if kind == keys.PublicKey { // it is shown, and replaced by a page of its own
			row.Key.Hint, row.Key.RevealHref, row.Key.RotateHref = r.t.T("snap.public_keys_lead"), "", ""
			if _, row.Fingerprint, err = s.Keys.PublicKeyOf(k); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// endWords says until when a key works, or when it ended; "" where it has no end.
func endWords(r *request, k keys.Key) string {
	if k.EndsAt.IsZero() {
		return ""
	}
	id := "snap.ends"
	if !k.LiveAt(r.at) {
		id = "snap.ended"
	}
	return r.t.Format(id, map[string]any{"Time": r.t.Time(k.EndsAt, r.zone())})
}

// registerSnap makes the BI-SNAP credentials of an environment and shows the Client Secret, after a fresh password. The public key is looked at before that is
// asked for: the page that asks carries the form along, and a private key must not stand in it (C090).
func (s *Server) registerSnap(w http.ResponseWriter, r *request) error {
	text, ok, err := s.publicKeyOf(w, r)
	if !ok {
		return err
	}
	made, err := s.Keys.Register(r.Context(), r.actor(), r.env, text)
	if err != nil {
		return s.refusePublicKey(w, r, text, err)
	}
	view := templates.SnapDoneView{Secret: made.Secret, Back: inEnvironment(r, snapPath)}
	return s.answer(w, r, http.StatusOK, templates.SnapDone(s.snapFrame(w, r, r.t.T("snap.new_title")), view))
}

// publicKeyOf gives the public key that was sent, or has answered: what is none is refused at the field, then a password is asked for if none was typed lately.
func (s *Server) publicKeyOf(w http.ResponseWriter, r *request) (text string, ok bool, err error) {
	form, err := r.form()
	if err != nil {
		return "", false, err
	}
	text = pastedKey(form)
	if _, _, err := keys.ParsePublicKey(text); err != nil {
		return "", false, s.refusePublicKey(w, r, text, err)
	}
	ok, err = s.prove(w, r, *r.route)
	return text, ok, err
}

// pastedKey is all that was sent as a public key: of two fields none is overlooked.
func pastedKey(form url.Values) string { return strings.Join(form[keys.PublicKeyField], "\n") }

// refusePublicKey answers with the form and the reason at its field. The text comes back if nothing in it can be of a private key.
func (s *Server) refusePublicKey(w http.ResponseWriter, r *request, text string, err error) error {
	if err = knownKey(r, err); fault.KindOf(err) != fault.Invalid {
		return err
	}
	view := templates.SnapView{Form: s.publicKeyForm(r, text, err)}
	return s.answer(w, r, http.StatusUnprocessableEntity, templates.Snap(s.snapFrame(w, r, r.t.T("snap.title")), view))
}

// knownKey puts a keys.KnownKeyError into words; any other error stays as it is. Who may not see the keys of the environment that has it is not told which one.
func knownKey(r *request, err error) error {
	var known *keys.KnownKeyError
	if !errors.As(err, &known) {
		return err
	}
	if !r.who.Roles.May(auth.SeeKeys, known.Environment) {
		return fault.InvalidField(keys.PublicKeyField, "snap.key.known_unseen", nil)
	}
	return fault.InvalidField(keys.PublicKeyField, "snap.key.known", map[string]any{
		"Environment": environmentWords(r.t, known.Environment), "Time": r.t.Time(known.CreatedAt, r.zone()),
	})
}

// publicKeyForm is the form for a public key with what was wrong with the last one.
func (s *Server) publicKeyForm(r *request, text string, refused error) templates.PublicKeyForm {
	commands := keys.PublicKeyCommands()
	form := templates.PublicKeyForm{
		Action: r.URL.Path, Button: r.t.T("snap.register"), Make: commands[0], Write: commands[1], Check: keys.FingerprintCommand,
		Text: keys.Showable(text), Error: words(r.t, refused)[keys.PublicKeyField],
	}
	form.Command, _ = fault.FieldsOf(refused)[keys.PublicKeyField].Args["Command"].(string)
	return form
}

func (s *Server) snapFrame(w http.ResponseWriter, r *request, title string) templates.Page {
	list, own := inEnvironment(r, keysPath), inEnvironment(r, snapPath)
	crumbs := []templates.Link{{Label: r.t.T("nav.settings")}, {Label: r.t.T("keys.title"), Href: list}, {Label: r.t.T("snap.title")}}
	if title != r.t.T("snap.title") {
		crumbs[2].Href = own
		crumbs = append(crumbs, templates.Link{Label: title})
	}
	return s.page(w, r, title, "access-keys", own, crumbs...)
}
