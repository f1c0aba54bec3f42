package web

import (
	"errors"
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

const integrationPath = "/integration"

// endpoints are what the API has, with words for what each is for and what opens it. A test compares them with the API's own table.
var endpoints = []struct{ method, pattern, purpose, opens string }{
	{http.MethodGet, "/v2/{id}/status", "integration.api_status", "integration.opens_server"},
	{http.MethodPost, "/v1.0/access-token/b2b", "integration.api_token", "integration.opens_signature"},
	{http.MethodPost, "/v1.0/debit/status", "integration.api_debit", "integration.opens_token"},
}

// told says of each field of the Payment page what it is that goes there.
var told = map[string]string{
	"payment_notification_url":         "integration.payment_notification_url",
	"recurring_notification_url":       "integration.recurring_notification_url",
	"account_linking_notification_url": "integration.account_linking_notification_url",
	"finish_redirect_url":              "integration.finish_redirect_url",
	"unfinish_redirect_url":            "integration.unfinish_redirect_url",
	"error_redirect_url":               "integration.error_redirect_url",
}

func (s *Server) integrationRoutes() []route.Route[handler] {
	return []route.Route[handler]{get("/"+route.Environment+integrationPath, permitted, auth.SeeKeys, s.integration)}
}

// integration shows all that whoever writes the merchant's programs needs in this environment. No secret is opened for it.
func (s *Server) integration(w http.ResponseWriter, r *request) error {
	view := templates.IntegrationView{
		MerchantID: string(r.who.Merchant), KeysHref: inEnvironment(r, keysPath), SnapHref: inEnvironment(r, snapPath),
		Sources: s.NotificationSources[r.env], Support: s.SupportEmail,
	}
	if err := s.integrationKeys(r, &view); err != nil {
		return err
	}
	s.integrationAPI(r, &view)
	if err := s.integrationGoes(r, &view); err != nil {
		return err
	}
	page := s.page(w, r, r.t.T("integration.title"), "integration", inEnvironment(r, integrationPath),
		templates.Link{Label: r.t.T("nav.settings")}, templates.Link{Label: r.t.T("integration.title")})
	return s.answer(w, r, http.StatusOK, templates.Integration(page, view))
}

// integrationKeys fills in the credentials: what is public as it is, of what is not only where it can be revealed.
func (s *Server) integrationKeys(r *request, view *templates.IntegrationView) error {
	all, err := s.Keys.List(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return err
	}
	state, err := s.Environments.State(r.Context(), r.who.Merchant, r.env)
	if err != nil {
		return err
	}
	view.Inactive = state == envswitch.Inactive
	live := ring{all: all, at: r.at}
	for _, k := range live.live(keys.Client) {
		text, err := s.Keys.PublicText(k)
		if err != nil {
			return err
		}
		view.ClientKeys = append(view.ClientKeys, text)
	}
	for _, k := range live.live(keys.Server) {
		view.ServerKeys = append(view.ServerKeys, templates.Link{Label: k.Mask(), Href: keyPath(r, k.ID, "/reveal")})
	}
	registration, err := s.Keys.Registration(r.Context(), r.who.Merchant, r.env)
	if errors.Is(err, keys.ErrNotRegistered) {
		return nil
	}
	view.Registered = true
	view.Snap = templates.SnapCredentials{
		ClientID: keys.ClientID(r.who.Merchant), PartnerID: keys.PartnerID(r.who.Merchant), ChannelID: registration.ChannelID,
	}
	return err
}

func (s *Server) integrationAPI(r *request, view *templates.IntegrationView) {
	other := ids.Production
	if r.env == ids.Production {
		other = ids.Sandbox
	}
	view.API, view.OtherAPI, view.OtherName = s.APIs[r.env], s.APIs[other], environmentWords(r.t, other)
	for _, e := range endpoints {
		view.Endpoints = append(view.Endpoints, templates.Endpoint{
			Method: e.method, URL: view.API + e.pattern, Purpose: r.t.T(e.purpose), Opens: r.t.T(e.opens),
		})
	}
}

// integrationGoes says which notification, and which customer, goes where.
func (s *Server) integrationGoes(r *request, view *templates.IntegrationView) error {
	stored, err := s.Settings.Page(r.Context(), r.who.Merchant, r.env, settings.PaymentPage)
	if err != nil {
		return err
	}
	snap, err := s.Settings.Page(r.Context(), r.who.Merchant, r.env, settings.SnapPage)
	if err != nil {
		return err
	}
	view.PaymentHref, view.SnapSettingsHref = inEnvironment(r, paymentPath), inEnvironment(r, snapSettingsPath)
	for _, name := range settings.Fields(settings.PaymentPage) {
		view.Goes = append(view.Goes, templates.Destination{
			What: r.t.T(told[name]), Addresses: settings.SplitURLs(stored.Values[name]),
			Setting: templates.Link{Label: fieldLabel(r.t, settings.PaymentPage, name), Href: view.PaymentHref + "#" + name},
		})
	}
	for _, p := range snapProducts(r, snap.Values[prefixField]) {
		to := templates.Destination{
			What:    r.t.Format("integration.snap_goes", i18n.Args{"Product": p.Name}),
			Setting: templates.Link{Label: r.t.T("bi_snap.notification_prefix"), Href: view.SnapSettingsHref},
		}
		if p.URL != "" {
			to.Addresses = []string{p.URL}
		}
		view.Goes = append(view.Goes, to)
	}
	return nil
}
