package settings_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
)

// pairs stands for the room of keys: it counts what it is asked for. web tests the two rooms together.
type pairs struct {
	drawn, kept int
	refuses     error
}

// MayNotify implements settings.NotificationKeys.
func (p *pairs) MayNotify(context.Context, ids.MerchantID, ids.Environment) error { return p.refuses }

// PrepareNotificationKey implements settings.NotificationKeys.
func (p *pairs) PrepareNotificationKey(context.Context, ids.MerchantID, ids.Environment) (func(context.Context, activity.Actor) error, error) {
	p.drawn++
	return func(context.Context, activity.Actor) error {
		p.kept++
		return nil
	}, nil
}

func TestAPrefixIsAnAddressThatAPathCanBeAppendedTo(t *testing.T) {
	for value, want := range map[string]string{
		"https://api.toko.id": "", "https://api.toko.id/": "", "https://api.toko.id/bi-snap//": "", "https://api.toko.id/v1.0": "", "http://api.toko.id:80/a": "", "https://bücher.id/a": "",
		"https://api.toko.id/v1.0/debit/notifier": "", "https://api.toko.id/a/...": "",
		"https://api.toko.id?": "url.query", "https://api.toko.id/a?b=c": "url.query", "https://api.toko.id/a/../b": "url.dots", "https://api.toko.id/./": "url.dots", "https://api.toko.id/%2E%2e/a": "url.dots",
		"https://api.toko.id/a/.": "url.dots", "https://api.toko.id/a/.%2e": "url.dots",
		"https://api.toko.id/v1.0/debit/notify": "url.ending", "https://api.toko.id/a/V1.0/QR/qr-mpm-notify/": "url.ending",
		"javascript:alert(1)": "url.scheme", "data:text/html,x": "url.scheme", "https://": "url.host", "https://10.0.0.1": "url.address", "https://a@toko.id": "url.user", "https://toko.id#": "url.fragment",
		"https://toko.id,https://b.id": "url.host", "https://toko.id/" + strings.Repeat("a", 470): "url.long",
	} {
		if got := id(settings.SnapPrefix(value)); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	for value, want := range map[string]string{
		"https://api.toko.id/": "https://api.toko.id", " https://api.toko.id/a// ": "https://api.toko.id/a", "https://bücher.id/a/": "https://xn--bcher-kva.id/a", "": "",
	} {
		if got := settings.StoredPrefix(value); got != want {
			t.Errorf("%q is stored as %q, want %q", value, got, want)
		}
	}
}

// saveOn saves fields of a page of Sandbox that was opened in a version.
func saveOn(t *testing.T, s *settings.Service, who activity.Actor, p settings.Page, opened int64, values settings.Values) (settings.Result, error) {
	t.Helper()
	return s.Save(t.Context(), who, ids.Sandbox, settings.Edit{Page: p, Opened: opened, Values: values})
}

func TestPaymentSettingsAreStoredInOneForm(t *testing.T) {
	s, db, who := newService(t)
	typed := settings.Values{
		"payment_notification_url": " https://a.id , https://bücher.id/x ", "finish_redirect_url": "https://日本語.jp/?a=b ", "error_redirect_url": "", "of_nobody": "x",
	}
	if _, err := saveOn(t, s, who, settings.PaymentPage, 0, typed); err != nil {
		t.Fatal(err)
	}
	want := settings.Values{"payment_notification_url": "https://a.id\nhttps://xn--bcher-kva.id/x", "finish_redirect_url": "https://xn--wgv71a119e.jp/?a=b"}
	state, err := s.Page(t.Context(), who.Merchant, ids.Sandbox, settings.PaymentPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, state.Values); diff != "" {
		t.Error(diff)
	}
	before := db.Dump(t)
	done, err := saveOn(t, s, who, settings.PaymentPage, 1, settings.Values{"payment_notification_url": "https://a.id,,https://bücher.id/x"})
	if err != nil || len(done.Changes) != 0 || cmp.Diff(before, db.Dump(t)) != "" {
		t.Errorf("the same once more: %+v, %v", done, err)
	}
	if state, err := s.Page(t.Context(), who.Merchant, ids.Production, settings.PaymentPage); err != nil || state.Version != 0 {
		t.Errorf("Production has %+v, %v", state, err)
	}
}

func TestOneWrongAddressStoresNothing(t *testing.T) {
	s, db, who := newService(t)
	before := db.Dump(t)
	_, err := saveOn(t, s, who, settings.PaymentPage, 0, settings.Values{
		"payment_notification_url": "https://a.id,https://b.id:8080", "recurring_notification_url": "https://a.id,https://b.id", "error_redirect_url": "javascript:alert(1)", "finish_redirect_url": "https://a.id",
	})
	said := fault.FieldsOf(err)
	if fault.KindOf(err) != fault.Invalid || said["payment_notification_url"].ID != "url.port" || said["payment_notification_url"].Args["Number"] != 2 ||
		said["recurring_notification_url"].ID != "url.host" || said["error_redirect_url"].ID != "url.scheme" || len(said) != 3 {
		t.Errorf("%v: %+v", err, said)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// A key pair costs half a second of a core: only a prefix that can be stored is worth one.
func TestAKeyPairIsDrawnForAPrefixAlone(t *testing.T) {
	s, _, who := newService(t)
	p := &pairs{}
	s.Notifications = p
	for _, tt := range []struct {
		page        settings.Page
		opened      int64
		value       string
		drawn, kept int
	}{
		{settings.SnapPage, 0, "https://10.0.0.1", 0, 0},
		{settings.SnapPage, 0, " ", 0, 0},
		{settings.PaymentPage, 0, "https://toko.id", 0, 0},
		{settings.SnapPage, 7, "https://toko.id", 0, 0}, // overtaken
		{settings.SnapPage, 0, "https://toko.id", 1, 1},
		{settings.SnapPage, 1, "", 1, 1},
	} {
		_, err := saveOn(t, s, who, tt.page, tt.opened, settings.Values{"notification_prefix": tt.value})
		if p.drawn != tt.drawn || p.kept != tt.kept {
			t.Errorf("%+v: %d drawn, %d kept, %v", tt, p.drawn, p.kept, err)
		}
	}
	past, err := s.Revert(t.Context(), who, ids.Sandbox, settings.Reversal{Page: settings.SnapPage, Version: 2, Opened: 2})
	if err != nil || len(past) != 1 || p.kept != 2 {
		t.Errorf("the prefix is back without a look at its key pair: %+v, %v, %+v", past, err, p)
	}
}

func TestACopyThatComesTooLateDrawsNoKeyPair(t *testing.T) {
	s, _, who := newService(t)
	p := &pairs{}
	s.Notifications = p
	if _, err := saveOn(t, s, who, settings.SnapPage, 0, settings.Values{"notification_prefix": "https://toko.id"}); err != nil || p.drawn != 1 {
		t.Fatalf("%d drawn, %v", p.drawn, err)
	}
	for _, versions := range [][2]int64{{0, 0}, {2, 0}, {1, 1}, {1, -1}} {
		_, err := s.Copy(t.Context(), who, ids.Production, picks(t, versions[0], versions[1], "bi_snap.notification_prefix")...)
		if fault.KindOf(err) != fault.Conflict || p.drawn != 1 {
			t.Errorf("%v: %d drawn, %v", versions, p.drawn, err)
		}
	}
	if _, err := s.Copy(t.Context(), who, ids.Production, picks(t, 1, 0, "bi_snap.notification_prefix")...); err != nil || p.drawn != 2 || p.kept != 2 {
		t.Errorf("in time: %+v, %v", p, err)
	}
}

func TestWithoutCredentialsNoPrefixIsStored(t *testing.T) {
	s, db, who := newService(t)
	refusal := fault.New(fault.Conflict, "bi_snap.not_registered")
	s.Notifications = &pairs{refuses: refusal}
	before := db.Dump(t)
	for _, value := range []string{"https://toko.id", "", "nothing"} {
		if _, err := saveOn(t, s, who, settings.SnapPage, 0, settings.Values{"notification_prefix": value}); !errors.Is(err, refusal) {
			t.Errorf("%q: %v", value, err)
		}
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	if _, err := saveOn(t, s, who, settings.PaymentPage, 0, settings.Values{"finish_redirect_url": "https://toko.id"}); err != nil {
		t.Errorf("the other pages: %v", err)
	}
}
