package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const generalHistory = general + "/history"

// leave answers the warning before a page is left, and counts it.
func (b *tab) leave() {
	b.warnings.Add(1)
	go b.call(func(ctx context.Context, s *chromedp.Target) error { //nolint:errcheck // a dialog that stays open fails the step that waits for it
		_, err := cdp.Call(ctx, s, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		return err
	})
}

func (b *tab) wantWarnings(what string, want int64) {
	b.t.Helper()
	if got := b.warnings.Swap(0); got != want {
		b.t.Errorf("%s: %d warnings, want %d", what, got, want)
	}
}

const unsavedText = `document.querySelector("[data-unsaved]").textContent`

func TestLeavingAChangedFormWarns(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.visit(general)
	b.focus("textbox", "Merchant Name")
	b.submit("link", "Dashboard")
	b.wantWarnings("nothing was typed", 0)

	b.visit(general)
	b.fill("Merchant Name", "Toko")
	b.until("the line beside the button", maxWait, func() bool { return b.js(unsavedText) == "Not saved yet" })
	b.submit("link", "Dashboard")
	b.wantWarnings("something was typed", 1)

	b.visit(general)
	b.fill("Merchant Name", "Toko")
	b.fill("Merchant Name", "")
	b.until("no line beside the button", maxWait, func() bool { return b.js(unsavedText) == "" })
	b.submit("link", "Dashboard")
	b.wantWarnings("it was put back", 0)

	b.visit(general)
	b.fill("Merchant Name", "Toko!")
	b.expect("422")
	b.submit("button", "Save")
	b.wantWarnings("it was sent", 0)
	b.focus("textbox", "NPWP")
	b.press("1")
	b.submit("link", "Dashboard")
	b.wantWarnings("what was refused is stored nowhere", 1)
}

// The warning holds up no end of a session: the page goes, and what was typed is kept (C032, C034).
func TestTheWarningDoesNotHoldUpTheEndOfASession(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--idle-timeout", "9s")
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.visit(general)
	b.fill("Merchant Name", "Toko Setengah Jadi")
	b.expect("401")
	b.until("the login page", tooLong, func() bool { return strings.Contains(b.text(), "What you had typed is not lost") })
	b.wantWarnings("the end of the session", 0)
	b.logIn(sari, goodPassword)
	if got := b.value("Merchant Name"); got != "Toko Setengah Jadi" {
		t.Errorf("given back: %q", got)
	}
	if said := b.js(unsavedText); said != "Not saved yet" {
		t.Errorf("of what was given back it says %q", said)
	}
}

func TestTwoTabsOverwriteNothingAndAChangeIsTakenBack(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.visit(general)
	b.fill("Merchant Name", "Toko Bunga Sari")
	b.fill("Business Address", "Jalan Melati 1\nJakarta 10110")
	b.submit("button", "Save")
	b.see("Your settings have been updated. Changed: Merchant Name, Business Address.")
	b.look("general-saved")

	second := b.another()
	second.visit(general)
	b.fill("Merchant Name", "Warung Sari")
	b.fill("Director Name", "Sari Wijaya")
	b.submit("button", "Save")
	second.fill("Merchant Name", "Kedai Sari")
	second.fill("NPWP Name", "Sari Wijaya")
	second.expect("409")
	second.submit("button", "Save")
	second.see("This page was saved while you had it open")
	second.look("general-overtaken")
	if got := second.value("Director Name"); got != "Sari Wijaya" {
		t.Errorf("what the other tab saved is %q here", got)
	}
	if got := second.value("Merchant Name"); got != "Kedai Sari" {
		t.Errorf("what was typed is %q", got)
	}
	second.submit("button", "Save")
	second.see("Changed: Merchant Name, NPWP Name.")
	b.wantWarnings("none of these", 0)

	b.visit(generalHistory)
	b.see("Version 3")
	b.look("general-history")
	b.visit(generalHistory + "/2")
	b.see("Changed again since then")
	b.look("general-change")
	b.click("checkbox", "Merchant Name")
	b.submit("button", "Take back what is chosen")
	b.see("Changed: Director Name.")
	b.see("Taken back: version 2")
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "ID")
	for path, name := range map[string]string{general: "general", generalHistory: "general-history", generalHistory + "/2": "general-change"} {
		b.visit(path)
		b.look(name)
	}
}
