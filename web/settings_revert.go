package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"merchant-portal/internal/fault"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// changeOf reads the change that the address names: one of this page, of the own merchant, in this environment (C093, C094).
func (s *Server) changeOf(r *request, p settingsPage) (settings.Past, error) {
	version, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil || strconv.FormatInt(version, 10) != r.PathValue("version") {
		return settings.Past{}, errNotFound
	}
	return s.Settings.Past(r.Context(), r.who.Merchant, r.env, p.page, version)
}

// changePage shows one change beside what stands there now, all of its fields chosen for going back.
func (s *Server) changePage(w http.ResponseWriter, r *request, p settingsPage) error {
	past, err := s.changeOf(r, p)
	if err != nil {
		return err
	}
	return s.showChange(w, r, p, past, nil, nil)
}

// revertChange takes the chosen fields of a change back. Where that cannot be, the page says why, with the same fields chosen.
func (s *Server) revertChange(w http.ResponseWriter, r *request, p settingsPage) error {
	past, err := s.changeOf(r, p)
	if err != nil {
		return err
	}
	form, err := r.form()
	if err != nil {
		return err
	}
	chosen := append([]string{}, form["field"]...)
	done, err := s.Settings.Revert(r.Context(), r.actor(), r.env,
		settings.Reversal{Page: p.page, Version: past.Version.Version, Fields: chosen, Opened: openedIn(form)})
	if kind := fault.KindOf(err); kind == fault.Invalid || kind == fault.Conflict {
		return s.showChange(w, r, p, past, chosen, err)
	}
	if err != nil {
		return err
	}
	setNotice(w, settingsNotice(done[0]))
	http.Redirect(w, r.Request, historyPath(r, p), http.StatusSeeOther)
	return nil
}

// showChange shows a change. chosen are the fields that are to go back, nil for all; problem is why that was refused.
func (s *Server) showChange(w http.ResponseWriter, r *request, p settingsPage, past settings.Past, chosen []string, problem error) error {
	now, err := s.Settings.Page(r.Context(), r.who.Merchant, r.env, p.page)
	if err != nil {
		return err
	}
	view := templates.ChangeView{
		HistoryChange: changeView(r, p, past), PageName: r.t.T(p.title), PageHref: inEnvironment(r, p.path), BackHref: historyPath(r, p),
		Version: strconv.FormatInt(now.Version, 10), Problems: revertProblems(r, p, problem),
	}
	for i, c := range past.Changes {
		stands := now.Values[c.Field]
		view.Fields[i].Name, view.Fields[i].Now = c.Field, stands
		view.Fields[i].Again, view.Fields[i].Same = stands != c.To, stands == c.From
		view.Fields[i].Chosen = chosen == nil || slices.Contains(chosen, c.Field)
		view.Revertible = view.Revertible || stands != c.From
	}
	frame := s.changeFrame(w, r, p)
	frame.Back = view.Href
	return s.answer(w, r, statusOf(problem), templates.Change(frame, view))
}

// revertProblems are the sentences about a reversal that was refused.
func revertProblems(r *request, p settingsPage, problem error) (all []string) {
	var overtaken *settings.Overtaken
	if errors.As(problem, &overtaken) {
		return []string{r.t.T("history.overtaken")}
	}
	said := words(r.t, problem)
	for _, name := range settings.Fields(p.page) {
		if said[name] != "" {
			all = append(all, r.t.Format("history.refused", map[string]any{"Field": fieldLabel(r.t, p.page, name), "Reason": said[name]}))
		}
	}
	if sentence := publicWords(r.t, problem); sentence != "" && len(all) == 0 {
		all = append(all, sentence)
	}
	return all
}
