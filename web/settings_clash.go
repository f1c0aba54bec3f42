package web

import (
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// clashOf says who saved a page while somebody had it open, and in what the two differ.
func clashOf(r *request, p settingsPage, o *settings.Overtaken, differing []settings.Merged) *templates.Clash {
	view := &templates.Clash{By: r.t.T("history.somebody"), PageHref: inEnvironment(r, p.path)}
	switch {
	case o.Last.Person == r.who.Person:
		view.By = r.t.T("history.yourself")
		view.At = r.t.Time(o.Last.At, r.zone())
	case o.Last.By.Name != "":
		view.By = o.Last.By.Name
		view.At = r.t.Time(o.Last.At, r.zone())
	}
	for _, d := range differing {
		line := templates.ClashField{
			Label: fieldLabel(r.t, p.page, d.Field), Href: "#" + d.Field, Opened: d.Opened, Now: d.Now, Mine: d.Mine, Both: d.Both, Kept: d.Touched,
			KnowsOpened: o.Opened.Version >= 0,
		}
		view.Fields = append(view.Fields, line)
	}
	return view
}
