package web

import (
	"errors"
	"net/http"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// rotationRoutes are the acts on keys. Each has a page that says before what it will do, and asks for a fresh password.
func (s *Server) rotationRoutes() []route.Route[handler] {
	const key = "/{environment}" + keysPath + "/{key}"
	see := func(page string, h handler) route.Route[handler] { return get(key+page, permitted, auth.ChangeKeys, h) }
	act := func(page, purpose string, h handler) route.Route[handler] {
		return fresh(purpose, post(key+page, permitted, auth.ChangeKeys, smallForm, h))
	}
	return []route.Route[handler]{
		see("/rotate", s.rotatePage), act("/rotate", "rotate.purpose", s.rotate),
		see("/retire", s.retirePage), act("/retire", "retire.purpose", s.retire),
		see("/extend", s.extendPage), act("/extend", "extend.purpose", s.extendKey),
		see("/undo", s.undoPage), act("/undo", "undo.purpose", s.undo),
	}
}

// keyAndRing reads the key that the URL names, or keys.ErrNotFound, and what there is beside it (C093, C094).
func (s *Server) keyAndRing(r *request) (keys.Key, ring, error) {
	k, err := s.Keys.Get(r.Context(), r.who.Merchant, r.env, keyID(r))
	if err != nil {
		return keys.Key{}, ring{}, err
	}
	g, err := s.ring(r)
	return k, g, err
}

func (s *Server) rotatePage(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	if k.Kind == keys.PublicKey { // no other can be drawn: it is given
		http.Redirect(w, r.Request, inEnvironment(r, replacePath), http.StatusSeeOther)
		return nil
	}
	if !k.EndsAt.IsZero() {
		return s.showRotationDone(w, r, g, k, http.StatusOK)
	}
	status, problem := http.StatusOK, error(nil)
	if g.two(k.Kind) {
		status, problem = http.StatusConflict, keys.ErrTwoLive
	}
	return s.showRotate(w, r, g, k, status, keyForm{overlap: keys.Day}, problem)
}

// rotate answers with the new key. Sent again, as by loading the answer once more, it rotates nothing: it says that it is done.
func (s *Server) rotate(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	in, err := keyFormOf(r)
	if err != nil {
		return err
	}
	if !k.EndsAt.IsZero() {
		return s.showRotationDone(w, r, g, k, http.StatusConflict)
	}
	var issued keys.Key
	var text string
	if err = keys.Confirm(k, in.overlap, in.typed); err == nil {
		issued, text, err = s.Keys.Rotate(r.Context(), r.actor(), r.env, k.ID, in.overlap)
	}
	switch {
	case errors.Is(err, keys.ErrReplaced) || errors.Is(err, keys.ErrEnded):
		return s.rotatedBefore(w, r)
	case errors.Is(err, keys.ErrTwoLive) || fault.KindOf(err) == fault.Invalid:
		return s.showRotate(w, r, g, k, statuses[fault.KindOf(err)], in, err)
	case err != nil:
		return err
	}
	length, _ := in.overlap.Lasts()
	view := templates.RotatedView{Label: keyLabel(r, issued), Text: text, Secret: issued.Kind != keys.Client, Back: listOf(r, k)}
	if length > 0 {
		view.Until = r.t.Time(issued.CreatedAt.Add(length), r.zone())
	}
	return s.answer(w, r, http.StatusOK, templates.Rotated(s.keysPage(w, r, r.t.T("rotated.title")), view))
}

// rotatedBefore reads anew what there is: another request may have rotated the key since this one began.
func (s *Server) rotatedBefore(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	return s.showRotationDone(w, r, g, k, http.StatusConflict)
}

// showRotate shows the page before a rotation; problem is what was wrong with the form, or speaks against any rotation now.
func (s *Server) showRotate(w http.ResponseWriter, r *request, g ring, k keys.Key, status int, in keyForm, problem error) error {
	view := templates.RotateView{
		About: aboutKey(r, g, k), Overlaps: overlapChoice(r, keys.Overlaps(), in.overlap, problem), Confirm: confirmField(r, in, problem),
		Problem: publicWords(r.t, problem), Back: listOf(r, k),
	}
	view.Blocked = errors.Is(problem, keys.ErrTwoLive)
	title := r.t.Format("rotate.title", map[string]any{"Key": view.About.Label})
	return s.answer(w, r, status, templates.Rotate(s.keyPart(w, r, title), view))
}

// showRotationDone stands in for the page of a key that has been rotated already: the newer one is shown by its own button.
func (s *Server) showRotationDone(w http.ResponseWriter, r *request, g ring, k keys.Key, status int) error {
	view := templates.RotationDoneView{Old: aboutKey(r, g, k), Back: listOf(r, k)}
	view.OldState = r.t.T("rotation_done.old_ended")
	if k.LiveAt(g.at) {
		view.OldState = r.t.Format("keys.until", map[string]any{"Until": r.t.Time(k.EndsAt, r.zone())})
	}
	if current, found := keys.Successor(g.all, k); found {
		view.New = aboutKey(r, g, current)
		if current.Kind != keys.Client && current.Kind != keys.PublicKey && r.who.Roles.May(auth.RevealKeys, r.env) {
			view.RevealHref = keyPath(r, current.ID, "/reveal")
		}
	}
	return s.answer(w, r, status, templates.RotationDone(s.keyPart(w, r, r.t.T("rotation_done.title")), view))
}

// keyPart is the frame of a page about one key, whose form goes to the page's own address.
func (s *Server) keyPart(w http.ResponseWriter, r *request, title string) templates.Page {
	page := s.keysPage(w, r, title)
	page.Back = r.URL.Path
	return page
}

// listOf is the page where a key stands in a list.
func listOf(r *request, k keys.Key) string {
	if k.Kind == keys.Secret || k.Kind == keys.PublicKey {
		return inEnvironment(r, snapPath)
	}
	return inEnvironment(r, keysPath)
}

// lately is how long ago a use may be to matter for a rotation.
const lately = 24 * time.Hour

// aboutKey says which key a page is about, and when and from where it was used last.
func aboutKey(r *request, g ring, k keys.Key) templates.KeyAbout {
	about := templates.KeyAbout{
		Label: keyLabel(r, k), Value: k.Mask(), CreatedAt: r.t.Time(k.CreatedAt, r.zone()), Action: r.URL.Path,
	}
	use := g.uses[k.ID]
	switch {
	case k.Kind == keys.Client:
		about.Used = r.t.T("keys.uncounted")
	case use.At.IsZero():
		about.Used = r.t.T("keys.never_used")
	case g.at.Sub(use.At) < lately:
		about.Used, about.Lately = lastUsed(r, use), r.t.T("keys.used_lately")
	default:
		about.Used = lastUsed(r, use) + " " + r.t.T("keys.not_lately")
	}
	return about
}
