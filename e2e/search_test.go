package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stroke presses "/" as a keyboard does: one event that types it too, unless the page takes it.
func (b *tab) stroke(modifiers int64) {
	b.t.Helper()
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Code: "Slash", Text: "/", Modifiers: modifiers}
		if modifiers != 0 {
			down.Text = ""
		}
		_, err := cdp.Call(ctx, s, input.DispatchKeyEvent, down)
		return err
	}))
}

// Search by keyboard: "/" leads to the field, but not out of another one, nor with Ctrl; Escape leads back; Enter searches; a result leads to its field.
func TestSearchByKeyboard(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.look("dashboard-search")
	b.focus("link", "Profile")
	const ctrl = 2
	for _, step := range []struct {
		press func()
		want  string
	}{
		{func() { b.stroke(ctrl) }, "Profile"}, {func() { b.stroke(0) }, "find:"}, {func() { b.stroke(0) }, "find:/"}, {func() { b.press(kb.Escape) }, "Profile"},
		{func() { b.size(390, 900, false); b.stroke(0) }, "Search"}, {func() { b.size(1280, 900, false); b.stroke(0) }, "find:"}, // Escape has emptied it
	} {
		step.press()
		if at := b.js(`(a => a.id ? a.id + ":" + a.value : a.textContent.trim())(document.activeElement)`); at != step.want {
			t.Errorf("this is %q, want %q", at, step.want)
		}
	}
	b.press("npwp" + kb.Enter)
	b.see("3 results")
	b.at("/sandbox/search?q=npwp")
	b.look("search")
	b.turnsTheKeyOff()
	b.submit("link", "NPWP Name")
	b.at("/sandbox/settings/general#npwp_name")
	b.focus("textbox", "Director Name")
	b.stroke(0)
	if typed := b.js(`document.getElementById("director_name").value`); typed != "/" {
		t.Errorf("in a field the stroke gave %q", typed)
	}
	b.visit("/sandbox/search?q=xyzzyx")
	b.see("Nothing was found")
	b.look("search-nothing")
	b.visit("/production/search?q=idle")
	b.look("search-production")
	b.visit("/account/profile")
	b.look("profile-search")
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "ID")
	b.visit("/sandbox/search?q=kunci")
	b.look("search")
}

// turnsTheKeyOff sees that "/" can be turned off, for all pages and after a fresh start of one, and on again (WCAG 2.1.4).
func (b *tab) turnsTheKeyOff() {
	b.t.Helper()
	back := b.location()
	for _, key := range []struct{ on, focus string }{{"false", "BODY"}, {"true", "INPUT"}} {
		b.visit(back)
		b.click("checkbox", "The key / leads to the search")
		b.visit("/sandbox/dashboard")
		b.stroke(0)
		if at := b.js("document.activeElement.tagName"); at != key.focus {
			b.t.Errorf("with the key on: %s, / leads to %s", key.on, at)
		}
		if announced := b.js(`String(document.getElementById("find").hasAttribute("aria-keyshortcuts"))`); announced != key.on {
			b.t.Errorf("with the key on: %s, announced: %s", key.on, announced)
		}
	}
	b.visit(back)
}

// Without scripts search is a page like any other.
func TestSearchWithoutScripts(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.scripts(false)
	b.logIn(sari, goodPassword)
	b.focus("searchbox", "Search pages and settings")
	b.press("second factor" + kb.Enter)
	b.see("1 result")
	if keys := b.all("checkbox", "The key / leads to the search"); len(keys) != 0 {
		t.Error("the choice about a key that only a script knows is shown")
	}
	b.submit("link", "Second Factor")
	b.at("/account/second-factor")
}
