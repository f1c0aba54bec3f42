package web

import (
	"net/http"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

const replacePath = snapPath + "/replace"

func (s *Server) snapReplaceRoutes() []route.Route[handler] {
	const replace = "/{environment}" + replacePath
	return []route.Route[handler]{
		get(replace, permitted, auth.ChangeKeys, s.replacePage),
		freshLater("snap.replace_purpose", post(replace, permitted, auth.ChangeKeys, publicKeyForm, s.replaceSnap)),
	}
}

// replacePage is the form for another public key; without one that could be replaced it leads to the BI-SNAP page, which says what there is.
func (s *Server) replacePage(w http.ResponseWriter, r *request) error {
	g, err := s.ring(r)
	if err != nil {
		return err
	}
	if len(g.live(keys.PublicKey)) != 1 { // none, or the present one has just taken the place of another (C085)
		http.Redirect(w, r.Request, inEnvironment(r, snapPath), http.StatusSeeOther)
		return nil
	}
	return s.showReplace(w, r, http.StatusOK, keyForm{overlap: keys.Day}, "", nil)
}

// replaceSnap puts another public key in place of the present one, after a fresh password. All of the form is looked at before, see publicKeyOf.
func (s *Server) replaceSnap(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	in, err := keyFormOf(r)
	if err != nil {
		return err
	}
	text := pastedKey(form)
	if err := checkReplacement(r, text, in); err != nil {
		return s.showReplace(w, r, http.StatusUnprocessableEntity, in, text, err)
	}
	if proven, err := s.prove(w, r, *r.route); !proven {
		return err
	}
	if _, _, err := s.Keys.ReplacePublicKey(r.Context(), r.actor(), r.env, text, in.overlap); err != nil {
		if err = knownKey(r, err); fault.KindOf(err) != fault.Invalid {
			return err
		}
		return s.showReplace(w, r, http.StatusUnprocessableEntity, in, text, err)
	}
	setNotice(w, "notice.snap_replaced")
	http.Redirect(w, r.Request, inEnvironment(r, snapPath), http.StatusSeeOther)
	return nil
}

// checkReplacement says what of the form is wrong.
func checkReplacement(r *request, text string, in keyForm) error {
	if _, _, err := keys.ParsePublicKey(text); err != nil {
		return err
	}
	if _, known := in.overlap.Lasts(); !known {
		return keys.ErrOverlap
	}
	return keys.Confirm(keys.Key{Merchant: r.who.Merchant, Environment: r.env}, in.overlap, in.typed)
}

// otherFiles keeps the commands of the page from writing over the pair in use: its private key signs until the new one is in its place.
var otherFiles = strings.NewReplacer("private_key.pem", "new_private_key.pem", "public_key.pem", "new_public_key.pem")

func (s *Server) showReplace(w http.ResponseWriter, r *request, status int, in keyForm, text string, refused error) error {
	view := templates.SnapReplaceView{
		Form: s.publicKeyForm(r, text, refused), Overlaps: overlapChoice(r, keys.Overlaps(), in.overlap, refused), Confirm: confirmField(r, in, refused),
		Back: inEnvironment(r, snapPath),
	}
	view.Form.Button = r.t.T("snap.replace")
	for _, command := range []*string{&view.Form.Make, &view.Form.Write, &view.Form.Command} {
		*command = otherFiles.Replace(*command)
	}
	return s.answer(w, r, status, templates.SnapReplace(s.snapFrame(w, r, r.t.T("snap.replace")), view))
}
