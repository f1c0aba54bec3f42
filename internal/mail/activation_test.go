package mail_test

import (
	"strings"
	"testing"

	"merchant-portal/internal/outbox"
)

// A rejection says why, in the operator's words, as words: markup stays text, and an address in it does not come before the letter's own link.
func TestARejectionSaysWhy(t *testing.T) {
	m := full(outbox.ActivationRejected, "en")
	m.Reason = "<b>https://toko.example cannot be reached.</b>"
	got := deliver(t, nil, m)
	reason, link := strings.Index(got.text, "Reason: “"+m.Reason+"”"), strings.Index(got.text, "https://portal.example.test/production/activation")
	if reason < 0 || link < 0 || link > reason || strings.Contains(got.html, "<b>") || len(got.hrefs()) != 1 {
		t.Errorf("the letter says\n%s\n%s", got.text, got.html)
	}
}

// The letter about an approval leads to the keys of Production and says no reason.
func TestAnApprovalLeadsToTheKeys(t *testing.T) {
	for language, want := range map[string]string{"en": "its keys are ready", "id": "kuncinya sudah tersedia"} {
		got := deliver(t, nil, full(outbox.ActivationApproved, language))
		if !strings.Contains(got.text, want) || strings.Contains(got.text, "cannot be reached") {
			t.Errorf("the letter says\n%s", got.text)
		}
	}
}
