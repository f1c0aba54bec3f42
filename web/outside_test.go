package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/route"
	"merchant-portal/store/storetest"
)

// allow sets the list of the merchant of somebody.
func (p *portal) allow(t testing.TB, email, list string) {
	t.Helper()
	if err := p.db.AllowLists().Save(t.Context(), p.merchantOf(t, email), list); err != nil {
		t.Fatal(err)
	}
}

// from sends a request to a path from an address; a POST carries a form with something for every kind of route.
func (b *browser) from(address, method, path string) *http.Response {
	b.t.Helper()
	inside := b.address
	defer func() { b.address = inside }()
	b.address = address
	var form url.Values
	if method == http.MethodPost {
		form = url.Values{
			"merchant_name": {"Toko"}, "language": {"id"}, "environment": {"production"}, "proof_password": {password}, "full_name": {"Else"},
			"networks": {""}, "current_password": {password}, "new_password": {nextPassword}, "confirm_password": {nextPassword}, "keep_only": {"1"},
		}
	}
	return b.send(b.request(method, path, form))
}

// From an address that the merchant does not allow, no route answers who is signed in, changes anything or shows anything of theirs: no route that
// will ever be added. What strangers may use is answered as to a stranger; only the way out and the question of how long it lasts know the session.
func TestOutsideTheListNoRouteAnswersWhoIsSignedIn(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := b.keyID()
	p.allow(t, "a@example.test", "203.0.113.0/24 2001:db8::/32")
	before, refused, forms := p.db.Dump(t), 0, 0
	for _, r := range p.table {
		if r.Pattern == "/logout" || r.Pattern == "/session/check" {
			continue
		}
		for _, path := range concrete(r.Pattern, key) {
			for _, method := range map[string][]string{http.MethodGet: {http.MethodGet, http.MethodHead}, http.MethodPost: {http.MethodPost}}[r.Method] {
				answer := b.from("198.51.100.7", method, path)
				page := body(t, answer)
				if r.Access != route.Anyone {
					refused++
					if method == http.MethodPost {
						forms++
					}
					if answer.StatusCode != http.StatusForbidden || (method != http.MethodHead && !strings.Contains(page, "198.51.100.7")) {
						t.Errorf("%s %s: %s\n%s", method, path, answer.Status, page)
					}
				}
				for _, theirs := range []string{"a@example.test", "Toko Bunga", "Sari", string(p.merchantOf(t, "a@example.test"))} {
					if strings.Contains(page, theirs) {
						t.Errorf("%s %s shows %q", method, path, theirs)
					}
				}
			}
		}
	}
	if refused < 20 {
		t.Errorf("only %d requests were refused", refused)
	}
	if diff := cmp.Diff(withoutLog(before), withoutLog(p.db.Dump(t))); diff != "" {
		t.Errorf("from outside changed:\n%s", diff)
	}
	if noted := storetest.Count(p.db.Dump(t), "activity") - storetest.Count(before, "activity"); noted != forms {
		t.Errorf("%d of %d forms were noted", noted, forms)
	}
	for _, inside := range []string{"203.0.113.9", "::ffff:203.0.113.9", "2001:db8::7"} {
		if r := b.from(inside, http.MethodGet, "/account/profile"); r.StatusCode != http.StatusOK {
			t.Errorf("from %s: %s", inside, r.Status)
		}
	}
}

// withoutLog is a dump without the activity log.
func withoutLog(dump []string) []string {
	return slices.DeleteFunc(slices.Clone(dump), func(line string) bool {
		return strings.HasPrefix(line, "activity ") || strings.HasPrefix(line, "activity_heads ")
	})
}

// The refusal says the address, who can change that, and the way out, which works; the session then is over inside too.
func TestARefusedAddressIsToldWhyAndCanLogOut(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.allow(t, "a@example.test", "203.0.113.0/24")
	page := body(t, b.get(generalPath))
	for _, want := range []string{"Not from this network", "You are at 192.0.2.1.", "An Administrator of your business", `action="/logout"`, `href="` + generalPath + `"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "203.0.113") {
		t.Error("the page shows the list")
	}
	if !b.alive() {
		t.Error("an open page takes its session for ended")
	}
	wantRedirect(t, "log out", b.post("/logout"), "/login")
	b.address = "203.0.113.9"
	if b.isSignedIn() || storetest.Count(p.db.Dump(t), "sessions") != 0 {
		t.Error("the session lives on")
	}
}

// C031: a request from outside keeps no session.
func TestARefusedAddressIsNoActivity(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.allow(t, "a@example.test", "203.0.113.0/24")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		p.db.Clock.Move(10 * time.Minute)
		b.from("198.51.100.7", method, generalPath)
		b.from("198.51.100.7", method, "/language")
	}
	if b.alive() {
		t.Error("the session was kept from outside")
	}
}

// C096: the list holds from the next request on, in sessions that were there before, and another merchant has its own.
func TestAListHoldsAtTheNextRequest(t *testing.T) {
	p := newPortal(t)
	b, other := p.member(t, "a@example.test", "0811111111"), p.member(t, "b@example.test", "0822222222")
	for list, want := range map[string]bool{"203.0.113.0/24": false, "": true, "rubbish": false, "192.0.2.0/24": true} {
		p.allow(t, "a@example.test", list)
		if got := b.isSignedIn(); got != want || !other.isSignedIn() {
			t.Errorf("with %q: %v", list, got)
		}
	}
}

// C020: logging in from outside: a wrong password looks like everywhere; the right one is told why, and gets no session.
func TestLoggingInFromOutside(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	b := p.browser(t)
	wrong := func() string {
		r := b.post("/login", "email", "a@example.test", "password", "not "+password)
		if r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("wrong: %s", r.Status)
		}
		return body(t, r)
	}
	before := wrong()
	p.allow(t, "a@example.test", "203.0.113.0/24")
	if diff := cmp.Diff(before, wrong()); diff != "" {
		t.Errorf("a wrong password shows that there is a list:\n%s", diff)
	}
	r := b.post("/login", "email", "a@example.test", "password", password)
	page := body(t, r)
	if r.StatusCode != http.StatusForbidden || !strings.Contains(page, "You are at 192.0.2.1.") || strings.Contains(page, "/logout") || b.cookies[sessionCookie] != "" {
		t.Errorf("right: %s, cookies %v\n%s", r.Status, b.cookies, page)
	}
	if n := storetest.Count(p.db.Dump(t), "sessions"); n != 0 {
		t.Errorf("%d sessions", n)
	}
	b.address = "203.0.113.9"
	b.signIn("a@example.test")
}

// A list costs a page nothing: no statement more, no allocation more.
func TestAListStaysWithinTheBudget(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	const path = "/sandbox/settings/access-keys"
	cost := func() (statements int, allocations float64) {
		b.get(path)
		request := b.request(http.MethodGet, path, nil)
		p.db.Statements()
		p.handler.ServeHTTP(&discard{header: http.Header{}}, request)
		reads, writes := p.db.Statements()
		return len(reads) + len(writes), testing.AllocsPerRun(50, func() { p.handler.ServeHTTP(&discard{header: http.Header{}}, request) })
	}
	free, freely := cost()
	p.allow(t, "a@example.test", strings.Repeat("10.0.0.0/9 ", 99)+"192.0.2.0/24")
	listed, allocations := cost()
	if listed != free || (allocations > freely && !raceEnabled) {
		t.Errorf("%d statements and %.0f allocations with a list, %d and %.0f without", listed, allocations, free, freely)
	}
}
