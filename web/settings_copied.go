package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"merchant-portal/internal/fault"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// copyDone shows what a copy changed, and offers to undo it as long as that is possible.
func (s *Server) copyDone(w http.ResponseWriter, r *request) error {
	versions, err := copiedVersions(r.URL.Query()["change"])
	if err != nil {
		return err
	}
	return s.showCopied(w, r, versions, nil)
}

// undoCopy takes back what copies changed, all of it or nothing.
func (s *Server) undoCopy(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	versions, err := copiedVersions(form["change"])
	if err != nil {
		return err
	}
	_, err = s.Settings.UndoCopy(r.Context(), r.actor(), r.env, versions)
	if fault.KindOf(err) == fault.Conflict {
		return s.showCopied(w, r, versions, settings.ErrChangedSince)
	}
	if err != nil {
		return err
	}
	setNotice(w, "notice.copy_undone")
	http.Redirect(w, r.Request, inEnvironment(r, copyPath)+"/done?"+url.Values{"change": form["change"]}.Encode(), http.StatusSeeOther)
	return nil
}

// copiedVersions reads which versions of which pages copies made: at least one, at most one of a page.
func copiedVersions(changes []string) (map[settings.Page]int64, error) {
	versions := map[settings.Page]int64{}
	for _, change := range changes {
		page, version, _ := strings.Cut(change, ".")
		n := number(version)
		if n < 1 || versions[settings.Page(page)] != 0 {
			return nil, errNotFound
		}
		versions[settings.Page(page)] = n
	}
	if len(versions) == 0 {
		return nil, errNotFound
	}
	return versions, nil
}

func (s *Server) showCopied(w http.ResponseWriter, r *request, versions map[settings.Page]int64, problem error) error {
	view := templates.CopiedView{
		From: environmentWords(r.t, settings.Other(r.env)), Problem: publicWords(r.t, problem), Undo: inEnvironment(r, copyPath) + "/undo", Back: comparePath,
	}
	stands, back := 0, 0
	for _, p := range settingsPages {
		if versions[p.page] == 0 {
			continue
		}
		made, err := s.Settings.Copied(r.Context(), r.who.Merchant, r.env, p.page, versions[p.page])
		if err != nil {
			return err
		}
		switch made.Since {
		case settings.Stands:
			stands++
		case settings.TakenBack:
			back++
		case settings.Changed:
		}
		view.Pages = append(view.Pages, s.copiedResult(r, p, made))
	}
	if len(view.Pages) != len(versions) {
		return errNotFound
	}
	view.Undoable, view.TakenBack = stands == len(versions), back == len(versions)
	frame := s.copyFrame(w, r, r.t.Format("copied.title", map[string]any{"Environment": environmentWords(r.t, r.env)}))
	if r.Method == http.MethodGet {
		frame.Back = r.URL.RequestURI()
	}
	return s.answer(w, r, statusOf(problem), templates.Copied(frame, view))
}

func (s *Server) copiedResult(r *request, p settingsPage, made settings.Made) templates.CopiedPage {
	version := strconv.FormatInt(made.Version, 10)
	page := templates.CopiedPage{
		Title: r.t.T(p.title), Seen: string(p.page) + "." + version, To: r.t.Format("copied.version", map[string]any{"Version": version}),
		HistoryHref: inEnvironment(r, p.path+"/history"),
	}
	for _, c := range made.Changes {
		page.Fields = append(page.Fields, templates.CopiedField{Label: fieldLabel(r.t, p.page, c.Field), Before: c.From, After: c.To})
	}
	return page
}
