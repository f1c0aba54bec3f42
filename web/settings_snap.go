package web

import (
	"errors"

	"github.com/a-h/templ"

	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

const (
	snapSettingsPath = "/settings/bi-snap-notification"
	prefixField      = "notification_prefix"
)

// snapNotificationForm shows where BI-SNAP notifications go and the key to verify them with; before there are credentials, the way to them.
func snapNotificationForm(
	s *Server, r *request, frame templates.Page, sheet templates.Sheet, values settings.Values, said map[string]string,
) (templ.Component, error) {
	view := templates.SnapNotificationView{Sheet: sheet, CredentialsHref: inEnvironment(r, snapPath), PaymentHref: inEnvironment(r, paymentPath), Verify: keys.NotificationForm}
	_, err := s.Keys.Registration(r.Context(), r.who.Merchant, r.env)
	if errors.Is(err, keys.ErrNotRegistered) {
		return templates.SnapNotification(frame, view), nil
	}
	if err != nil {
		return nil, err
	}
	prefix := values[prefixField]
	view.Registered = true
	view.Prefix = templates.URLField{Field: templates.Field{Value: prefix, Error: said[prefixField]}}
	if settings.SnapPrefix(prefix) == nil {
		view.Prefix.Remarks = remarks(r, prefix)
	}
	view.Products = snapProducts(r, prefix)
	payment, err := s.Settings.Page(r.Context(), r.who.Merchant, r.env, settings.PaymentPage)
	if err != nil {
		return nil, err
	}
	view.Accounts = settings.SplitURLs(settings.PaymentOf(payment.Values).NotificationURL)
	view.Key, err = s.notificationKey(r)
	return templates.SnapNotification(frame, view), err
}

// snapProducts are the addresses that a prefix makes, one per product; without addresses where it is none.
func snapProducts(r *request, prefix string) []templates.SnapProduct {
	products := []templates.SnapProduct{
		{Name: r.t.T("bi_snap.debit"), Path: settings.DebitNotifyPath}, {Name: r.t.T("bi_snap.qr"), Path: settings.QRNotifyPath},
	}
	if stored := settings.StoredPrefix(prefix); stored != "" && settings.SnapPrefix(prefix) == nil {
		for i := range products {
			products[i].URL = stored + products[i].Path
		}
	}
	return products
}

// notificationKey is the public key to verify notifications with; without one, no prefix was ever saved.
func (s *Server) notificationKey(r *request) (templates.NotificationKey, error) {
	k, fingerprint, err := s.Keys.NotificationKey(r.Context(), r.who.Merchant, r.env)
	if errors.Is(err, keys.ErrNoNotificationKey) {
		return templates.NotificationKey{}, nil
	}
	if err != nil {
		return templates.NotificationKey{}, err
	}
	return templates.NotificationKey{
		Public: k.Public, Fingerprint: fingerprint, Made: r.t.Time(k.CreatedAt, r.zone()), Check: keys.FingerprintCommand,
	}, nil
}
