package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// another gives a second tab of the same window: it has the same cookies.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	second := &tab{t: b.t, ctx: ctx, url: b.url}
	b.t.Cleanup(func() {
		for _, problem := range second.problems {
			b.t.Errorf("console of the second tab: %s", problem)
		}
		cancel()
	})
	second.must(chromedp.Listen(ctx, second.listen))
	second.size(1280, 900, false)
	return second
}

// until waits for what takes longer than a page does.
func (b *tab) until(what string, longest time.Duration, happened func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(longest); !happened(); {
		if time.Now().After(deadline) {
			b.must(fmt.Errorf("within %s it did not happen: %s", longest, what))
		}
		b.must(chromedp.Do(b.ctx, chromedp.Sleep(20*time.Millisecond)))
	}
}

func (b *tab) warned() bool {
	open, _ := b.evaluate(`String(document.querySelector("dialog[data-idle]")?.open)`)
	return open == "true"
}

const (
	idle    = 30 * time.Second
	tooLong = idle + 15*time.Second
	warning = "You will be logged out soon"
)

var someKey = regexp.MustCompile(`SB-Mid-server-[A-Za-z0-9_-]{24}`)

// C032, C034, C035: a warning that one action in one of two tabs answers for both; then both become the login page by themselves, without the secret
// that one of them showed, and the form that was half filled in the other is offered again, and saved by sending it alone.
func TestTwoTabsAreLoggedOutByThemselvesAndTheFormIsGivenBack(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--idle-timeout", idle.String())
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	second := b.another()
	second.visit("/sandbox/settings/access-keys")
	second.submit("button", "Reveal Server Key")
	second.see("Keep it on your server.")
	b.visit(general)
	b.fill("Merchant Name", "Toko Setengah Jadi")
	b.choose("Timezone", "WIT (")

	b.until("a warning", tooLong, b.warned)
	b.find("alertdialog", warning)
	if focus := b.js("document.activeElement.innerText"); focus != "Stay logged in" {
		t.Errorf("the focus is on %q", focus)
	}
	for range 3 {
		b.press("\x1b")
	}
	if !b.warned() {
		t.Error("Escape closed the warning")
	}
	b.look("idle-warning")
	second.until("a warning in the second tab", tooLong, second.warned)
	b.click("button", "Stay logged in")
	for _, each := range []*tab{b, second} {
		each.until("one action for both, at once", 3*time.Second, func() bool { return !each.warned() })
	}
	if got := b.value("Merchant Name"); got != "Toko Setengah Jadi" {
		t.Errorf("after the extension Merchant Name is %q", got)
	}
	second.see("Keep it on your server.")

	b.expect("401")
	second.until("a warning again", tooLong, second.warned)
	b.until("the login page", tooLong, func() bool { return strings.Contains(b.text(), "What you had typed is not lost") })
	second.until("the login page in the second tab", tooLong, func() bool { return strings.HasPrefix(second.location(), "/login?next=") })
	second.see("You were logged out")
	for _, each := range []*tab{b, second} {
		if someKey.MatchString(each.js("document.documentElement.outerHTML")) {
			t.Error("a key is still in the document")
		}
	}
	b.look("login-form-kept")
	second.look("login-logged-out")
	b.givenBack(second)
	b.backShowsNothing(second)
}

// givenBack logs in and wants the form that was cut off, which nothing but sending saves.
func (b *tab) givenBack(second *tab) {
	b.t.Helper()
	b.logIn(sari, goodPassword)
	b.see("Nothing of it is saved yet")
	kept := b.location()
	if !strings.HasPrefix(kept, general+"?kept=") {
		b.t.Errorf("this is %s", kept)
	}
	b.look("general-form-kept")
	if got := b.value("Merchant Name"); got != "Toko Setengah Jadi" {
		b.t.Errorf("Merchant Name was given back as %q", got)
	}
	if zone := b.js(`document.getElementById("timezone").selectedOptions[0].text`); !strings.HasPrefix(zone, "WIT (") {
		b.t.Errorf("Timezone was given back as %q", zone)
	}
	second.visit(general)
	if got := second.value("Merchant Name"); got != "" {
		b.t.Errorf("%q was saved before it was sent", got)
	}
	b.submit("button", "Save")
	b.see("Your settings have been updated.")
	b.visit(kept)
	if strings.Contains(b.text(), "Nothing of it is saved yet") {
		b.t.Error("a form that was sent is offered again")
	}
}

// backShowsNothing logs out: the other tab follows by itself, and going back asks for the password.
func (b *tab) backShowsNothing(second *tab) {
	b.t.Helper()
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "Log out")
	b.see("You are logged out.")
	second.until("the login page, as the other tab has", maxWait, func() bool { return strings.HasPrefix(second.location(), "/login") })
	b.js(`history.back(); ""`)
	b.until("the login page on going back", maxWait, func() bool { return strings.HasPrefix(b.location(), "/login?next=") })
	b.see("Log me in")
	if b.js(`String(document.querySelectorAll("[name=merchant_name]").length)`) != "0" {
		b.t.Error("going back shows the form")
	}
}

// C032, C034: without script the page goes to the login page by itself, and a form that was sent too late is offered again all the same.
func TestTheEndOfASessionWithoutScript(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--idle-timeout", "8s")
	b := open(t, p)
	b.scripts(false)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.visit("/sandbox/settings/access-keys")
	b.submit("button", "Reveal Server Key")
	b.wantValue("Server Key", serverKey)
	b.until("the login page", 30*time.Second, func() bool { return strings.HasPrefix(b.location(), "/login?next=") })
	b.see("You were logged out")

	c := newClient(t)
	c.logIn(p, sari)
	c.ended(p)
	late := c.post(p, general, "merchant_name", "Toko Terlambat")
	c.want("a form sent too late", late, 401, "What you had typed is not lost")
	sealed := regexp.MustCompile(`name="sealed" value="([^"]+)"`).FindStringSubmatch(late.text)
	in := c.post(p, "/login", "email", sari.email, "password", goodPassword, "sealed", sealed[1])
	c.want("log in", in, 303, "")
	on := c.get(p, in.header.Get("Location"))
	c.want("log in", on, 303, "")
	c.want("the form", c.get(p, on.header.Get("Location")), 200, `value="Toko Terlambat"`)
	if strings.Contains(c.get(p, general).text, "Toko Terlambat") {
		t.Error("the late form was saved")
	}
}
