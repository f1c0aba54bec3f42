package web

import (
	"errors"
	"net/http"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

const securityPath = "/account/security"

// securityRoutes are those about what holds for everybody of a merchant, and the way out for whoever is told of something that they did not do.
func (s *Server) securityRoutes() []route.Route[handler] {
	return []route.Route[handler]{
		get(securityPath, permitted, auth.EditSecurity, s.securityPage),
		keeps(fresh("allow_list.proof", post(securityPath, permitted, auth.EditSecurity, largeForm, s.saveAllowList))),
		pastWall(get(alarmPath, anyone, "", s.alarmPage)),
		pastWall(post(alarmPath, anyone, "", smallForm, s.raiseAlarm)),
	}
}

// securityPage shows what is stored, or what was typed before a session ended.
func (s *Server) securityPage(w http.ResponseWriter, r *request) error {
	stored, err := s.Auth.AllowList(r.Context(), r.who.Merchant)
	if err != nil {
		return err
	}
	kept, err := s.kept(r)
	if err != nil {
		return err
	}
	if kept != nil {
		view := templates.AllowListView{Networks: kept.Get("networks"), Version: kept.Get("version")}
		return s.showSecurity(w, r, http.StatusOK, view, r.URL.Query().Get(keptField))
	}
	view := templates.AllowListView{Networks: strings.Join(stored.Networks, "\n"), Version: stored.Version}
	return s.showSecurity(w, r, http.StatusOK, view, "")
}

// saveAllowList replaces the list. What is refused comes back as it was typed.
func (s *Server) saveAllowList(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	typed := auth.NewAllowList{
		Who: r.actor(), Browser: r.visitor().Browser, Text: form.Get("networks"), Version: form.Get("version"), AddOwn: form.Has("add_own"),
	}
	if err := s.Auth.SaveAllowList(r.Context(), typed); err != nil {
		return s.allowListRefused(w, r, typed, err, form.Get(keptField))
	}
	if err := s.spendKept(r, form); err != nil {
		return err
	}
	setNotice(w, "notice.allow_list_saved")
	http.Redirect(w, r.Request, securityPath, http.StatusSeeOther)
	return nil
}

func (s *Server) allowListRefused(w http.ResponseWriter, r *request, typed auth.NewAllowList, err error, kept string) error {
	view := templates.AllowListView{Networks: typed.Text, Version: typed.Version, Problem: publicWords(r.t, err)}
	switch {
	case errors.Is(err, auth.ErrLocksOut):
		view.AddOwn = r.t.Format("allow_list.add_own", map[string]any{"Network": auth.OwnNetwork(r.from)})
	case errors.Is(err, auth.ErrAllowListChanged):
		stored, err := s.Auth.AllowList(r.Context(), r.who.Merchant)
		if err != nil {
			return err
		}
		view.Stale, view.Stored, view.Version = true, stored.Networks, stored.Version
		return s.showSecurity(w, r, http.StatusConflict, view, kept)
	case fault.KindOf(err) == fault.Invalid:
		view.Problem, view.Problems = r.t.T("allow_list.refused"), everyWord(r.t, err)
	default:
		return err
	}
	return s.showSecurity(w, r, http.StatusUnprocessableEntity, view, kept)
}

func (s *Server) showSecurity(w http.ResponseWriter, r *request, status int, v templates.AllowListView, kept string) error {
	v.Address = r.from
	page := offering(s.accountPage(w, r, r.t.T("security.title"), "security", securityPath), kept)
	return s.answer(w, r, status, templates.Security(page, templates.SecurityView{AllowList: v, Require: requireView(r)}))
}
