package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
)

const (
	edge   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
	iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
)

// signedInWith is another browser of somebody who has an account.
func (p *portal) signedInWith(t *testing.T, agent, email string) *browser {
	t.Helper()
	b := p.browser(t)
	r := b.request(http.MethodPost, "/login", map[string][]string{"email": {email}, "password": {password}})
	r.Header.Set("User-Agent", agent)
	if answer := b.send(r); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("login: %s", answer.Status)
	}
	return b
}

var endLink = regexp.MustCompile(`action="(/account/sessions/[A-Z0-9]+/end)"`)

// ends lists where the page sends what ends a session, in its order.
func (b *browser) ends() (actions []string) {
	b.t.Helper()
	for _, found := range endLink.FindAllStringSubmatch(body(b.t, b.get(sessionsPath)), -1) {
		actions = append(actions, found[1])
	}
	return actions
}

func (b *browser) isIn() bool {
	b.t.Helper()
	return b.get("/sandbox/dashboard").StatusCode == http.StatusOK
}

// C037: somebody sees where they are signed in, this browser first, and no token.
func TestSessionsAreShownWithTheirBrowserAndTimes(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	if page := body(t, b.get(sessionsPath)); !strings.Contains(page, "logged in nowhere else") || strings.Contains(page, "end-others") || endLink.MatchString(page) {
		t.Errorf("with one session:\n%s", page)
	}
	p.db.Clock.Move(time.Minute)
	other := p.signedInWith(t, edge, "a@example.test")
	p.db.Clock.Move(2*time.Minute + 30*time.Second)
	page := body(t, b.get(sessionsPath))
	for _, want := range []string{"Edge on Windows", "2 minutes ago", "(21 Nov 2026, 08:01 WIB)", "Last active: just now", "up to 5 sessions", "end-others", `href="/account/password"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if here, there := strings.Index(page, "this one"), strings.Index(page, "Edge on Windows"); here < 0 || here > there {
		t.Errorf("this session is not the first one:\n%s", page)
	}
	for _, who := range []*browser{b, other} {
		if strings.Contains(page, who.cookies[sessionCookie]) {
			t.Error("the page shows a token")
		}
	}
	if n := len(b.ends()); n != 1 {
		t.Errorf("%d sessions can be ended, want the other one", n)
	}
	for _, action := range b.ends() {
		stranger := p.browser(t)
		stranger.cookies[sessionCookie] = strings.Split(action, "/")[3]
		if stranger.isIn() {
			t.Error("the id of a session signs in")
		}
	}
}

// C037: a session that is ended is over at its next request; the others live on.
func TestAnEndedSessionIsOverAtItsNextRequest(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	phone, office := p.signedInWith(t, iPhone, "a@example.test"), p.signedInWith(t, edge, "a@example.test")
	page := body(t, b.get(sessionsPath))
	action := endLink.FindStringSubmatch(page[strings.Index(page, "Safari on iOS"):])[1]
	if r := b.post(action); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != sessionsPath {
		t.Fatalf("end: %s", r.Status)
	}
	if page := body(t, b.get(sessionsPath)); !strings.Contains(page, "That session has ended.") || strings.Contains(page, "Safari on iOS") {
		t.Error("the page does not say so")
	}
	if phone.isIn() || !office.isIn() || !b.isIn() {
		t.Error("not the session that was ended is over, or not it alone")
	}
	if r := b.post(sessionsPath + "/end-others"); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("end others: %s", r.Status)
	}
	if office.isIn() || !b.isIn() {
		t.Error("after logging out everywhere else")
	}
	if n := strings.Count(strings.Join(p.db.Dump(t), "\n"), "action=session.ended"); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}

// C037: a session of somebody else, one that is over, and one that never was are one answer, and nothing changes; nor does this one end by mistake.
func TestOnlyOwnLivingOtherSessionsCanBeEnded(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	other := p.member(t, "b@example.test", "0822222222")
	idle := p.signedInWith(t, edge, "a@example.test")
	gone := b.ends()[0]
	own := idle.ends()[0] // b's own, as another session of the same person sees it
	p.db.Clock.Move(10 * time.Minute)
	if !b.isIn() || !other.isIn() {
		t.Fatal("they should live")
	}
	p.db.Clock.Move(6 * time.Minute) // idle is out, and nobody has asked
	second := p.signedInWith(t, iPhone, "b@example.test")
	before := p.db.Dump(t)
	for name, path := range map[string]string{
		"somebody else's": second.ends()[0], "out by its idle clock": gone, "unknown": sessionsPath + "/NOSUCHSESSION/end",
	} {
		if r := b.post(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s, want 404", name, r.Status)
		}
	}
	if r := b.post(own); r.StatusCode != http.StatusConflict || !strings.Contains(body(t, r), "To end it, log out.") {
		t.Errorf("this one: %s, want 409", r.Status)
	}
	if r := b.post(sessionsPath + "/end-others"); r.StatusCode != http.StatusSeeOther { // there are none
		t.Errorf("end others: %s", r.Status)
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	if !b.isIn() || !other.isIn() || !second.isIn() {
		t.Error("a session is over")
	}
}

// C040: with one session more than there may be, the oldest is over, and says so.
func TestTheOldestOfTooManySessionsIsOver(t *testing.T) {
	p := newPortal(t)
	browsers := []*browser{p.member(t, "a@example.test", "0811111111")}
	for range auth.MaxSessions {
		p.db.Clock.Move(time.Second)
		browsers = append(browsers, p.signedInWith(t, edge, "a@example.test"))
	}
	for i, b := range browsers {
		if lives := b.isIn(); lives != (i > 0) {
			t.Errorf("session %d lives: %v", i, lives)
		}
	}
	if n := len(browsers[1].ends()); n != auth.MaxSessions-1 {
		t.Errorf("%d other sessions are shown", n)
	}
}
