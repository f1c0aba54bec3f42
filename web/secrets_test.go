package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
	"merchant-portal/store/storetest"
)

// misplaced is a password that somebody types into another field.
const misplaced = "kata-sandi-di-kolom-email-77"

// typed is what people type or paste that must be kept nowhere, and where they do. Another secret, or another place for one, is a line here.
var typed = []struct{ what, path, field, text string }{
	{"a wrong password", "/login", "password", "salah kata sandi 9c1f"},
	{"a password in the field for the address", "/login", "email", misplaced},
	{"a password in the address of a page", "/login?password=" + misplaced, "email", misplaced},
	{"a password in the field for the address", "/password/forgot", "email", misplaced},
	{"a password in the field for the address", "/register/resend", "email", misplaced},
	{"a password of who signs up", "/register", "password", "kata sandi pendaftar 41aa"},
	{"a wrong password to prove who it is", "/sandbox/settings/access-keys/{key}/reveal", proofField, "salah lagi kata sandi 6e"},
	{"a wrong password of who changes it", "/account/password", "password", "salah kata sandi lama 3b"},
}

// typeSecrets types all of them, as somebody whom nobody knows and as a member, wherever either may.
func (p *portal) typeSecrets(t *testing.T, member *browser) (secrets map[string]string) {
	t.Helper()
	secrets = map[string]string{}
	for _, s := range typed {
		who, path := p.browser(t), strings.ReplaceAll(s.path, "{key}", member.keyID())
		if strings.HasPrefix(path, "/account") || strings.HasPrefix(path, "/sandbox") {
			who = member
		}
		fields := []string{s.field, s.text}
		if s.field != "email" {
			fields = append(fields, "email", "a@example.test")
		}
		if r := who.post(path, fields...); r.StatusCode >= http.StatusInternalServerError || r.StatusCode == http.StatusNotFound {
			t.Errorf("%s: %s", s.path, r.Status)
		}
		who.get(strings.SplitN(path, "?", 2)[0] + "?" + s.field + "=" + strings.ReplaceAll(s.text, " ", "+"))
		secrets[s.what] = s.text
	}
	return secrets
}

// keyTexts gives the texts of all keys of somebody's merchant, of whatever kind.
func (p *portal) keyTexts(t *testing.T, email string) map[string]string {
	t.Helper()
	ring := &keys.Service{Store: p.db.Keys(), Tx: p.db, Log: p.db.Activity(), Sealer: p.db.Keysets(), Now: p.db.Clock.Now}
	texts, m := map[string]string{}, p.merchantOf(t, email)
	for _, env := range ids.Environments() {
		owned, err := ring.List(t.Context(), m, env)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range owned {
			_, text, err := ring.Reveal(t.Context(), activity.Actor{Merchant: m}, env, k.ID)
			if err != nil {
				t.Fatal(err)
			}
			texts[fmt.Sprintf("the %s key of %s", k.Kind, env)] = text
		}
	}
	return texts
}

// C079, C089, C115, C038, C057: whoever reads the log, the activity log, a mail, the whole database, its files, the queue or a backup copy finds no password, right, wrong or
// typed into the wrong field, no token of a mailed link, no cookie and no key.
func TestNothingSecretIsLoggedOrReadableInTheDatabase(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	const next = "kata sandi baru di teras"
	secrets := p.typeSecrets(t, b)
	secrets["the right password"], secrets["a new one"] = password, next
	for what, text := range p.keyTexts(t, "a@example.test") {
		secrets[what] = text
	}
	shown := body(t, b.post("/sandbox/settings/access-keys/"+b.keyID()+"/reveal", proofField, password))
	secrets["a revealed key"] = regexpIn(t, `SB-Mid-(client|server)-[A-Za-z0-9_-]{16,}`, shown)
	other := p.browser(t)
	for what, text := range p.useLinks(t, other, next) {
		secrets[what] = text
	}
	for _, who := range []*browser{b, other} {
		for name, c := range who.cookies {
			if strings.HasPrefix(name, "__Host-") && len(c) >= 16 {
				secrets["the cookie "+name] = c
			}
		}
	}
	if r := b.get("/sandbox/dashboard"); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("the alarm left the session: %s", r.Status)
	}
	places := p.places(t)
	if !strings.Contains(places["log"], "/password/reset") || !strings.Contains(places["rows"], "account.alarm_raised") ||
		!strings.Contains(places["rows"], "river_job") || !strings.Contains(places["mails"], string(outbox.PasswordChanged)) {
		t.Error("nothing was logged, queued or mailed: this test looks at nothing")
	}
	storetest.WantNone(t, places, secrets)
}

// useLinks chooses another password by a mailed link, and raises the alarm by another one. It gives their tokens.
func (p *portal) useLinks(t *testing.T, who *browser, next string) map[string]string {
	t.Helper()
	link := p.resetLink(t, "a@example.test")
	who.get(link)
	who.post("/password/reset", "new_password", next, "confirm_password", next)
	told := p.mails.last(t)
	if told.Kind != outbox.PasswordChanged {
		t.Fatalf("the last mail is %+v", told)
	}
	who.get("/account-alarm?token=" + told.Token)
	who.post("/account-alarm")
	return map[string]string{"a reset link": strings.SplitN(link, "=", 2)[1], "an alarm link": told.Token}
}

// places are where secrets might end up: the log, the database with its queue and copies, and the mails, but for the links that they are there for.
func (p *portal) places(t *testing.T) map[string]string {
	t.Helper()
	p.mails.mu.Lock()
	defer p.mails.mu.Unlock()
	var mailed []string
	for _, m := range p.mails.sent {
		if err := p.db.Outbox().Enqueue(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		m.Token = ""
		mailed = append(mailed, fmt.Sprintf("%+v", m))
	}
	places := p.db.Copies(t)
	places["log"], places["mails"] = p.log.String(), strings.Join(mailed, "\n")
	return places
}
