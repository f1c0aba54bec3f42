package mail_test

import (
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
)

func TestTheResetLetterSaysHowLongItsLinkIsValid(t *testing.T) {
	for _, tc := range []struct {
		ttl                 time.Duration
		english, indonesian string
	}{
		{time.Hour, "valid for 1 hour and", "berlaku 1 jam dan"},
		{2 * time.Hour, "valid for 2 hours and", "berlaku 2 jam dan"},
		{time.Minute, "valid for 1 minute and", "berlaku 1 menit dan"},
		{90 * time.Minute, "valid for 90 minutes and", "berlaku 90 menit dan"},
		{time.Second, "valid for 1 second and", "berlaku 1 detik dan"},
		{6 * time.Millisecond, "valid for 1 second and", "berlaku 1 detik dan"},
		{90 * time.Second, "valid for 90 seconds and", "berlaku 90 detik dan"},
	} {
		for language, want := range map[string]string{"en": tc.english, "id": tc.indonesian} {
			got := deliver(t, func(ml *mail.Mailer) { ml.ResetLinkTTL = tc.ttl }, full(outbox.ResetPassword, language))
			if !strings.Contains(got.text, want) || !strings.Contains(got.html, want) {
				t.Errorf("for %v the letter does not say %q:\n%s", tc.ttl, want, got.text)
			}
		}
	}
}

func TestTheConfirmationLetterSaysSevenDays(t *testing.T) {
	for language, want := range map[string]string{"en": "valid for 7 days", "id": "berlaku 7 hari"} {
		if got := deliver(t, nil, full(outbox.ConfirmRegistration, language)); !strings.Contains(got.text, want) || !strings.Contains(got.html, want) {
			t.Errorf("the letter does not say %q:\n%s", want, got.text)
		}
	}
}

func TestRemindersCountTheDaysAndNameTheDate(t *testing.T) {
	for _, tc := range []struct {
		days                int
		english, indonesian string
	}{
		{14, "expires in 14 days", "habis dalam 14 hari"}, {7, "expires in 7 days", "habis dalam 7 hari"},
		{1, "expires in 1 day", "habis dalam 1 hari"}, {0, "expires in less than a day", "habis dalam kurang dari satu hari"},
	} {
		for language, want := range map[string]string{"en": tc.english, "id": tc.indonesian} {
			m := full(outbox.PasswordExpires, language)
			m.Days = tc.days
			got := deliver(t, nil, m)
			if !strings.HasSuffix(got.subject, want) || !strings.Contains(got.text, want+".") || !strings.Contains(got.html, want+".") {
				t.Errorf("the letter does not say %q: %q\n%s", want, got.subject, got.text)
			}
			if date := map[string]string{"en": "Expires: 5 Dec 2026, 13:00 WITA", "id": "Berlaku sampai: 5 Des 2026, 13:00 WITA"}[language]; !strings.Contains(got.text, date) {
				t.Errorf("the letter does not say %q:\n%s", date, got.text)
			}
		}
	}
}

func TestTheLockLetterSaysUntilWhenAndThatThePasswordIsUnchanged(t *testing.T) {
	for language, wants := range map[string][]string{
		"en": {"Locked until: 21 Nov 2026, 13:15 WITA", "Your password is unchanged", "If you need to get in earlier, write to support@example.test."},
		"id": {"Dikunci sampai: 21 Nov 2026, 13:15 WITA", "Kata sandi Anda tidak berubah", "Jika perlu masuk lebih awal, tulis ke support@example.test."},
	} {
		got := deliver(t, nil, full(outbox.AccountLocked, language))
		for _, want := range wants {
			if !strings.Contains(got.text, want) {
				t.Errorf("the letter does not say %q:\n%s", want, got.text)
			}
		}
	}
}

func TestTimesAreThoseOfTheReceiversZone(t *testing.T) {
	for name, want := range map[string]string{
		"": "12:00 WIB", "Asia/Jakarta": "12:00 WIB", "Asia/Makassar": "13:00 WITA", "Asia/Jayapura": "14:00 WIT", "Mars/Phobos": "12:00 WIB",
	} {
		m := full(outbox.NewBrowser, "en")
		m.Zone = name
		if got := deliver(t, nil, m); !strings.Contains(got.text, "When: 21 Nov 2026, "+want+"\n") {
			t.Errorf("in %q the letter does not say %q:\n%s", name, want, got.text)
		}
	}
}

func TestABrowserWithoutASystemIsNamedAloneAndAnUnknownOneNotAtAll(t *testing.T) {
	for browser, want := range map[string]string{"Firefox": "Browser: Firefox\n", "Edge on Chrome OS": "Browser: Edge on Chrome OS\n", "?": ""} {
		m := full(outbox.NewBrowser, "en")
		m.Browser = browser
		got := deliver(t, nil, m)
		if !strings.Contains(got.text, want) || strings.Contains(got.text, "Browser:") != (want != "") {
			t.Errorf("of %q the letter does not say %q:\n%s", browser, want, got.text)
		}
	}
}
