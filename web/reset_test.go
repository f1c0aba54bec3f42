package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/outbox"
)

// resetLink asks for a link and gives its path as mailed.
func (p *portal) resetLink(t testing.TB, email string) string {
	t.Helper()
	if err := p.Auth.AnswerReset(t.Context(), outbox.Message{Kind: outbox.ResetRequested, To: email}); err != nil {
		t.Fatal(err)
	}
	m := p.mails.last(t)
	if m.Kind != outbox.ResetPassword {
		t.Fatalf("the last mail is %+v", m)
	}
	return "/password/reset?token=" + m.Token
}

// Whoever has forgotten the password within a session need not type the address; a stranger's form is empty.
func TestTheAddressOfASessionStandsInTheFormForALink(t *testing.T) {
	p := newPortal(t)
	if page := body(t, p.member(t, "a@example.test", "0811111111").get("/password/forgot")); !strings.Contains(page, `value="a@example.test"`) {
		t.Error("the address has to be typed")
	}
	if page := body(t, p.browser(t).get("/password/forgot")); strings.Contains(page, "a@example.test") {
		t.Error("a stranger sees an address")
	}
}

// C022: known and unknown addresses get the same answer, byte for byte, and so does the page after it.
func TestAskingForAResetLooksTheSameForEverybody(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("known@example.test", "0811111111")
	var answers []string
	for _, email := range []string{"known@example.test", "unknown@example.test"} {
		b := p.browser(t)
		r := b.post("/password/forgot", "email", email)
		wantRedirect(t, email, r, "/password/sent")
		r.Header.Del("X-Request-Id")
		sent := b.get("/password/sent")
		sent.Header.Del("X-Request-Id")
		answers = append(answers, cmp.Diff(r.Header, sent.Header)+body(t, r)+body(t, sent))
		if m := p.mails.last(t); m.Kind != outbox.ResetRequested || m.To != email || m.Address != "192.0.2.1" {
			t.Errorf("queued %+v", m)
		}
	}
	if answers[0] != answers[1] {
		t.Errorf("known and unknown differ:\n%s", cmp.Diff(answers[0], answers[1]))
	}
}

// rules.md, Throttling: the eleventh request of an hour is told when to come again.
func TestTheEleventhResetRequestIsA429(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	for range 10 {
		wantRedirect(t, "ask", b.post("/password/forgot", "email", "a@example.test"), "/password/sent")
	}
	if r := b.post("/password/forgot", "email", "a@example.test"); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "3600" {
		t.Errorf("the eleventh: %s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
	}
	if r := b.post("/password/forgot", "email", "nobody"); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no address: %s", r.Status)
	}
}

// C065, C036, C062: the link's token leaves the address bar at once; a reset ends on the login page, with nobody signed in anywhere.
func TestAResetEndsOnTheLoginPageWithEverySessionOver(t *testing.T) {
	p := newPortal(t)
	elsewhere := p.member(t, "a@example.test", "0811111111")
	here := p.browser(t)
	here.signIn("a@example.test")
	for i, b := range []*browser{here, p.browser(t)} {
		name := []string{"signed in", "stranger"}[i]
		link := p.resetLink(t, "a@example.test")
		r := b.get(link)
		wantRedirect(t, name+": the link", r, "/password/reset")
		if r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, r.Header)
		}
		if page := body(t, b.get("/password/reset")); !strings.Contains(page, `name="new_password"`) || strings.Contains(page, link[len(link)-26:]) {
			t.Errorf("%s: the page has no form, or the token in it:\n%s", name, page)
		}
		r = b.post("/password/reset", "new_password", nextPassword+name, "confirm_password", nextPassword+name)
		wantRedirect(t, name+": reset", r, "/login")
		if b.cookies[sessionCookie] != "" || b.cookies[linkCookie] != "" || b.isSignedIn() || elsewhere.isSignedIn() {
			t.Errorf("%s: somebody is signed in: %v", name, b.cookies)
		}
		if page := body(t, b.get("/login")); !strings.Contains(page, "Your password has been changed. Log in with it.") {
			t.Errorf("%s: no notice:\n%s", name, page)
		}
		if r := b.post("/login", "email", "a@example.test", "password", nextPassword+name); r.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: the new password: %s", name, r.Status)
		}
	}
	if strings.Contains(p.log.String(), "token") {
		t.Error("the log has a token")
	}
}

// C024, C067: every bad link gets one page, also where the step before it was left out, and in whatever form the token comes.
func TestEveryBadLinkGetsTheSamePage(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	used, expired := p.resetLink(t, "a@example.test"), p.resetLink(t, "a@example.test")
	b := p.browser(t)
	b.get(used)
	wantRedirect(t, "reset", b.post("/password/reset", "new_password", nextPassword, "confirm_password", nextPassword), "/login")
	p.db.Clock.Move(time.Hour)
	good := p.resetLink(t, "a@example.test")
	before, pages := p.db.Dump(t), map[string]string{}
	for name, link := range map[string]string{
		"used": used, "expired": expired, "unknown": "/password/reset?token=AAAAAAAAAAAAAAAAAAAAAAAAAA", "malformed": "/password/reset?token=%3Cb%3E",
		"empty": "/password/reset?token=", "long": "/password/reset?token=" + strings.Repeat("A", 200), "array": strings.Replace(good, "token=", "token[]=", 1),
		"bad one first": strings.Replace(good, "?", "?token=A&", 1), "none": "/password/reset",
	} {
		b := p.browser(t)
		b.get(link)
		look := b.get("/password/reset")
		token := strings.TrimPrefix(good, "/password/reset?token=")
		send := b.post("/password/reset", "new_password", "layang-layang merah", "confirm_password", "layang-layang merah", "token", token, "token", token)
		for _, r := range []*http.Response{look, send} {
			if r.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s: %s", name, r.Status)
			}
			pages[body(t, r)] = name
		}
	}
	if len(pages) != 1 {
		t.Errorf("%d different pages: %v", len(pages), pages)
	}
	for page := range pages {
		if !strings.Contains(page, `href="/password/forgot"`) {
			t.Error("the page does not say how to get a new link")
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("bad links changed:\n%s", diff)
	}
}

// C060: mail scanners look at links, in every way, and consume nothing.
func TestLookingAtAResetLinkConsumesNothing(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	link := p.resetLink(t, "a@example.test")
	before := p.db.Dump(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		scanner := p.browser(t)
		for _, path := range []string{link, "/password/reset"} {
			scanner.send(scanner.request(method, path, nil))
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("looking changed:\n%s", diff)
	}
	b := p.browser(t)
	b.get(link)
	wantRedirect(t, "reset", b.post("/password/reset", "new_password", nextPassword, "confirm_password", nextPassword), "/login")
}

// C066: a refused password leaves the link usable, and says why.
func TestARefusedResetSaysWhyAndLeavesTheLink(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	b := p.browser(t)
	b.get(p.resetLink(t, "a@example.test"))
	for _, tt := range []struct{ chosen, confirm, want string }{
		{"short", "short", "Use at least 12 characters"}, {password, password, "You use this password now, or have used it"},
		{nextPassword, "sepeda biru di garasi", "The two passwords are not the same."},
	} {
		r := b.post("/password/reset", "new_password", tt.chosen, "confirm_password", tt.confirm)
		if page := body(t, r); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, tt.want) {
			t.Errorf("%q: %s, want %q\n%s", tt.chosen, r.Status, tt.want, page)
		}
	}
	wantRedirect(t, "reset", b.post("/password/reset", "new_password", nextPassword, "confirm_password", nextPassword), "/login")
}

// C063: nothing that a request says of its host gets into a reset mail; the mailer adds the configured one. An unknown host is refused.
func TestNoHostOfARequestReachesAResetMail(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	b := p.browser(t)
	ask := func(edit func(*http.Request)) *http.Response {
		r := b.request(http.MethodPost, "/password/forgot", url.Values{"email": {"a@example.test"}})
		edit(r)
		return b.send(r)
	}
	wantRedirect(t, "ask", ask(func(r *http.Request) {
		r.Header.Set("X-Forwarded-Host", "evil.test")
		r.Header.Set("Forwarded", "host=evil.test")
	}), "/password/sent")
	if m := p.mails.last(t); strings.Contains(fmt.Sprintf("%+v", m), "evil") {
		t.Errorf("queued %+v", m)
	}
	asked := len(p.mails.sent)
	if r := ask(func(r *http.Request) { r.Host = "evil.test" }); r.StatusCode != http.StatusMisdirectedRequest || len(p.mails.sent) != asked {
		t.Errorf("an unknown host: %s", r.Status)
	}
}
