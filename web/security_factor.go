package web

import (
	"net/http"
	"strconv"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

// requirePath is where a second factor is required of everybody, or is not any more.
const requirePath = securityPath + "/second-factor"

// usualGrace is the number of days that is offered first.
const usualGrace = "7"

func (s *Server) requireRoutes() []route.Route[handler] {
	return []route.Route[handler]{
		strong("require.title", post(requirePath, permitted, auth.ManageUsers, smallForm, s.requireFactors)),
	}
}

// requireView is the section of the security page.
func requireView(r *request) templates.RequireView {
	v := templates.RequireView{May: r.who.Roles.May(auth.ManageUsers, ""), Action: requirePath, Required: r.who.FactorRequired(), Have: r.who.HasFactor, FactorHref: factorPath}
	if v.Required {
		v.From = r.t.Time(r.who.FactorFrom, r.zone())
		v.Begun = !r.at.Before(r.who.FactorFrom)
	}
	for _, days := range auth.Graces() {
		label := r.t.T("require.now")
		if days > 0 {
			label = r.t.Format("require.after", map[string]any{"Time": time.Duration(days) * 24 * time.Hour})
		}
		v.Graces = append(v.Graces, templates.Option{Value: strconv.Itoa(days), Label: label})
	}
	v.Grace = usualGrace
	return v
}

// requireFactors requires a second factor of everybody, from the moment that was chosen on, or makes it optional again.
func (s *Server) requireFactors(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	notice := "notice.factors_required"
	if form.Get("require") == "no" {
		notice = "notice.factors_optional"
		err = s.Auth.MakeFactorsOptional(r.Context(), r.actor())
	} else {
		days, bad := strconv.Atoi(form.Get("grace"))
		if bad != nil {
			days = -1
		}
		err = s.Auth.RequireFactors(r.Context(), r.actor(), days)
	}
	if err != nil {
		return err
	}
	setNotice(w, notice)
	http.Redirect(w, r.Request, securityPath, http.StatusSeeOther)
	return nil
}
