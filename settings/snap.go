package settings

import (
	"context"
	"strings"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// SnapNotification is where the BI-SNAP notifications of an environment go: one prefix, to which the portal appends a path per product (map-facts section 3).
// Virtual accounts keep the Payment Notification URL.
type SnapNotification struct {
	Prefix string `form:"notification_prefix" validate:"omitempty,snap_prefix"`
}

// What is appended to the prefix.
const (
	DebitNotifyPath = "/v1.0/debit/notify"     // direct debit: GoPay tokenization, GoPay deeplink
	QRNotifyPath    = "/v1.0/qr/qr-mpm-notify" // QRIS
)

// SnapNotificationOf is the form of the BI-SNAP notification URL with these fields.
func SnapNotificationOf(values Values) (n SnapNotification) {
	fill(&n, values)
	return n
}

// normalise implements sheet.
func (n *SnapNotification) normalise() { n.Prefix = StoredPrefix(n.Prefix) }

// StoredPrefix is a prefix as it is stored: no slash at its end, its host as it is looked up.
func StoredPrefix(value string) string {
	return lookedUp(strings.TrimRight(strings.TrimSpace(value), "/"))
}

// SnapPrefix accepts what URL accepts, if a path can be appended and is then the one that is called and signed: no query, and not one
// of the paths already.
func SnapPrefix(value string) *fault.Message {
	bare := strings.TrimRight(value, "/")
	if problem := URL(value); problem != nil {
		return problem
	}
	if strings.Contains(value, "?") {
		return &fault.Message{ID: "url.query"}
	}
	for _, path := range []string{DebitNotifyPath, QRNotifyPath} {
		if strings.HasSuffix(strings.ToLower(bare), path) {
			return &fault.Message{ID: "url.ending", Args: map[string]any{"Path": path}}
		}
	}
	return tooLong(bare + QRNotifyPath)
}

// NotificationKeys is what saving a prefix needs of the room of keys, which this one never sees.
type NotificationKeys interface {
	// MayNotify refuses, in the transaction of ctx, an environment without BI-SNAP credentials.
	MayNotify(ctx context.Context, m ids.MerchantID, env ids.Environment) error
	// PrepareNotificationKey draws the key pair that signs notifications, which takes long, unless the environment has one; it refuses what MayNotify does.
	// keep stores the pair, in the transaction of ctx, where there is none by then.
	PrepareNotificationKey(ctx context.Context, m ids.MerchantID, env ids.Environment) (keep func(ctx context.Context, who activity.Actor) error, err error)
}

// keepPair stores, in the transaction of ctx, the key pair that was drawn before it.
type keepPair func(ctx context.Context, who activity.Actor) error

// prepare does what an edit needs beside its transaction: for the first prefix, it draws a key pair. What will be refused anyway draws none, what comes too
// late included: or whoever repeats that has a core busy for half a second each time.
func (s *Service) prepare(ctx context.Context, m ids.MerchantID, env ids.Environment, e Edit) (keepPair, error) {
	prefix := strings.TrimSpace(e.Values[prefixField])
	if e.Page != SnapPage || prefix == "" || SnapPrefix(prefix) != nil {
		return nil, nil //nolint:nilnil // there is nothing to prepare
	}
	if now, err := s.Page(ctx, m, env, e.Page); err != nil || now.Version != e.Opened {
		return nil, err
	}
	return s.Notifications.PrepareNotificationKey(ctx, m, env)
}

// prefixField is the one field of SnapPage.
const prefixField = "notification_prefix"

// mayHave refuses an edit of a page that an environment has no use for yet.
func (s *Service) mayHave(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page) error {
	if p != SnapPage {
		return nil
	}
	return s.Notifications.MayNotify(ctx, m, env)
}

// withKeys sees to it, in the transaction of ctx, that who is notified can tell who notifies: with a prefix there is a key pair.
func (s *Service) withKeys(ctx context.Context, who activity.Actor, env ids.Environment, e Edit, next Values) (err error) {
	if e.Page != SnapPage || next[prefixField] == "" {
		return nil
	}
	if e.keep == nil { // the prefix of an earlier version: it has its pair
		if e.keep, err = s.Notifications.PrepareNotificationKey(ctx, who.Merchant, env); err != nil {
			return err
		}
	}
	return e.keep(ctx, who)
}
