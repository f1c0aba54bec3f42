package web

import (
	"errors"
	"net/http"

	"merchant-portal/internal/fault"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

func (s *Server) undoPage(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	return s.showUndo(w, r, g, k, s.Keys.Undoable(r.Context(), k))
}

// undo takes a new key back that nobody has used. Where somebody has, the page offers more time for the old one.
func (s *Server) undo(w http.ResponseWriter, r *request) error {
	k, g, err := s.keyAndRing(r)
	if err != nil {
		return err
	}
	err = s.Keys.Undo(r.Context(), r.actor(), r.env, k.ID)
	if fault.KindOf(err) == fault.Conflict {
		return s.showUndo(w, r, g, k, err)
	}
	if err != nil {
		return err
	}
	return backToKeys(w, r, k, "notice.rotation_undone")
}

func (s *Server) showUndo(w http.ResponseWriter, r *request, g ring, k keys.Key, problem error) error {
	if fault.KindOf(problem) != fault.Conflict && problem != nil {
		return problem
	}
	view := templates.UndoView{About: aboutKey(r, g, k), Problem: publicWords(r.t, problem), Blocked: problem != nil, Back: listOf(r, k)}
	if errors.Is(problem, keys.ErrInUse) {
		view.ExtendHref = keyPath(r, k.Replaces, "/extend")
	}
	title := r.t.Format("undo.title", map[string]any{"Key": view.About.Label})
	return s.answer(w, r, statusOf(problem), templates.Undo(s.keyPart(w, r, title), view))
}
