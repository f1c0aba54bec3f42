package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// C033: when nothing can extend a session any more, the warning says so; it can be put aside to save what is open.
func TestTheWarningBeforeTheEndOfTheSessionsLife(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--idle-timeout", idle.String(), "--session-lifetime", "40s")
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.until("less than the idle time is left", maxWait+idle, func() bool {
		b.visit(general)
		return b.js(`String(Number(document.querySelector("dialog").dataset.left) < 25000)`) == "true"
	})
	b.fill("Merchant Name", "Toko Tepat Waktu")
	b.until("a warning", tooLong, b.warned)
	b.see("Save your work now")
	if stay := b.all("button", "Stay logged in"); len(stay) > 0 {
		t.Error("the warning offers what it cannot do")
	}
	b.look("idle-warning-final")
	b.click("button", "Go on for now")
	b.until("the warning put aside", maxWait, func() bool { return !b.warned() })
	b.submit("button", "Save")
	b.see("Your settings have been updated.")
	b.until("the login page", tooLong, func() bool { return strings.HasPrefix(b.location(), "/login?next=") })
}

// C032: a page whose portal is away still takes itself off the screen at the end, and goes on as soon as the portal is back, with what was typed.
func TestThePageEndsThoughThePortalIsAway(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--idle-timeout", "15s")
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	second := b.another()
	second.visit("/sandbox/settings/access-keys")
	second.submit("button", "Reveal Server Key")
	second.see("Keep it on your server.")
	b.visit(general)
	b.fill("Merchant Name", "Toko Setengah Jadi")
	p.stop(t)
	for _, each := range []*tab{b, second} {
		each.until("the end", tooLong, func() bool {
			return strings.TrimSpace(each.text()) == "You have been logged out. The login page follows in a moment."
		})
		if source := each.js("document.body.outerHTML"); someKey.MatchString(source) || strings.Contains(source, "Setengah") {
			t.Error("something is left in the document")
		}
	}
	address, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	startPortal(t, p.data, "--smtp", "smtp://"+box.addr, "--idle-timeout", "15s", "--listen", address.Host)
	b.expect("401")
	b.until("the login page", maxWait+15*time.Second, func() bool { return strings.Contains(b.text(), "What you had typed is not lost") })
	b.logIn(sari, goodPassword)
	if got := b.value("Merchant Name"); got != "Toko Setengah Jadi" {
		t.Errorf("Merchant Name was given back as %q", got)
	}
	b.forgive("ERR_CONNECTION_REFUSED")
	second.forgive("ERR_CONNECTION_REFUSED")
}

// forgive drops what the console said about something that the test brought about.
func (b *tab) forgive(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var others []string
	for _, problem := range b.problems {
		if !strings.Contains(problem, what) {
			others = append(others, problem)
		}
	}
	b.problems = others
}

// C084: when the password was typed too long ago, it is asked for, and what was asked for goes on.
func TestAnOldProofIsAskedForAgain(t *testing.T) {
	t.Parallel()
	flags := onPostgres(t)
	p, box := start(t, flags...)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	ask(t, flags[1], "UPDATE sessions SET proved_at = proved_at - 300001")
	b.visit("/sandbox/settings/access-keys")
	b.expect("422")
	b.submit("button", "Reveal Server Key")
	b.see("Is it you?")
	b.look("proof")
	b.fill("Password", "some other password")
	b.submit("button", "Go on")
	b.see("This is not the right password.")
	b.look("proof-refused")
	b.fill("Password", goodPassword)
	b.submit("button", "Go on")
	b.wantValue("Server Key", serverKey)
	b.look("revealed-after-proof")
	c := newClient(t)
	c.logIn(p, sari)
	c.want("the key's address looked at", c.get(p, b.location()), http.StatusOK, "The key is hidden")
}
