package mail_test

import (
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/outbox"
)

// aboutKeys fills in what messages about access keys carry.
func aboutKeys(m outbox.Message) outbox.Message {
	m.Environment, m.Credential, m.LastFour, m.NewLastFour = "sandbox", "server", "wxyz", "a_-9"
	m.Merchant, m.Until = "G123456789", noon.Add(time.Hour).UnixMilli()
	return m
}

func TestAKeyLetterSaysWhichKeysAndUntilWhen(t *testing.T) {
	for language, wants := range map[string][]string{
		"en": {"Key: Server Key ending in wxyz", "New key: ending in a_-9\n", "Environment: Sandbox", "Old key works until: 21 Nov 2026, 14:00 WITA"},
		"id": {"Kunci: Server Key berakhiran wxyz", "Kunci baru: berakhiran a_-9\n", "Environment: Sandbox", "Kunci lama berlaku sampai: 21 Nov 2026, 14:00 WITA"},
	} {
		got := deliver(t, nil, full(outbox.KeyRotated, language))
		for _, want := range wants {
			if !strings.Contains(got.text, want) {
				t.Errorf("the letter does not say %q:\n%s", want, got.text)
			}
		}
	}
}

func TestTheLetterBeforeAnEndTellsOfTheUseOfBothKeys(t *testing.T) {
	m := full(outbox.KeyEndsSoon, "en")
	for want, edit := range map[string]func(*outbox.Message){
		"New key: ending in a_-9, not used yet":               func(*outbox.Message) {},
		"New key: ending in a_-9, already in use":             func(m *outbox.Message) { m.NewUsed = true },
		"Old key last used: 21 Nov 2026, 13:00 WITA":          func(*outbox.Message) {},
		"IP address: 203.0.113.9":                             func(*outbox.Message) {},
		"Old key last used: no use is known":                  func(m *outbox.Message) { m.At, m.Address = 0, "" },
		"Key: BI-SNAP Client Secret ending in wxyz":           func(m *outbox.Message) { m.Credential = "snap_secret" },
		"/sandbox/settings/access-keys/bi-snap\n":             func(m *outbox.Message) { m.Credential = "snap_public_key" },
		"https://portal.example.test/production/settings/acc": func(m *outbox.Message) { m.Environment = "production" },
	} {
		edited := m
		edit(&edited)
		if got := deliver(t, nil, edited); !strings.Contains(got.text, want) {
			t.Errorf("the letter does not say %q:\n%s", want, got.text)
		}
	}
}

// Who hears that the old key has ended is not told to wait for its end, nor that it could still come back.
func TestTheLetterAfterARotationAtOnceSaysThatTheOldKeyHasEnded(t *testing.T) {
	got := deliver(t, nil, full(outbox.KeyReplaced, "en"))
	if !strings.Contains(got.text, "The old key does not work any more.") || !strings.Contains(got.text, "Old key ended: ") || strings.Contains(got.text, "undone") {
		t.Errorf("the letter says\n%s", got.text)
	}
}

// C089, C108: where four characters or an environment should stand, nothing else gets into a letter.
func TestAKeyLetterHoldsNoWholeKey(t *testing.T) {
	m := full(outbox.KeyRotated, "en")
	for _, hostile := range []string{"SB-Mid-server-abcdefghijklmnopqrstuvwx", "https://evil.example", "a\r\nb", "<b>"} {
		m.LastFour, m.NewLastFour, m.Environment = hostile, hostile, hostile
		if got := deliver(t, nil, m); strings.Contains(got.text+got.html, hostile) || len(got.hrefs()) != 1 {
			t.Errorf("%q arrives:\n%s", hostile, got.text)
		}
	}
}
