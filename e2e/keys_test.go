package e2e

import (
	"strings"
	"testing"
)

// C084, C085: a key is revealed after the password, copied without being seen, rotated with an overlap, given more time, and the rotation undone.
func TestAKeyIsRevealedCopiedAndRotated(t *testing.T) {
	t.Parallel()
	flags := onPostgres(t)
	p, box := start(t, flags...)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	ask(t, flags[1], "UPDATE sessions SET proved_at = proved_at - 300001")
	b.expect("422")
	first := b.revealsAfterThePassword()
	b.copiesWithoutShowing(first)
	second := b.rotates(first)
	b.movesTheEnd(first, second)
	b.undoes(second)
	b.inIndonesian()
}

const keysPage = "/sandbox/settings/access-keys"

// field is what stands in the field of a shown key, and whether it can be read.
func (b *tab) field() (text, kind string) {
	b.t.Helper()
	return b.js("document.getElementById('secret').value"), b.js("document.getElementById('secret').type")
}

func (b *tab) revealsAfterThePassword() string {
	b.t.Helper()
	b.visit(keysPage)
	b.submit("button", "Reveal Server Key")
	b.see("Is it you?")
	b.fill("Password", goodPassword)
	b.submit("button", "Go on")
	b.see("After a minute it is taken off the page.")
	text, kind := b.field()
	if !serverKey.MatchString(text) || kind != "text" {
		b.t.Fatalf("the field holds %q, as %s", text, kind)
	}
	// A minute later, as a page that slept in the background finds out when it is looked at.
	b.js(`(() => { const now = Date.now() + 60000; Date.now = () => now; document.dispatchEvent(new Event("visibilitychange")); return ""; })()`)
	b.see("It is off the screen now.")
	if b.js("document.documentElement.outerHTML + document.getElementById('secret').value") == "" || strings.Contains(
		b.js("document.documentElement.outerHTML + document.getElementById('secret').value"), text) {
		b.t.Error("the key is still in the page")
	}
	b.look("key-emptied")
	b.visit(b.location())
	b.see("The key is hidden")
	b.look("key-hidden")
	return text
}

func (b *tab) copiesWithoutShowing(key string) {
	b.t.Helper()
	b.visit(keysPage)
	b.submit("button", "Copy without showing Server Key")
	b.see("The key is in the field, and not to be read.")
	if text, kind := b.field(); text != key || kind != "password" {
		b.t.Errorf("the field holds %q, as %s", text, kind)
	}
	b.look("key-copy")
	b.click("button", "Copy")
	b.see("Copied")
	if _, kind := b.field(); kind != "password" {
		b.t.Errorf("after copying the field is %s", kind)
	}
	b.submit("button", "Show it")
	b.see("After a minute it is taken off the page.")
	if text, kind := b.field(); text != key || kind != "text" {
		b.t.Errorf("shown, the field holds %q, as %s", text, kind)
	}
	b.js(`(() => { window.dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true})); return ""; })()`)
	if text, _ := b.field(); text != "" {
		b.t.Error("the page that is left would come back with the key")
	}
}

// rotates makes a new key, which only its own button takes off the screen.
func (b *tab) rotates(old string) string {
	b.t.Helper()
	b.visit(keysPage)
	b.submit("link", "Rotate Server Key")
	b.see("What will happen")
	b.look("key-rotate")
	b.click("radio", "24 hours")
	b.submit("button", "Rotate")
	b.find("dialog", "New: Server Key")
	text, _ := b.field()
	if !serverKey.MatchString(text) || text == old {
		b.t.Fatalf("the new key is %q", text)
	}
	b.look("key-rotated")
	for range 3 {
		b.press("\x1b")
	}
	b.js("document.elementFromPoint(3, 3).click(); ''")
	if open := b.js("String(document.querySelector('dialog[data-hold]').matches(':modal'))"); open != "true" {
		b.t.Error("Escape or a click beside it closes the dialog")
	}
	const leaving = `String(dispatchEvent(new Event("beforeunload", { cancelable: true })))`
	if b.js(leaving) != "false" {
		b.t.Error("the page can be left without a question")
	}
	b.submit("link", "I have stored it")
	b.at(keysPage)
	b.see("Not safe to retire yet: nobody has used the new key.")
	b.look("access-keys-two")
	return text
}

// movesTheEnd looks at what can be done with the old key, and gives it a week.
func (b *tab) movesTheEnd(old, current string) {
	b.t.Helper()
	name := " Server Key " + old[len(old)-4:]
	b.submit("link", "Retire now"+name)
	b.see("It cannot be brought back.")
	b.look("key-retire")
	b.submit("link", "Cancel")
	b.visit(keysPage)
	b.submit("link", "More time"+name)
	b.look("key-extend")
	b.click("radio", "1 hour")
	b.submit("button", "Give more time")
	b.see("Choose a longer time.")
	b.click("radio", "7 days")
	b.submit("button", "Give more time")
	b.at(keysPage)
	b.see("The old key works longer.")
	b.see("That is 7 days from now.")
	b.find("button", "Reveal Server Key "+current[len(current)-4:])
}

func (b *tab) undoes(current string) {
	b.t.Helper()
	b.submit("link", "Undo the rotation Server Key "+current[len(current)-4:])
	b.see("nobody has used it, and nobody can any more")
	b.look("key-undo")
	b.submit("button", "Undo the rotation")
	b.at(keysPage)
	b.see("The rotation is undone.")
	b.js("document.querySelector('details.card').open = true; ''")
	b.see("Taken back before anybody used it.")
	b.look("access-keys-undone")
}

// inIndonesian looks at the pages in the other language, without script.
func (b *tab) inIndonesian() {
	b.t.Helper()
	b.js("document.querySelector('.languages button[value=id]').click(); ''")
	b.see("Kunci yang tidak berlaku lagi: 1")
	b.submit("link", "Rotasi Server Key")
	b.see("Yang akan terjadi")
	b.look("key-rotate")
	b.scripts(false)
	b.visit(b.location())
	b.submit("button", "Rotasi")
	b.see("Sudah saya simpan")
	b.submit("link", "Sudah saya simpan")
	b.at(keysPage)
	b.scripts(true)
	b.visit(keysPage)
	b.look("access-keys-two")
}
