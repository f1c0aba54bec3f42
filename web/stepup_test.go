package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/keys"
	"merchant-portal/settings"
)

// freshSettings makes saving General Settings ask for a fresh password: no route with a form of its own does yet.
func freshSettings(p *portal) {
	for i, r := range p.table {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Pattern, "/settings/general") {
			p.table[i].Fresh = "reveal.title"
		}
	}
	p.handler = p.Handler()
}

// C084: up to exactly five minutes a typed password is fresh.
func TestAPasswordIsFreshForExactlyFiveMinutes(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{auth.ProofLife, http.StatusOK}, {time.Millisecond, http.StatusUnprocessableEntity}} {
		p.db.Clock.Move(tt.after)
		if r := b.post(path); r.StatusCode != tt.want {
			t.Errorf("after %s more: %s, want %d", tt.after, r.Status, tt.want)
		}
	}
}

// What was asked for goes on once the password is there, with all that was sent; nothing happens before, and the token is another one then (C027).
func TestWhatWaitsForThePasswordGoesOnWithAllThatWasSent(t *testing.T) {
	p := newPortal(t)
	freshSettings(p)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(auth.ProofLife + time.Second)
	b.get("/sandbox/dashboard")
	before, token := p.db.Dump(t), b.cookies[sessionCookie]
	fields := []string{"merchant_name", "Toko \"Bunga\"", "business_address", "Jalan 1\nJakarta", "some_password", "CANARY"}
	asked := b.post("/sandbox/settings/general", fields...)
	page := body(t, asked)
	for _, want := range []string{`name="merchant_name" value="Toko &#34;Bunga&#34;"`, `value="Jalan 1&#xA;Jakarta"`, `name="proof_password"`} {
		if !strings.Contains(strings.ReplaceAll(page, "\n", "&#xA;"), want) {
			t.Errorf("the page lacks %s\n%s", want, page)
		}
	}
	if asked.StatusCode != http.StatusUnprocessableEntity || strings.Contains(page, "CANARY") {
		t.Errorf("%s; a secret is carried: %t", asked.Status, strings.Contains(page, "CANARY"))
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("it changed before the password:\n%s", diff)
	}
	r := b.post("/sandbox/settings/general", "merchant_name", "Toko Bunga", proofField, password)
	if r.StatusCode != http.StatusSeeOther || b.cookies[sessionCookie] == token {
		t.Errorf("with the password: %s, the token changed: %t", r.Status, b.cookies[sessionCookie] != token)
	}
	saved, err := p.Settings.General(t.Context(), p.merchantOf(t, "a@example.test"), "sandbox")
	if diff := cmp.Diff(settings.General{MerchantName: "Toko Bunga"}, saved); err != nil || diff != "" {
		t.Errorf("saved: %v\n%s", err, diff)
	}
	old := p.browser(t)
	old.cookies[sessionCookie] = token
	if r := old.get("/sandbox/dashboard"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the token of before: %s", r.Status)
	}
	if r := b.post("/sandbox/settings/general", "version", "1", "merchant_name", "Toko Lain"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a minute later it asks again: %s", r.Status)
	}
}

// Every route that asks for a fresh password asks, also one that looks at the form first and finds it right: the table generates the test.
func TestEveryFreshRouteAsks(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := b.keyID()
	p.db.Clock.Move(auth.ProofLife + time.Second)
	tried, looking := 0, 0
	for _, r := range p.table {
		if r.Fresh == "" {
			continue
		}
		form := []string{}
		if r.Looks {
			looking++
			form = []string{keys.PublicKeyField, aPublicKey(t), "overlap", string(keys.Day)}
		}
		for _, path := range concrete(r.Pattern, key) {
			tried++
			answer := b.post(path, form...)
			if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, answer), proofField) {
				t.Errorf("%s: %s", path, answer.Status)
			}
		}
	}
	if tried == 0 || looking == 0 {
		t.Errorf("%d paths were tried, and %d routes that look first", tried, looking)
	}
}

// The way out of the page that asks is the page before, and never another site.
func TestThePageThatAsksLeadsBack(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	p.db.Clock.Move(auth.ProofLife + time.Second)
	for referer, want := range map[string]string{
		"https://" + host + "/sandbox/settings/access-keys": `<a href="/sandbox/settings/access-keys"`, "": `<a href="/"`,
		"https://" + host + "//evil.test/": `<a href="/"`, "javascript:alert(1)": `<a href="/"`, "%zz": `<a href="/"`,
	} {
		r := b.request(http.MethodPost, path, map[string][]string{})
		r.Header.Set("Referer", referer)
		if page := body(t, b.send(r)); !strings.Contains(page, want+">") {
			t.Errorf("from %q: no %s", referer, want)
		}
	}
}

// A form that the portal could not deal with because its database was away is still there, and can be sent as it is.
func TestAFormThatMetA503CanBeSentAgain(t *testing.T) {
	p := newPortal(t, func(o *Options) { o.Sessions = deadSessions{o.Sessions} })
	b := p.browser(t)
	b.cookies[sessionCookie] = "some-token"
	page := body(t, b.post("/sandbox/settings/general", "merchant_name", "Toko <Bunga>", "proof_password", "CANARY"))
	for _, want := range []string{`action="/sandbox/settings/general"`, `name="merchant_name" value="Toko &lt;Bunga&gt;"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "CANARY") {
		t.Error("a secret came back")
	}
	if page := body(t, b.post("/login", "email", "a@example.test", "password", "CANARY")); strings.Contains(page, "CANARY") || strings.Contains(page, "a@example.test") {
		t.Error("the login form came back")
	}
}
