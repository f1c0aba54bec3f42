package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

func TestEverythingWorksWithoutScript(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.scripts(false)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.submit("link", "General Settings")
	b.fill("Merchant Name", "Toko Bunga Sari")
	b.submit("button", "Save")
	b.see("Your settings have been updated.")
	b.submit("link", "Access Keys")
	b.submit("button", "Reveal Server Key")
	b.wantValue("Server Key", serverKey)
	b.submit("link", "Done")
	b.choose("Environment", "Pro")
	b.submit("button", "Switch")
	b.see("No Production keys yet")
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "Log out")
	b.see("You are logged out.")
	if copies := b.all("button", "Copy"); len(copies) > 0 {
		t.Error("there is a button that needs script")
	}
}

// tabTo presses Tab until the element with this role and name has the focus.
func (b *tab) tabTo(role, name string) {
	b.t.Helper()
	want := b.find(role, name)
	for range 40 {
		b.press("\t")
		if focused := b.js(`document.activeElement ? (document.activeElement.getAttribute("aria-label") || document.activeElement.innerText || document.activeElement.name || "") : ""`); strings.TrimSpace(focused) != "" {
			if shown := b.js(`(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.outlineWidth })()`); strings.Contains(shown, "none") || strings.HasSuffix(shown, "0px") {
				b.t.Errorf("the focus on %q cannot be seen (%s)", focused, shown)
			}
		}
		for _, id := range b.focused() {
			if id == want {
				return
			}
		}
	}
	b.must(os.ErrNotExist)
}

// focused gives what has the focus, as an accessibility tool sees it.
func (b *tab) focused() (found []cdp.BackendNodeID) {
	b.t.Helper()
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		nodes, err := focusedNodes(ctx, s)
		found = nodes
		return err
	}))
	return found
}

func TestSigningInAndSwitchingByKeyboardAlone(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.visit("/login")
	b.tabTo("link", "Skip to content")
	b.tabTo("textbox", "Email")
	b.press(sari.email)
	b.tabTo("textbox", "Password")
	b.press(goodPassword + "\r")
	b.see("Welcome, Sari Wijaya")
	b.tabTo("combobox", "Environment")
	b.press("Pro")
	b.tabTo("button", "Switch")
	b.press(" ")
	b.see("Activation")
	b.at("/production/dashboard")
}

func TestBahasaIndonesiaFromTheLoginPageOn(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.visit("/login")
	b.submit("button", "ID")
	b.see("Lupa kata sandi?")
	b.expect("422")
	for _, path := range []string{"/login", "/register", "/register/sent", "/register/resend", "/register/confirm", "/password/forgot", "/login/done"} {
		b.visit(path)
		b.look(strings.ReplaceAll(path[1:], "/", "-"))
	}
	b.expect("404")
	b.visit("/login")
	b.fill("Email", sari.email)
	b.fill("Kata sandi", goodPassword)
	b.submit("button", "Masuk ke akun saya")
	b.see("Selamat datang, Sari Wijaya")
	for _, path := range []string{
		"/sandbox/dashboard", "/sandbox/settings/general", "/sandbox/settings/access-keys", "/sandbox/nothing-here",
		"/production/dashboard", "/production/settings/general", "/production/settings/access-keys",
	} {
		b.visit(path)
		b.look(strings.ReplaceAll(path[1:], "/", "-"))
		if lang := b.js("document.documentElement.lang"); lang != "id" {
			t.Errorf("%s: lang is %q", path, lang)
		}
	}
	b.click("DisclosureTriangle", "Akun Anda: "+sari.business)
	b.submit("button", "EN")
	b.see("No Production keys yet")
}

func TestWithoutAMailServerTheMailIsInTheLocalInbox(t *testing.T) {
	t.Parallel()
	p := startPortal(t, t.TempDir())
	b := open(t, p)
	b.visit("/_dev/inbox")
	b.see("No mail yet")
	b.look("inbox-empty")
	b.visit("/register")
	b.fillSignUp(sari)
	b.submit("button", "Sign up")
	b.see("mails stay on this machine")
	for {
		b.visit("/_dev/inbox")
		if len(b.all("link", "Open the link")) > 0 {
			break
		}
		if b.ctx.Err() != nil {
			b.must(b.ctx.Err())
		}
	}
	b.look("inbox")
	letters, err := filepath.Glob(filepath.Join(p.data, "mail", "*.eml"))
	if err != nil || len(letters) != 1 {
		t.Errorf("letters: %v, %v", letters, err)
	}
	b.submit("link", "Open the link")
	b.at("/register/confirm")
	b.submit("button", "Confirm")
	b.see("Your e-mail address is confirmed.")
	b.visit("/password/forgot")
	b.see("support@example.test")
	b.look("password-forgot")
	b.visit("/register/resend")
	b.look("register-resend")
	b.visit("/login/done")
	b.see("did not keep you logged in")
	b.look("login-done")
}

// C072: a script that got into a page does not run.
func TestAnInjectedInlineScriptDoesNotRun(t *testing.T) {
	t.Parallel()
	p, _ := start(t)
	b := open(t, p)
	b.visit("/login")
	b.js(`(() => { const s = document.createElement("script"); s.textContent = "window.injected = true"; document.body.append(s);
		const i = document.createElement("div"); i.innerHTML = '<img src="/static/none.svg" onerror="window.injected = true">'; document.body.append(i); return "" })()`)
	if got := b.js("String(window.injected)"); got != "undefined" {
		t.Errorf("window.injected = %s", got)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.problems) == 0 {
		t.Error("the console did not report the violation: the guard of all other tests would be blind")
	}
	b.problems = nil
}
