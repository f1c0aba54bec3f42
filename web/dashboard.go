package web

import (
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// dashboard shows what is set up and what to do next, as far as it is for whoever looks. Every line is computed from what is there.
func (s *Server) dashboard(w http.ResponseWriter, r *request) error {
	steps, err := s.steps(r)
	if err != nil {
		return err
	}
	view := templates.DashboardView{
		Greeting: r.t.Format("dashboard.greeting", i18n.Args{"Name": r.who.Name}), Steps: steps,
		Roles: r.t.Format("dashboard.roles", i18n.Args{"Roles": roleNames(r.t, r.who.Roles)}),
	}
	for _, step := range steps {
		if step.Done {
			view.Done++
		}
	}
	page := s.page(w, r, r.t.T("dashboard.title"), "dashboard", inEnvironment(r, "/dashboard"), templates.Link{Label: r.t.T("dashboard.title")})
	return s.answer(w, r, http.StatusOK, templates.Dashboard(page, view))
}

// steps are those of setting up the environment, for people who do that: none for others.
func (s *Server) steps(r *request) ([]templates.Step, error) {
	if !r.who.Roles.May(auth.EditSettings, r.env) || !r.who.Roles.May(auth.SeeKeys, r.env) {
		return nil, nil
	}
	general, err := s.Settings.General(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return nil, err
	}
	payment, err := s.Settings.Page(r.Context(), r.who.Merchant, r.env, settings.PaymentPage)
	if err != nil {
		return nil, err
	}
	owned, err := s.Keys.List(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return nil, err
	}
	production, err := s.Environments.State(r.Context(), r.who.Merchant, ids.Production)
	if err != nil {
		return nil, err
	}
	filled, total := general.Completeness()
	steps := []templates.Step{
		{Title: r.t.T("dashboard.account_title"), Text: r.t.T("dashboard.account_text"), Done: true},
		{
			Title: r.t.T("dashboard.general_title"), Text: r.t.Format("dashboard.general_text", i18n.Args{"Done": filled, "Total": total}),
			Done: filled == total, Action: templates.Link{Label: r.t.T("dashboard.general_action"), Href: inEnvironment(r, "/settings/general")},
		},
		{
			Title: r.t.T("dashboard.notify_title"), Text: r.t.T("dashboard.notify_text"), Done: settings.PaymentOf(payment.Values).NotificationURL != "",
			Action: templates.Link{Label: r.t.T("dashboard.notify_action"), Href: inEnvironment(r, paymentPath)},
		},
	}
	if r.env == ids.Production {
		activation, err := s.activationStep(r)
		return append(steps, activation, productionKeys(r, production)), err
	}
	return append(steps, s.sandboxSteps(r, owned, production)...), nil
}

func (s *Server) sandboxSteps(r *request, owned []keys.Key, production envswitch.State) []templates.Step {
	taken := false
	for _, k := range owned {
		taken = taken || (k.Kind == keys.Server && !k.RevealedAt.IsZero())
	}
	steps := []templates.Step{{
		Title: r.t.T("dashboard.keys_title"), Text: r.t.T("dashboard.keys_text"), Done: taken,
		Action: templates.Link{Label: r.t.T("dashboard.keys_action"), Href: inEnvironment(r, keysPath)},
	}}
	if !r.who.Roles.May(auth.SeeEnvironment, ids.Production) {
		return steps
	}
	return append(steps, templates.Step{
		Title: r.t.T("dashboard.live_title"), Text: r.t.T("dashboard.live_text"), Done: production == envswitch.Active,
		Action: templates.Link{Label: r.t.T("dashboard.live_action"), Href: "/" + string(ids.Production) + "/dashboard"},
	})
}

func productionKeys(r *request, production envswitch.State) templates.Step {
	active, text := production == envswitch.Active, "dashboard.production_keys_text"
	if active {
		text = "dashboard.production_keys_ready"
	}
	return templates.Step{
		Title: r.t.T("dashboard.production_keys_title"), Text: r.t.T(text), Done: active, Locked: !active,
		Action: templates.Link{Label: r.t.T("dashboard.keys_action"), Href: inEnvironment(r, keysPath)},
	}
}
