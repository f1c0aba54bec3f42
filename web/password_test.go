package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/store/storetest"
)

const (
	nextPassword = "sepeda biru di gudang"
	day          = 24 * time.Hour
)

func (b *browser) change(current, chosen string) *http.Response {
	b.t.Helper()
	return b.post("/account/password", "current_password", current, "new_password", chosen, "confirm_password", chosen)
}

func wantRedirect(t testing.TB, what string, r *http.Response, to string) {
	t.Helper()
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != to {
		t.Errorf("%s: %s to %q, want %q\n%s", what, r.Status, r.Header.Get("Location"), to, body(t, r))
	}
}

func (b *browser) isSignedIn() bool {
	b.t.Helper()
	return b.get("/sandbox/dashboard").StatusCode == http.StatusOK
}

// C036, C027: a change ends all other sessions at their next request; this one goes on under another token.
func TestAChangeEndsTheOtherSessions(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	other, stranger := p.browser(t), p.member(t, "b@example.test", "0822222222")
	other.signIn("a@example.test")
	stolen := p.browser(t)
	stolen.cookies[sessionCookie] = b.cookies[sessionCookie]
	wantRedirect(t, "change", b.change(password, nextPassword), "/account/password")
	if page := body(t, b.get("/account/password")); !strings.Contains(page, "Your password has been changed. Other sessions were logged out.") {
		t.Errorf("no notice:\n%s", page)
	}
	for name, tt := range map[string]struct {
		who  *browser
		want bool
	}{"this session": {b, true}, "another one": {other, false}, "the old token": {stolen, false}, "somebody else": {stranger, true}} {
		if got := tt.who.isSignedIn(); got != tt.want {
			t.Errorf("%s: signed in is %v", name, got)
		}
	}
	if r := other.post("/login", "email", "a@example.test", "password", password); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the old password: %s", r.Status)
	}
	if r := other.post("/login", "email", "a@example.test", "password", nextPassword); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the new password: %s", r.Status)
	}
}

// C051: what is wrong stands at its field, and the sentence of the lock too.
func TestAChangeSaysWhatIsWrongAtTheField(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	before := b.cookies[sessionCookie]
	for _, tt := range []struct{ current, chosen, field, want string }{
		{"", nextPassword, "current_password", "Please fill this in."},
		{password, "short", "new_password", "Use at least 12 characters"},
		{password, password, "new_password", "You use this password now, or have used it"},
		{"wrong 1", nextPassword, "current_password", "This is not the right password."},
		{"wrong 2", nextPassword, "current_password", "This is not the right password."},
		{"wrong 3", nextPassword, "current_password", "This is not the right password."},
		{"wrong 4", nextPassword, "current_password", "This is not the right password."},
		{"wrong 5", nextPassword, "current_password", "try again in 15 minutes"},
		{password, nextPassword, "current_password", "try again in 15 minutes"},
	} {
		r := b.change(tt.current, tt.chosen)
		page := body(t, r)
		_, at, _ := strings.Cut(page, `id="`+tt.field+`-error"`)
		at, _, _ = strings.Cut(at, "</p>")
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(at, tt.want) {
			t.Errorf("%q to %q: %s, at the field %q, want %q", tt.current, tt.chosen, r.Status, at, tt.want)
		}
		if strings.Contains(page, nextPassword) || strings.Contains(page, password) {
			t.Error("the page repeats a password")
		}
	}
	if b.cookies[sessionCookie] != before || !b.isSignedIn() {
		t.Error("the session did not stay as it was") // C012
	}
}

// signInAged signs somebody in whose password is so old. The clock stays: sessions end by that of the machine.
func signInAged(t *testing.T, p *portal, email, phone string, age time.Duration) *browser {
	t.Helper()
	b := p.browser(t)
	b.signUp(email, phone)
	p.db.Exec(t, `UPDATE people SET password_set_at = $1 WHERE email = $2`, p.db.Clock.Now().Add(-age).UnixMilli(), email)
	b.signIn(email)
	return b
}

// wall makes a session whose password has just become as old as it may get.
func wall(t *testing.T, p *portal, email, phone string) *browser {
	t.Helper()
	b := signInAged(t, p, email, phone, 90*day-time.Millisecond)
	if !b.isSignedIn() {
		t.Fatal("the wall stands too early")
	}
	p.db.Clock.Move(time.Millisecond)
	return b
}

// C054: once the password is too old nothing answers but what changes it, whatever the way: no page, no form, no route that will ever be added.
func TestTheWallHasNoWayAround(t *testing.T) {
	p := newPortal(t)
	key := p.member(t, "b@example.test", "0822222222").keyID()
	b := wall(t, p, "a@example.test", "0811111111")
	open := map[string]bool{
		"GET /account/password": true, "POST /account/password": true, "POST /logout": true, "GET /session/check": true, "POST /session/extend": true,
		"GET /password/forgot": true, "POST /password/forgot": true, "GET /password/sent": true, "GET /password/reset": true, "POST /password/reset": true,
		"GET /account-alarm": true, "POST /account-alarm": true, // whoever is under attack needs it most
		"GET /static/": true, "GET /healthz": true, "GET /readyz": true, // these know of no session
		"GET /_dev/inbox": true, // where a developer's mail with the way out is
	}
	before, walked := p.db.Dump(t), 0
	for _, r := range p.table {
		for _, path := range concrete(r.Pattern, key) {
			if open[r.Method+" "+r.Pattern] {
				continue
			}
			walked++
			methods := []string{r.Method}
			if r.Method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
			for _, method := range methods {
				var form url.Values
				if method == http.MethodPost {
					form = url.Values{
						"email": {"b@example.test"}, "password": {password}, "merchant_name": {"Toko"}, "language": {"id"}, "environment": {"production"},
						"proof_password": {password}, "next": {"/sandbox/dashboard"}, "keep_only": {"1"},
					}
				}
				wantRedirect(t, method+" "+path, b.send(b.request(method, path, form)), "/account/password")
			}
		}
	}
	for _, path := range []string{"/nothing", "/sandbox/settings/general?kept=x", "/sandbox/dashboard?next=/account/password"} {
		wantRedirect(t, path, b.get(path), "/account/password")
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" || walked < 15 {
		t.Errorf("%d routes, behind the wall they changed:\n%s", walked, diff)
	}
}

// rules.md, Rotation: the page says why, offers to log out and the way by mail, and the right change opens the portal again.
func TestTheWallSaysWhatToDoAndAChangeOpensIt(t *testing.T) {
	p := newPortal(t)
	b := wall(t, p, "a@example.test", "0811111111")
	page := body(t, b.get("/account/password"))
	for _, want := range []string{"Your password is 90 days old", `action="/logout"`, `href="/password/forgot"`, `name="current_password"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if b.get("/session/check").StatusCode != http.StatusOK || b.get("/password/forgot").StatusCode != http.StatusOK {
		t.Error("what must answer does not")
	}
	if r := b.change(password, password); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the same password again: %s", r.Status)
	}
	wantRedirect(t, "change", b.change(password, nextPassword), "/account/password")
	if page := body(t, b.get("/account/password")); strings.Contains(page, "90 days") {
		t.Error("the page still speaks of the wall")
	}
	if !b.isSignedIn() {
		t.Error("the portal did not open")
	}
}

// From 14 days before, every page says how long is left.
func TestABannerCountsDown(t *testing.T) {
	for age, want := range map[time.Duration]string{
		76*day - time.Millisecond: "", 76 * day: "within 14 days", 80*day + time.Hour: "within 10 days", 89 * day: "within 1 day", 90*day - time.Millisecond: "within 1 second",
	} {
		p := newPortal(t)
		b := signInAged(t, p, "a@example.test", "0811111111", age)
		for _, path := range []string{"/sandbox/dashboard", "/production/settings/general", "/sandbox/settings/access-keys"} {
			page := body(t, b.get(path))
			if got := strings.Contains(page, "Your password has to be changed within"); got != (want != "") || !strings.Contains(page, want) {
				t.Errorf("%s at %s: banner %v, want %q", path, age, got, want)
			}
		}
	}
}

// The wall is left by mail as well: whoever has forgotten the password that is too old.
func TestTheWallCanBeLeftByMail(t *testing.T) {
	p := newPortal(t)
	b := wall(t, p, "a@example.test", "0811111111")
	wantRedirect(t, "ask", b.post("/password/forgot", "email", "a@example.test"), "/password/sent")
	b.get(p.resetLink(t, "a@example.test"))
	wantRedirect(t, "reset", b.post("/password/reset", "new_password", nextPassword, "confirm_password", nextPassword), "/login")
	if r := b.post("/login", "email", "a@example.test", "password", nextPassword); r.StatusCode != http.StatusSeeOther || !b.isSignedIn() {
		t.Errorf("login: %s", r.Status)
	}
	if n := storetest.Count(p.db.Dump(t), "past_passwords"); n != 1 {
		t.Errorf("%d past passwords", n)
	}
}
