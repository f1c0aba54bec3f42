package web

import (
	"net/http"

	"merchant-portal/internal/fault"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

func (s *Server) retirePage(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	return s.showRetire(w, r, g, k, keyForm{}, ending(k, g))
}

// retire ends a replaced key at once.
func (s *Server) retire(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	in, err := keyFormOf(r)
	if err != nil {
		return err
	}
	if err = ending(k, g); err == nil {
		err = keys.Confirm(k, keys.AtOnce, in.typed)
	}
	if err == nil {
		err = s.Keys.Retire(r.Context(), r.actor(), r.env, k.ID)
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict) {
		return s.showRetire(w, r, g, k, in, err)
	}
	if err != nil {
		return err
	}
	return backToKeys(w, r, k, "notice.key_retired")
}

// ending reports what speaks against moving a key's end: it has none, or it has been reached.
func ending(k keys.Key, g ring) error {
	switch {
	case k.EndsAt.IsZero():
		return keys.ErrCurrent
	case !k.LiveAt(g.at):
		return keys.ErrEnded
	}
	return nil
}

func (s *Server) showRetire(w http.ResponseWriter, r *request, g ring, k keys.Key, in keyForm, problem error) error {
	view := templates.RetireView{
		About: aboutKey(r, g, k), Confirm: confirmField(r, in, problem), Problem: publicWords(r.t, problem), Blocked: fault.KindOf(problem) == fault.Conflict,
		Back: listOf(r, k),
	}
	if !view.Blocked {
		row := templates.KeyRow{}
		g.describeEnd(r, k, &row, false)
		view.Until, view.Safe, view.SafeNow = row.Until, row.Safe, row.SafeNow
	}
	title := r.t.Format("retire.title", map[string]any{"Key": view.About.Label})
	return s.answer(w, r, statusOf(problem), templates.Retire(s.keyPart(w, r, title), view))
}

// statusOf is the status of a page with a form that says what was wrong with it; nil: nothing yet.
func statusOf(problem error) int {
	if problem == nil {
		return http.StatusOK
	}
	return statuses[fault.KindOf(problem)]
}

// backToKeys ends an act on the list where the key stands, with a notice about it.
func backToKeys(w http.ResponseWriter, r *request, k keys.Key, notice string) error {
	setNotice(w, notice)
	http.Redirect(w, r.Request, listOf(r, k), http.StatusSeeOther)
	return nil
}
