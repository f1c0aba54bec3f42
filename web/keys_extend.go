package web

import (
	"net/http"

	"merchant-portal/internal/fault"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

func (s *Server) extendPage(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	return s.showExtend(w, r, g, k, keyForm{overlap: longer(k, g)}, ending(k, g))
}

// longer is the shortest time that the form can give a key: what it proposes is never refused as no more than the key has.
func longer(k keys.Key, g ring) keys.Overlap {
	offered := keys.Overlaps()[1:]
	for _, o := range offered {
		if lasts, _ := o.Lasts(); g.at.Add(lasts).After(k.EndsAt) {
			return o
		}
	}
	return offered[len(offered)-1]
}

// extendKey gives a replaced key that still works more time.
func (s *Server) extendKey(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	in, err := keyFormOf(r)
	if err != nil {
		return err
	}
	_, err = s.Keys.Extend(r.Context(), r.actor(), r.env, k.ID, in.overlap)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict) {
		return s.showExtend(w, r, g, k, in, err)
	}
	if err != nil {
		return err
	}
	return backToKeys(w, r, k, "notice.key_extended")
}

func (s *Server) showExtend(w http.ResponseWriter, r *request, g ring, k keys.Key, in keyForm, problem error) error {
	view := templates.ExtendView{
		About: aboutKey(r, g, k), Overlaps: overlapChoice(r, keys.Overlaps()[1:], in.overlap, problem), Problem: publicWords(r.t, problem),
		Blocked: fault.KindOf(problem) == fault.Conflict, Back: listOf(r, k),
	}
	if !k.EndsAt.IsZero() {
		view.Until = r.t.Time(k.EndsAt, r.zone())
	}
	title := r.t.Format("extend.title", map[string]any{"Key": view.About.Label})
	return s.answer(w, r, statusOf(problem), templates.Extend(s.keyPart(w, r, title), view))
}
