package web

import (
	"net/http"
	"strings"
	"testing"

	"merchant-portal/internal/outbox"
)

// C115, C038, C057: whoever reads the log, the activity log or the whole database finds no password, right, wrong or typed into the wrong field, no token of a
// mailed link, no cookie and no key.
func TestNothingSecretIsLoggedOrReadableInTheDatabase(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	const wrong, misplaced, next = "salah kata sandi 9c1f", "kata-sandi-di-kolom-email-77", "kata sandi baru di teras"
	canaries := map[string]string{"the right password": password, "a wrong one": wrong, "one in the field for the address": misplaced, "a new one": next}

	stranger := p.browser(t)
	stranger.post("/login", "email", "a@example.test", "password", wrong)
	for _, field := range []string{"/login", "/password/forgot", "/register/resend"} {
		stranger.post(field, "email", misplaced, "password", misplaced)
	}
	stranger.post("/login?email="+misplaced, "email", misplaced, "password", wrong)
	stranger.get("/login?password=" + misplaced)

	shown := body(t, b.post("/sandbox/settings/access-keys/"+b.keyID()+"/reveal", proofField, password))
	canaries["a key"] = regexpIn(t, `SB-Mid-(client|server)-[A-Za-z0-9_-]{16,}`, shown)
	link := p.resetLink(t, "a@example.test")
	canaries["a reset link"] = strings.SplitN(link, "=", 2)[1]
	other := p.browser(t)
	other.get(link)
	other.post("/password/reset", "new_password", next, "confirm_password", next)
	told := p.mails.last(t)
	if told.Kind != outbox.PasswordChanged {
		t.Fatalf("the last mail is %+v", told)
	}
	canaries["an alarm link"] = told.Token
	other.get("/account-alarm?token=" + told.Token)
	other.post("/account-alarm")
	for _, who := range []*browser{b, other, stranger} {
		for name, c := range who.cookies {
			if strings.HasPrefix(name, "__Host-") && len(c) >= 16 {
				canaries["the cookie "+name] = c
			}
		}
	}
	if r := b.get("/sandbox/dashboard"); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("the alarm left the session: %s", r.Status)
	}

	said := map[string]string{"log": p.log.String(), "database": strings.Join(p.db.Dump(t), "\n")}
	if !strings.Contains(said["log"], "/password/reset") || !strings.Contains(said["database"], "account.alarm_raised") {
		t.Error("nothing was logged: this test looks at nothing")
	}
	for where, text := range said {
		for name, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("%s (%s) stands in the %s", name, canary, where)
			}
		}
	}
}
