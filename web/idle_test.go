package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"merchant-portal/web/static"
)

const generalPath = "/sandbox/settings/general"

// idleTimeout is the documented one: the tests of this file are about the promise, not about the setting.
const idleTimeout = 15 * time.Minute

// lives asks without being an activity.
func (b *browser) alive() bool {
	b.t.Helper()
	return b.left().LeftMS > 0
}

func (b *browser) left() (left sessionLeft) {
	b.t.Helper()
	r := b.request(http.MethodGet, "/session/check", nil)
	r.Header.Set("Accept", "application/json")
	if err := json.Unmarshal([]byte(body(b.t, b.send(r))), &left); err != nil {
		b.t.Fatal(err)
	}
	return left
}

// C030: after exactly fifteen minutes without activity a session still lives, a millisecond later it is out, and stays out.
func TestASessionIsOutAMillisecondAfterFifteenMinutes(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(idleTimeout)
	if r := b.get(generalPath); r.StatusCode != http.StatusOK {
		t.Fatalf("after 15:00.000: %s", r.Status)
	}
	p.db.Clock.Move(idleTimeout + time.Millisecond)
	if r := b.get(generalPath); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/login?next=%2Fsandbox%2Fsettings%2Fgeneral" {
		t.Fatalf("after 15:00.001: %s to %s", r.Status, r.Header.Get("Location"))
	}
	p.db.Clock.Move(-time.Millisecond)
	if b.alive() {
		t.Error("the session came back with the clock")
	}
}

// C031: what a person does keeps a session, what happens by itself and what is refused does not.
func TestOnlyWhatAPersonDoesKeepsASession(t *testing.T) {
	type act func(p *portal, b *browser) *http.Response
	visit := func(method, path string, edit func(*http.Request), fields url.Values) act {
		return func(_ *portal, b *browser) *http.Response {
			r := b.request(method, path, fields)
			if edit != nil {
				edit(r)
			}
			return b.send(r)
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	form := func(name, value string) url.Values { return url.Values{name: {value}} }
	for name, tt := range map[string]struct {
		act    act
		status int
		keeps  bool
	}{
		"a page":               {visit(http.MethodGet, generalPath, nil, nil), http.StatusOK, true},
		"a form":               {visit(http.MethodPost, generalPath, nil, form("merchant_name", "Toko")), http.StatusSeeOther, true},
		"a refused form":       {visit(http.MethodPost, generalPath, nil, form("merchant_name", "Toko!")), http.StatusUnprocessableEntity, true},
		"the button":           {visit(http.MethodPost, "/session/extend", set("Accept", "application/json"), url.Values{}), http.StatusOK, true},
		"the button's form":    {visit(http.MethodPost, "/session/extend", nil, form("next", generalPath)), http.StatusSeeOther, true},
		"a script's question":  {visit(http.MethodGet, "/session/check", set("Accept", "application/json"), nil), http.StatusOK, false},
		"a refreshed page":     {visit(http.MethodGet, "/session/check?next=/", nil, nil), http.StatusOK, false},
		"HEAD":                 {visit(http.MethodHead, generalPath, nil, nil), http.StatusOK, false},
		"an asset":             {visit(http.MethodGet, static.Path("app.css"), nil, nil), http.StatusOK, false},
		"health":               {visit(http.MethodGet, "/healthz", nil, nil), http.StatusOK, false},
		"prefetch":             {visit(http.MethodGet, generalPath, set("Sec-Purpose", "prefetch;prerender"), nil), http.StatusOK, false},
		"an older prefetch":    {visit(http.MethodGet, generalPath, set("Purpose", "prefetch"), nil), http.StatusOK, false},
		"what does not exist":  {visit(http.MethodGet, "/sandbox/nothing", nil, nil), http.StatusNotFound, false},
		"a key of nobody":      {visit(http.MethodGet, "/sandbox/settings/access-keys/X/reveal", nil, nil), http.StatusNotFound, false},
		"too much":             {tooMuch, http.StatusTooManyRequests, false},
		"another site's form":  {visit(http.MethodPost, generalPath, set("Sec-Fetch-Site", "cross-site"), form("merchant_name", "X")), http.StatusForbidden, false},
		"a sister site's form": {visit(http.MethodPost, "/session/extend", set("Sec-Fetch-Site", "same-site"), url.Values{}), http.StatusForbidden, false},
		"another host":         {visit(http.MethodGet, generalPath, func(r *http.Request) { r.Host = "evil.test" }, nil), http.StatusMisdirectedRequest, false},
		"what a role may not": {func(p *portal, b *browser) *http.Response {
			p.db.Exec(t, `UPDATE people SET roles = ''`)
			p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
			return b.get(generalPath)
		}, http.StatusForbidden, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			b := p.member(t, "a@example.test", "0811111111")
			p.db.Clock.Move(10 * time.Minute)
			if r := tt.act(p, b); r.StatusCode != tt.status {
				t.Fatalf("%s", r.Status)
			}
			p.db.Clock.Move(5 * time.Minute)
			if !b.alive() {
				t.Fatal("the session was out after 15:00.000")
			}
			p.db.Clock.Move(time.Millisecond)
			if b.alive() != tt.keeps {
				t.Errorf("it keeps the session: %t, want %t", !tt.keeps, tt.keeps)
			}
		})
	}
}

// tooMuch sends a form of which too many came from the same address.
func tooMuch(p *portal, b *browser) *http.Response {
	stranger := p.browser(b.t)
	for range 20 {
		stranger.post("/register/resend", "email", "nobody@example.test")
	}
	return b.post("/register/resend", "email", "nobody@example.test")
}

// C031: however often it is asked, for hours, nothing is kept by it.
func TestPollingForEverKeepsNothing(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for asked := time.Duration(0); asked <= idleTimeout; asked += 30 * time.Second {
		if left := b.left(); left.LeftMS != max((idleTimeout-asked).Milliseconds(), 1) || !left.Extends {
			t.Fatalf("after %s: %+v", asked, left)
		}
		p.db.Clock.Move(30 * time.Second)
	}
	if left := b.left(); left.LeftMS != 0 {
		t.Errorf("after the end: %+v", left)
	}
}

// C033: near the end of its absolute life a session says that nothing extends it any more, and the button does not.
func TestTheButtonDoesNotGoBeyondTheSessionsLife(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for range 71 {
		p.db.Clock.Move(10 * time.Minute)
		b.post("/session/extend")
	}
	p.db.Clock.Move(9 * time.Minute) // eleven hours and 59 minutes
	b.post("/session/extend")
	if left := b.left(); left.LeftMS != time.Minute.Milliseconds() || left.Extends {
		t.Errorf("a minute before the end: %+v", left)
	}
	p.db.Clock.Move(time.Minute)
	if b.alive() {
		t.Error("the session lives on after twelve hours")
	}
}

var (
	refreshing = regexp.MustCompile(`<noscript><meta http-equiv="refresh" content="(\d+);url=([^"]+)"></noscript>`)
	warning    = regexp.MustCompile(`data-idle="(\d+)" data-left="(\d+)"`)
)

// C032: every page of somebody who is signed in says when it looks whether the session has ended, with script and without; a stranger's does not.
func TestOpenPagesLookByThemselvesWhetherTheSessionHasEnded(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(5 * time.Minute)
	for path, want := range map[string]struct {
		back string
		left time.Duration
	}{
		"/session/check?next=/sandbox/dashboard%3Fa=b": {"%2Fsandbox%2Fdashboard%3Fa%3Db", 10 * time.Minute},
		"/sandbox/nothing": {"/", 10 * time.Minute},
	} {
		b.wantRefresh(path, want.back, want.left)
	}
	b.wantRefresh(generalPath, "/sandbox/settings/general", idleTimeout)
	b.wantRefresh("/production/settings/access-keys", "/production/settings/access-keys", idleTimeout)
	if page := body(t, p.browser(t).get("/login")); refreshing.MatchString(page) || warning.MatchString(page) {
		t.Error("a stranger is warned")
	}
	p.db.Clock.Move(idleTimeout + time.Millisecond)
	r := b.get("/session/check?next=/sandbox/settings/general")
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/login?next=%2Fsandbox%2Fsettings%2Fgeneral" {
		t.Errorf("the check once it is out: %s to %s", r.Status, r.Header.Get("Location"))
	}
	if page := body(t, b.get(r.Header.Get("Location"))); !strings.Contains(page, "You were logged out") {
		t.Error("the login page does not say what happened")
	}
	if r := b.post("/session/extend"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/login" || b.alive() {
		t.Errorf("the button after the end: %s to %s", r.Status, r.Header.Get("Location"))
	}
}

func (b *browser) wantRefresh(path, back string, left time.Duration) {
	b.t.Helper()
	page := body(b.t, b.get(path))
	found := refreshing.FindStringSubmatch(page)
	if found == nil || found[1] != strconv.Itoa(int(left/time.Second)+2) || found[2] != "/session/check?next="+back {
		b.t.Errorf("%s refreshes to %v, want %s after %s", path, found, back, left)
	}
	said := warning.FindStringSubmatch(page)
	if said == nil || said[1] != "900000" || said[2] != strconv.FormatInt(left.Milliseconds(), 10) {
		b.t.Errorf("%s tells the script %v, want %s", path, said, left)
	}
}

// C124: a clock that was set back makes nothing live longer: what was done in the future is not valid, but for what two clocks may differ.
func TestAClockSetBackLengthensNothing(t *testing.T) {
	for _, tt := range []struct {
		back         time.Duration
		lives, fresh bool
	}{{10 * time.Second, true, true}, {10*time.Second + time.Millisecond, false, false}, {time.Hour, false, false}} {
		p := newPortal(t)
		b := p.member(t, "a@example.test", "0811111111")
		reveal := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
		p.db.Clock.Move(-tt.back)
		if got := b.alive(); got != tt.lives {
			t.Errorf("%s back: the session lives: %t, want %t", tt.back, got, tt.lives)
		}
		if got := b.post(reveal).StatusCode == http.StatusOK; got != tt.fresh {
			t.Errorf("%s back: a key is shown: %t, want %t", tt.back, got, tt.fresh)
		}
	}
}

// C124: nor does a password that was typed in the future count, where the last activity that is known came before the clock was set back.
func TestAProofFromTheFutureIsNone(t *testing.T) {
	for ahead, fresh := range map[int]bool{10000: true, 10001: false} {
		p := newPortal(t)
		b := p.member(t, "a@example.test", "0811111111")
		reveal := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
		p.db.Exec(t, fmt.Sprintf(`UPDATE sessions SET proved_at = proved_at + %d`, ahead))
		if got := b.post(reveal).StatusCode == http.StatusOK; got != fresh || !b.alive() {
			t.Errorf("%d ms ahead: a key is shown: %t, want %t", ahead, got, fresh)
		}
	}
}

// C031: what a page of a sister site embeds, over and over, is nothing that a person does; following its link is.
func TestWhatASisterSiteEmbedsKeepsNothing(t *testing.T) {
	for dest, keeps := range map[string]bool{"image": false, "iframe": false, "empty": false, "document": true} {
		p := newPortal(t)
		b := p.member(t, "a@example.test", "0811111111")
		p.db.Clock.Move(idleTimeout)
		r := b.request(http.MethodGet, generalPath, nil)
		r.Header.Set("Sec-Fetch-Site", "same-site")
		r.Header.Set("Sec-Fetch-Dest", dest)
		b.send(r)
		p.db.Clock.Move(time.Millisecond)
		if b.alive() != keeps {
			t.Errorf("%s: it keeps the session: %t, want %t", dest, !keeps, keeps)
		}
	}
}
