package web

import (
	"net/http"
	"net/url"
	"strconv"

	"merchant-portal/internal/i18n"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// changesPerPage is how many changes a page of a history shows.
const changesPerPage = 10

func historyPath(r *request, p settingsPage) string { return inEnvironment(r, p.path+"/history") }

// settingsHistory lists what was changed on a page of settings, newest first: from ?before=N on, which a link to older ones carries.
func (s *Server) settingsHistory(w http.ResponseWriter, r *request, p settingsPage) error {
	var before int64
	if text := r.URL.Query().Get("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return errNotFound
		}
	}
	list, more, err := s.Settings.History(r.Context(), r.who.Merchant, r.env, p.page, before, changesPerPage)
	if err != nil {
		return err
	}
	view := templates.HistoryView{PageHref: inEnvironment(r, p.path), PageName: r.t.T(p.title)}
	for _, past := range list {
		view.Changes = append(view.Changes, changeView(r, p, past))
	}
	if before > 0 {
		view.NewestHref = historyPath(r, p)
	}
	if more {
		oldest := list[len(list)-1].Version.Version
		view.OlderHref = historyPath(r, p) + "?" + url.Values{"before": {strconv.FormatInt(oldest, 10)}}.Encode()
	}
	return s.answer(w, r, http.StatusOK, templates.History(s.historyFrame(w, r, p), view))
}

// historyFrame is the frame of the list of changes, changeFrame that of one of them. Neither title nor path names a version: the other environment has
// other ones, and a frame is remembered for each title and path.
func (s *Server) historyFrame(w http.ResponseWriter, r *request, p settingsPage) templates.Page {
	title := r.t.Format("history.of", i18n.Args{"Page": r.t.T(p.title)})
	return s.page(w, r, title, p.section, historyPath(r, p), append(pageCrumbs(r, p), templates.Link{Label: r.t.T("history.title")})...)
}

func (s *Server) changeFrame(w http.ResponseWriter, r *request, p settingsPage) templates.Page {
	title := r.t.Format("history.change_of", i18n.Args{"Page": r.t.T(p.title)})
	crumbs := append(pageCrumbs(r, p), templates.Link{Label: r.t.T("history.title"), Href: historyPath(r, p)}, templates.Link{Label: r.t.T("history.change")})
	return s.page(w, r, title, p.section, historyPath(r, p), crumbs...)
}

func pageCrumbs(r *request, p settingsPage) []templates.Link {
	return []templates.Link{{Label: r.t.T("nav.settings")}, {Label: r.t.T(p.title), Href: inEnvironment(r, p.path)}}
}

func changeView(r *request, p settingsPage, past settings.Past) templates.HistoryChange {
	number := strconv.FormatInt(past.Version.Version, 10)
	view := templates.HistoryChange{
		Number: number, At: r.t.Time(past.At, r.zone()), By: past.By.Name, Email: past.By.Email, Origin: originWords(r, past.Version),
		Href: historyPath(r, p) + "/" + number,
	}
	if view.By == "" {
		view.By = r.t.T("history.unknown")
	}
	for _, c := range past.Changes {
		view.Fields = append(view.Fields, templates.HistoryField{Label: fieldLabel(r.t, p.page, c.Field), From: c.From, To: c.To})
	}
	return view
}

// originWords say where a version comes from, "" where somebody typed it.
func originWords(r *request, v settings.Version) string {
	switch v.Origin {
	case settings.Reverted:
		return r.t.Format("history.reverted", i18n.Args{"Version": strconv.FormatInt(v.Source, 10)})
	case settings.Copied:
		return r.t.Format("history.copied", i18n.Args{"Environment": environmentWords(r.t, settings.Other(r.env))})
	case settings.Saved:
	}
	return ""
}
