package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/outbox"
)

// alarmed is a portal with somebody signed in twice, and the link of the mail about the second browser.
func alarmed(t *testing.T) (p *portal, first, second *browser, link string) {
	t.Helper()
	p = newPortal(t)
	first, second = p.member(t, "a@example.test", "0811111111"), p.browser(t)
	r := second.request(http.MethodPost, "/login", map[string][]string{"email": {"a@example.test"}, "password": {password}})
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	second.send(r)
	m := p.mails.last(t)
	if m.Kind != outbox.NewBrowser || !second.isSignedIn() {
		t.Fatalf("the last mail is %+v", m)
	}
	return p, first, second, "/account-alarm?token=" + m.Token
}

// C062, C036: the token leaves the address bar; the page says what its button does; that ends every session and mails a fresh link, signs nobody in, and
// says the same when it is pressed again.
func TestAnAlarmEndsEverySessionAndLeadsToAReset(t *testing.T) {
	p, first, second, link := alarmed(t)
	b := p.browser(t)
	r := b.get(link)
	wantRedirect(t, "the link", r, alarmPath)
	if r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", r.Header)
	}
	page := body(t, b.get(alarmPath))
	for _, want := range []string{"Was this not you?", "Every session of your account ends", `action="/account-alarm"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	for range 2 {
		wantRedirect(t, "press", b.post(alarmPath), alarmPath)
		if page := body(t, b.get(alarmPath)); !strings.Contains(page, "Now check your mail") || strings.Contains(page, "a@example.test") {
			t.Errorf("afterwards:\n%s", page)
		}
	}
	if first.isSignedIn() || second.isSignedIn() || b.isSignedIn() || b.cookies[sessionCookie] != "" {
		t.Error("somebody is signed in")
	}
	m := p.mails.last(t)
	if m.Kind != outbox.ResetPassword || m.To != "a@example.test" || len(p.mails.sent) != 3 {
		t.Fatalf("mails %+v", p.mails.sent)
	}
	b.get("/password/reset?token=" + m.Token)
	wantRedirect(t, "reset", b.post("/password/reset", "new_password", nextPassword, "confirm_password", nextPassword), "/login")
	if strings.Contains(p.log.String(), "token") {
		t.Error("the log has a token")
	}
}

// C060: mail scanners look at the link, in every way, and raise nothing.
func TestLookingAtAnAlarmLinkConsumesNothing(t *testing.T) {
	p, first, _, link := alarmed(t)
	before := p.db.Dump(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		scanner := p.browser(t)
		for _, path := range []string{link, alarmPath} {
			scanner.send(scanner.request(method, path, nil))
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" || !first.isSignedIn() {
		t.Errorf("looking changed:\n%s", diff)
	}
}

// C024: every bad link gets one page, which says what else can be done.
func TestEveryBadAlarmLinkGetsTheSamePage(t *testing.T) {
	p, _, _, good := alarmed(t)
	pages := map[string]string{}
	for name, link := range map[string]string{
		"unknown": "/account-alarm?token=AAAAAAAAAAAAAAAAAAAAAAAAAA", "malformed": "/account-alarm?token=%3Cb%3E", "empty": "/account-alarm?token=", "none": alarmPath,
		"array": strings.Replace(good, "token=", "token[]=", 1), "bad one first": strings.Replace(good, "?", "?token=A&", 1), "long": "/account-alarm?token=" + strings.Repeat("A", 200),
	} {
		b := p.browser(t)
		b.address = "203.0.113." + string('1'+rune(len(pages)%9))
		b.get(link)
		for _, r := range []*http.Response{b.get(alarmPath), b.post(alarmPath, "token", strings.TrimPrefix(good, "/account-alarm?token="))} {
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
			t.Errorf("the page names no other way:\n%s", page)
		}
	}
}

// The way out is open to whoever needs it: from outside the merchant's list, and with a password that is too old.
func TestAnAlarmCanBeRaisedFromAnywhere(t *testing.T) {
	p, first, _, link := alarmed(t)
	p.allow(t, "a@example.test", "203.0.113.0/24")
	wantRedirect(t, "the link", first.get(link), alarmPath)
	wantRedirect(t, "press", first.post(alarmPath), alarmPath)
	if m := p.mails.last(t); m.Kind != outbox.ResetPassword {
		t.Errorf("the last mail is %+v", m)
	}
}
