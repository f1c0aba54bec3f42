package web

import (
	"net/http"
	"strconv"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// comparePath shows the settings of both environments: it belongs to neither.
const comparePath = "/settings/compare"

func (s *Server) copyRoutes() []route.Route[handler] {
	const target = "/" + route.Environment + copyPath
	return []route.Route[handler]{
		get(comparePath, permitted, auth.CopySettings, s.comparePage),
		get(target, permitted, auth.CopySettings, s.reviewCopy),
		post(target, permitted, auth.CopySettings, smallForm, s.copySettings),
		get(target+"/done", permitted, auth.CopySettings, s.copyDone),
		post(target+"/undo", permitted, auth.CopySettings, smallForm, s.undoCopy),
	}
}

// comparePage shows every field of every page of settings in both environments; those that differ can be chosen.
func (s *Server) comparePage(w http.ResponseWriter, r *request) error {
	view := templates.CompareView{Pages: make([]templates.ComparedPage, 0, len(settingsPages))}
	for _, p := range settingsPages {
		c, err := s.Settings.Compare(r.Context(), r.who.Merchant, p.page)
		if err != nil {
			return err
		}
		page := comparedPage(r, p, c)
		view.Different += len(page.Different)
		view.All += len(page.Different) + len(page.Equal)
		view.Pages = append(view.Pages, page)
	}
	return s.answer(w, r, http.StatusOK, templates.Compare(s.copyFrame(w, r, r.t.T("compare.title")), view))
}

func comparedPage(r *request, p settingsPage, c settings.Comparison) templates.ComparedPage {
	page := templates.ComparedPage{
		ID: string(p.page), Title: r.t.T(p.title), Sandbox: "/" + string(ids.Sandbox) + p.path, Production: "/" + string(ids.Production) + p.path,
	}
	fields := settings.Fields(p.page)
	page.Different, page.Equal = make([]templates.ComparedField, 0, len(fields)), make([]templates.ComparedField, 0, len(fields))
	for _, field := range fields {
		name := string(p.page) + "." + field // which is its label's message id too
		row := templates.ComparedField{
			Name: name, Label: r.t.T(name),
			Sandbox: c.Sandbox.Values[field], Production: c.Production.Values[field],
		}
		if c.Differs(field) {
			page.Different = append(page.Different, row)
		} else {
			page.Equal = append(page.Equal, row)
		}
	}
	return page
}

// copyFrame is the frame of the comparison and of what follows from it.
func (s *Server) copyFrame(w http.ResponseWriter, r *request, title string) templates.Page {
	crumbs := []templates.Link{{Label: r.t.T("nav.settings")}, {Label: r.t.T("compare.title")}}
	if r.URL.Path != comparePath {
		crumbs[1].Href = comparePath
		crumbs = append(crumbs, templates.Link{Label: title})
	}
	return s.page(w, r, title, "compare", comparePath, crumbs...)
}

// versionWords say which version of a page it is.
func versionWords(r *request, version int64) string {
	if version == 0 {
		return r.t.T("carry.saved_none")
	}
	return r.t.Format("carry.version", map[string]any{"Version": strconv.FormatInt(version, 10)})
}
