package web

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

const paymentPath = "/settings/payment"

// paymentForm shows where notifications and customers go.
func paymentForm(_ *Server, r *request, frame templates.Page, sheet templates.Sheet, values settings.Values, said map[string]string) (templ.Component, error) {
	field := func(name string) templates.URLField {
		return templates.URLField{Field: templates.Field{Value: values[name], Error: said[name]}, Remarks: remarks(r, values[name])}
	}
	return templates.Payment(frame, templates.PaymentView{
		Sheet:            sheet,
		Notification:     field("payment_notification_url"),
		Recurring:        field("recurring_notification_url"),
		AccountLinking:   field("account_linking_notification_url"),
		Finish:           field("finish_redirect_url"),
		Unfinish:         field("unfinish_redirect_url"),
		Error:            field("error_redirect_url"),
		IntegrationHref:  inEnvironment(r, integrationPath),
		SnapSettingsHref: inEnvironment(r, snapSettingsPath),
	}), nil
}

// remarks say what is worth knowing of the addresses in a field without being a reason to refuse them: international names in both forms, and in Production
// what is not encrypted.
func remarks(r *request, text string) (said []string) {
	plain := false
	for _, address := range settings.SplitURLs(text) {
		if settings.URL(address) != nil {
			continue
		}
		stored := settings.StoredURLs(address)
		if read, differs := settings.International(stored); differs {
			if u, err := url.Parse(stored); err == nil {
				said = append(said, r.t.Format("payment.reads", i18n.Args{"Name": read, "Host": u.Hostname()}))
			}
		}
		plain = plain || strings.HasPrefix(strings.ToLower(address), "http://")
	}
	if plain && r.env == ids.Production {
		said = append(said, r.t.T("payment.plain_http"))
	}
	return said
}
