package mail_test

import (
	"strings"
	"testing"

	"merchant-portal/internal/outbox"
)

// An invitation says who invites, by address, and which merchant, by number: a name could be anything.
func TestAnInvitationSaysWhoInvites(t *testing.T) {
	for language, wants := range map[string][]string{
		"en": {"Invited by: boss@example.test", "Merchant ID: G123456789", "valid for 7 days", "do nothing: no account is opened"},
		"id": {"Diundang oleh: boss@example.test", "Merchant ID: G123456789", "berlaku 7 hari", "tidak ada akun yang dibuka"},
	} {
		got := deliver(t, nil, full(outbox.Invited, language))
		for _, want := range wants {
			if !strings.Contains(got.text, want) {
				t.Errorf("the letter does not say %q:\n%s", want, got.text)
			}
		}
	}
}

// C108: what is no address of a mailbox and no Merchant ID is left out.
func TestHostileInvitersAreLeftOut(t *testing.T) {
	for _, hostile := range []string{
		"https://evil.example/x", "Boss <boss@example.test>", "a@b.test\r\nBcc: evil@evil.example", "<img src=x>", "G12345678", "G1234567890", "see G123456789", "",
	} {
		m := full(outbox.Invited, "en")
		m.By, m.Merchant = hostile, hostile
		got := deliver(t, nil, m)
		if strings.Contains(got.text, "Invited by") || strings.Contains(got.text, "Merchant ID") || got.header.Get("Bcc") != "" {
			t.Errorf("%q arrives:\n%s", hostile, got.text)
		}
	}
}
