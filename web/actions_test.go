package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/store/storetest"
)

func regexpIn(t *testing.T, pattern string, texts ...string) string {
	t.Helper()
	for _, text := range texts {
		if found := regexp.MustCompile(pattern).FindString(text); found != "" {
			return found
		}
	}
	t.Fatalf("nothing matches %s", pattern)
	return ""
}

// C094: ids of another merchant, and of the other environment, do not exist, in every method.
func TestForeignKeysDoNotExist(t *testing.T) {
	p := newPortal(t)
	mine := p.member(t, "a@example.test", "0811111111")
	other := p.member(t, "b@example.test", "0822222222")
	key := mine.keyID()
	before := p.db.Dump(t)
	for name, tt := range map[string]struct {
		who *browser
		env string
	}{"other merchant": {other, "sandbox"}, "other environment": {mine, "production"}} {
		path := "/" + tt.env + "/settings/access-keys/" + key + "/reveal"
		for method, r := range map[string]*http.Response{"GET": tt.who.get(path), "POST": tt.who.post(path, "password", password)} {
			if r.StatusCode != http.StatusNotFound {
				t.Errorf("%s, %s: %s, want 404", name, method, r.Status)
			}
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// C084, as far as it goes here: nothing is shown without the password, and what is shown is in the log before.
func TestRevealNeedsThePasswordAndIsLogged(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	secret := regexp.MustCompile(`SB-Mid-server-[A-Za-z0-9_-]{24}`)
	p.db.Clock.Move(auth.ProofLife + time.Millisecond) // since the sign-in
	for _, wrong := range []string{"", "some other password", strings.Repeat("x", 200)} {
		r := b.post(path, "proof_password", wrong)
		if r.StatusCode != http.StatusUnprocessableEntity || secret.MatchString(body(t, r)) {
			t.Errorf("password %q: %s", wrong, r.Status)
		}
	}
	r := b.post(path, "proof_password", password)
	if r.StatusCode != http.StatusOK || !secret.MatchString(body(t, r)) {
		t.Errorf("right password: %s", r.Status)
	}
	var done, refused int
	for _, line := range p.db.Dump(t) {
		if strings.Contains(line, "action=key.revealed") && strings.Contains(line, "outcome=done") {
			done++
		}
		if strings.Contains(line, "action=password.refused") {
			refused++
		}
	}
	if done != 1 || refused != 2 {
		t.Errorf("%d reveals and %d refusals in the log, want 1 and 2", done, refused)
	}
	p.db.Exec(t, `ALTER TABLE activity RENAME TO elsewhere`)
	if r := b.post(path); r.StatusCode != http.StatusInternalServerError || secret.MatchString(body(t, r)) {
		t.Errorf("without an entry in the log: %s", r.Status)
	}
}

func TestSettingsOfTheTwoEnvironmentsAreSeparate(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	r := b.post("/sandbox/settings/general", "merchant_name", "Toko Bunga", "environment", "production", "merchant_id", "G999999999")
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/sandbox/settings/general" {
		t.Fatalf("save: %s to %s", r.Status, r.Header.Get("Location"))
	}
	if page := body(t, b.get("/sandbox/settings/general")); !strings.Contains(page, `value="Toko Bunga"`) || !strings.Contains(page, "Your settings have been updated.") {
		t.Error("Sandbox does not show what was saved")
	}
	if page := body(t, b.get("/production/settings/general")); strings.Contains(page, `value="Toko Bunga"`) {
		t.Error("Production shows what was saved in Sandbox")
	}
}

func TestARefusedFormComesBackWithEverythingTyped(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	r := b.post("/sandbox/settings/general", "merchant_name", "Toko & Bunga", "director_name", "  Sari  ", "merchant_url", "https://a-very-long-name.example", "npwp", "12x")
	page := body(t, r)
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("%s", r.Status)
	}
	for _, want := range []string{`value="Toko &amp; Bunga"`, `value="  Sari  "`, `value="https://a-very-long-name.example"`, "“&amp;” cannot be used", "these are 32", "“x” is no digit"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := storetest.Count(p.db.Dump(t), "settings"); n != 0 {
		t.Error("something was saved")
	}
}

func TestTheInboxIsForThisMachineAlone(t *testing.T) {
	p := newPortal(t, func(o *Options) { o.OnLoopback = true; o.PublicURL = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"} })
	try := func(edit func(*http.Request)) int {
		b := p.browser(t)
		r := b.request(http.MethodGet, "/_dev/inbox", nil)
		r.Host = "127.0.0.1:8080"
		edit(r)
		return b.send(r).StatusCode
	}
	if got := try(func(*http.Request) {}); got != http.StatusOK {
		t.Errorf("on this machine: %d", got)
	}
	for _, header := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
		if got := try(func(r *http.Request) { r.Header.Set(header, "x") }); got != http.StatusNotFound {
			t.Errorf("with %s: %d", header, got)
		}
	}
	if got := try(func(r *http.Request) { r.Host = "portal.test" }); got != http.StatusMisdirectedRequest {
		t.Errorf("under another host: %d", got)
	}
}

func TestTheSwitchLeadsToTheSamePage(t *testing.T) {
	for path, want := range map[string]string{
		"/sandbox/settings/general": "/production/settings/general", "/production/settings/access-keys": "/production/settings/access-keys",
		"//evil.test": "/production/dashboard", "": "/production/dashboard", "/login": "/production/dashboard",
	} {
		if got := samePage(path, ids.Production); got != want {
			t.Errorf("samePage(%q) = %q, want %q", path, got, want)
		}
	}
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	if r := b.post("/environment", "environment", "production", "path", "/sandbox/settings/general"); r.Header.Get("Location") != "/production/settings/general" {
		t.Errorf("switch leads to %q", r.Header.Get("Location"))
	}
	if r := b.get("/"); r.Header.Get("Location") != "/production/dashboard" {
		t.Errorf("the choice was not remembered: %q", r.Header.Get("Location"))
	}
	b.get("/sandbox/dashboard") // a link into an environment remembers nothing
	if r := b.get("/"); r.Header.Get("Location") != "/production/dashboard" {
		t.Errorf("a visit changed the choice: %q", r.Header.Get("Location"))
	}
	if r := b.post("/environment", "environment", "staging"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown environment: %s", r.Status)
	}
}
