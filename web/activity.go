package web

import (
	"net/http"
	"strings"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

const activityPath = "/account/activity"

// entriesPerPage is how many entries a page of the log shows: so that one costs less than a millisecond of CPU (make bench, docs/adr/0017).
const entriesPerPage = 25

func (s *Server) activityRoutes() []route.Route[handler] {
	return []route.Route[handler]{
		get(activityPath, permitted, auth.SeeActivity, s.activityPage),
		get(activityPath+".csv", permitted, auth.SeeActivity, s.activityFile),
	}
}

// activityPage shows the log of the merchant, newest first, as far as the filter in the address wants it.
func (s *Server) activityPage(w http.ResponseWriter, r *request) error {
	place, err := s.businessZone(r)
	if err != nil {
		return err
	}
	filter, err := s.filterOf(r, place)
	if err != nil {
		return err
	}
	from, err := cursorOf(r)
	if err != nil {
		return err
	}
	view := s.filterView(r, filter)
	view.Zone = place.String()
	if len(filter.said) > 0 {
		view.Refused = true
		return s.showActivity(w, r, http.StatusUnprocessableEntity, view)
	}
	found, err := s.Entries.List(r.Context(), r.who.Merchant, filter.wanted, from, entriesPerPage)
	if err != nil {
		return err
	}
	view.Days = days(r, found.Rows, place)
	view.Looked = found.Looked
	view.FileHref = filter.link(activityPath + ".csv")
	if found.More {
		view.OlderHref = filter.link(activityPath, "before", cursorLink(found.Next))
	}
	if from != (activity.Cursor{}) {
		view.NewestHref = filter.link(activityPath)
	}
	return s.showActivity(w, r, http.StatusOK, view)
}

func (s *Server) showActivity(w http.ResponseWriter, r *request, status int, view templates.ActivityView) error {
	return s.answer(w, r, status, templates.Activity(s.accountPage(w, r, r.t.T("activity.title"), "activity", activityPath), view))
}

// filterView fills the form of the filter with what was typed.
func (s *Server) filterView(r *request, f entryFilter) templates.ActivityView {
	field := func(name string) templates.Field {
		said := ""
		if id := f.said[name]; id != "" {
			said = r.t.T(id)
		}
		return templates.Field{Value: f.typed.Get(name), Error: said}
	}
	view := templates.ActivityView{
		ClearHref: activityPath, Filtered: len(f.typed) > 0,
		Person: field("person"), Address: field("address"), Action: field("action"), Environment: field("env"),
		Outcome: field("outcome"), From: field("from"), To: field("to"),
		Outcomes: []templates.Option{{Value: string(activity.Refused), Label: r.t.T("activity.only_refused")}},
	}
	for _, env := range ids.Environments() {
		view.Environments = append(view.Environments, templates.Option{Value: string(env), Label: environmentWords(r.t, env)})
	}
	for _, action := range activity.Actions() {
		view.Actions = append(view.Actions, templates.Option{Value: string(action), Label: actionWords(r.t, action)})
	}
	return view
}

// days groups entries by the date that the business had when they were made.
func days(r *request, rows []activity.Row, place *time.Location) (grouped []templates.ActivityDay) {
	for _, row := range rows {
		moment := row.At.In(place).Format(time.RFC3339)
		date, clock := moment[:10], moment[11:19]
		if id := "day-" + date; len(grouped) == 0 || grouped[len(grouped)-1].ID != id {
			words, _, _ := strings.Cut(r.t.Time(row.At, place), ",")
			grouped = append(grouped, templates.ActivityDay{Date: words, ID: id})
		}
		today := &grouped[len(grouped)-1]
		today.Entries = append(today.Entries, templates.ActivityEntry{
			Time: clock, Moment: moment, What: actionWords(r.t, row.Action), Refused: row.Outcome == activity.Refused,
			Who: who(r.t, row), Email: row.By.Email, About: about(row), Address: row.Address, Environment: environmentWords(r.t, row.Environment),
		})
	}
	return grouped
}

// actionWords say what was done. An action that a newer program wrote has none here yet: its name stands for it.
func actionWords(t *i18n.Printer, a activity.Action) string {
	id := "action." + string(a)
	if words := t.T(id); !strings.HasPrefix(words, "⟦") {
		return words
	}
	return string(a)
}

// environmentWords name an environment, "" for none.
func environmentWords(t *i18n.Printer, env ids.Environment) string {
	switch env {
	case ids.Sandbox:
		return t.T("environment.sandbox")
	case ids.Production:
		return t.T("environment.production")
	}
	return ""
}

// who names the person who acted; without one, the operator, the portal itself, or a visitor who had not logged in.
func who(t *i18n.Printer, row activity.Row) string {
	switch {
	case row.By.Name != "":
		return row.By.Name
	case row.Person != "":
		return string(row.Person)
	case row.Address != "":
		return t.T("activity.stranger")
	case row.Action.ByOperator():
		return t.T("activity.operator")
	default:
		return t.T("activity.portal")
	}
}

// about names whom the entry is about, where that is somebody else.
func about(row activity.Row) string {
	switch {
	case row.Subject() == row.Person && row.Person != "":
		return ""
	case row.About.Email != "":
		return row.About.Name + " (" + row.About.Email + ")"
	case strings.Contains(row.Target, "@"):
		return row.Target
	}
	return ""
}
