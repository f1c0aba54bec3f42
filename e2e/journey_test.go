package e2e

import (
	"regexp"
	"strings"
	"testing"
)

const goodPassword = "kopi tubruk di teras belakang"

// person is somebody who uses the portal in these tests.
type person struct{ business, name, email, phone string }

var sari = person{"Toko Bunga Sari", "Sari Wijaya", "sari@tokobunga.test", "0812345678901"}

// fillSignUp fills in the form of the sign-up page.
func (b *tab) fillSignUp(who person) {
	b.t.Helper()
	b.fill("Business name", who.business)
	b.fill("Full name", who.name)
	b.fill("Business e-mail", who.email)
	b.fill("Phone number", who.phone)
	b.fill("Password", goodPassword)
	b.fill("Confirm password", goodPassword)
}

// signUp registers somebody, opens the mail and confirms.
func (b *tab) signUp(who person, box *mailbox) {
	b.t.Helper()
	b.visit("/register")
	b.fillSignUp(who)
	b.submit("button", "Sign up")
	b.see("Check your mail")
	b.visit(box.wait(b.t, who.email, "Confirm your e-mail address").action())
	b.at("/register/confirm")
	b.submit("button", "Confirm")
	b.see("Your e-mail address is confirmed.")
}

func (b *tab) logIn(who person, password string) {
	b.t.Helper()
	b.fill("Email", who.email)
	b.fill("Password", password)
	b.submit("button", "Log me in")
}

func start(t *testing.T, flags ...string) (*portal, *mailbox) {
	t.Helper()
	nodes, box := startNodes(t, 1, flags...)
	return nodes[0], box
}

func TestJourneyFromSignUpToSandboxKey(t *testing.T) {
	t.Parallel()
	journey(t)
}

func TestTheJourneyOnPostgreSQL(t *testing.T) {
	t.Parallel()
	journey(t, onPostgres(t)...)
}

// journey is what a newcomer does, on a portal with these flags.
func journey(t *testing.T, flags ...string) {
	t.Helper()
	p, box := start(t, flags...)
	b := open(t, p)

	b.signUpAfterAMistake(sari)
	link := box.wait(t, sari.email, "Confirm your e-mail address").action()
	b.visit(link)
	b.at("/register/confirm")
	b.look("register-confirm")
	b.submit("button", "Confirm")
	b.see("Your e-mail address is confirmed.")

	b.expect("422")
	b.visit(link)
	b.see("This link does not work any more")
	b.look("link-invalid")
	b.visit("/login")
	b.logIn(sari, "not the right one at all")
	b.see("Email or password is not right.")
	b.look("login-refused")
	b.expect("")
	b.logIn(sari, goodPassword)
	b.at("/sandbox/dashboard")
	b.see("Welcome, Sari Wijaya")
	b.see("0 of 9 fields")
	b.look("dashboard")

	b.generalSettings()
	b.accessKeys()
	b.productionHasNoKeys()

	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.look("user-menu")
	b.submit("button", "Log out")
	b.see("You are logged out.")
	b.visit("/sandbox/settings/general")
	b.see("Login")
	b.logIn(sari, goodPassword)
	b.at("/sandbox/settings/general")
	if got := b.value("Merchant Name"); got != "Toko Bunga Sari" {
		t.Errorf("Merchant Name is %q after signing in again", got)
	}
}

func (b *tab) signUpAfterAMistake(who person) {
	b.t.Helper()
	b.visit("/")
	b.at("/login")
	b.look("login")
	b.click("link", "Sign up")
	b.see("Your Sandbox is ready as soon as")
	b.look("register")
	b.fillSignUp(who)
	b.fill("Confirm password", goodPassword+"!")
	b.expect("422")
	b.submit("button", "Sign up")
	b.see("The two passwords are not the same.")
	b.look("register-refused")
	b.expect("")
	if got := b.value("Business name"); got != who.business {
		b.t.Errorf("Business name came back as %q", got)
	}
	b.fill("Password", goodPassword)
	b.fill("Confirm password", goodPassword)
	b.submit("button", "Sign up")
	b.see("Check your mail")
	b.look("register-sent")
}

func (b *tab) generalSettings() {
	b.t.Helper()
	b.click("link", "General Settings")
	b.see("Saves for Sandbox only.")
	b.look("general")
	b.fill("Merchant Name", "Toko Bunga!")
	b.fill("Director Name", "Sari Wijaya")
	b.fill("Director Phone", "0812345678")
	b.choose("Timezone", "WIT (")
	b.expect("422")
	b.submit("button", "Save")
	b.see("“!” cannot be used")
	b.look("general-refused")
	b.expect("")
	for field, want := range map[string]string{"Merchant Name": "Toko Bunga!", "Director Name": "Sari Wijaya", "Director Phone": "0812345678"} {
		if got := b.value(field); got != want {
			b.t.Errorf("%s came back as %q, want %q", field, got, want)
		}
	}
	b.fill("Merchant Name", "Toko Bunga Sari")
	b.submit("button", "Save")
	b.see("Your settings have been updated.")
	if got := b.value("Director Phone"); got != "+62812345678" {
		b.t.Errorf("Director Phone is stored as %q", got)
	}
}

var (
	merchantID = regexp.MustCompile(`^G\d{9}$`)
	clientKey  = regexp.MustCompile(`^SB-Mid-client-[A-Za-z0-9_-]{16}$`)
	serverKey  = regexp.MustCompile(`^SB-Mid-server-[A-Za-z0-9_-]{24}$`)
)

func (b *tab) wantValue(field string, format *regexp.Regexp) {
	b.t.Helper()
	if got := b.value(field); !format.MatchString(got) {
		b.t.Errorf("%s is %q, want %s", field, got, format)
	}
}

func (b *tab) accessKeys() {
	b.t.Helper()
	b.click("link", "Access Keys")
	b.see("For your server alone.")
	b.look("access-keys")
	b.wantValue("Merchant ID", merchantID)
	b.wantValue("Client Key", clientKey)
	if source := b.js("document.documentElement.outerHTML"); strings.Contains(source, "SB-Mid-server-") &&
		regexp.MustCompile(`SB-Mid-server-[A-Za-z0-9_-]{5}`).MatchString(source) {
		b.t.Error("the page carries a server key before it is revealed (C084)")
	}
	b.submit("button", "Reveal Server Key") // the password was typed a moment ago
	b.see("Keep it on your server.")
	b.wantValue("Server Key", serverKey)
	b.look("revealed")
	b.click("button", "Copy")
	b.see("Copied")
	b.submit("link", "Done")
	b.at("/sandbox/settings/access-keys")
}

func (b *tab) productionHasNoKeys() {
	b.t.Helper()
	sandboxIcon := b.js("document.querySelector('link[rel=icon]').href")
	if ribbon := b.js("getComputedStyle(document.querySelector('.ribbon')).display"); ribbon == "none" {
		b.t.Error("Sandbox shows no ribbon")
	}
	b.choose("Environment", "Pro")
	b.submit("button", "Switch")
	b.at("/production/settings/access-keys")
	b.see("No Production keys yet")
	b.see("support@example.test")
	b.look("access-keys-production")
	if title := b.js("document.title"); !strings.Contains(title, "Production") {
		b.t.Errorf("the title %q does not say Production", title)
	}
	if icon := b.js("document.querySelector('link[rel=icon]').href"); icon == sandboxIcon {
		b.t.Error("both environments have the same icon")
	}
	if ribbons := b.js("String(document.querySelectorAll('.ribbon').length)"); ribbons != "0" {
		b.t.Error("Production shows a ribbon")
	}
	b.click("link", "General Settings")
	b.see("Saves for Production only.")
	if got := b.value("Merchant Name"); got != "" {
		b.t.Errorf("Production has the Merchant Name %q of Sandbox", got)
	}
	b.click("link", "Dashboard")
	b.see("Activation")
	b.look("dashboard-production")
	b.expect("404")
	b.visit("/staging/settings/general")
	b.see("This page does not exist")
	b.look("not-found")
	b.expect("")
	b.visit("/production/dashboard")
	b.choose("Environment", "Sand")
	b.submit("button", "Switch")
	b.at("/sandbox/dashboard")
}

func TestSecondStartFindsEverythingAgain(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.visit("/sandbox/settings/access-keys")
	key := b.value("Client Key")
	p.stop(t)

	again := startPortal(t, p.data, "--smtp", "smtp://"+box.addr)
	b = open(t, again)
	b.visit("/sandbox/settings/access-keys")
	b.logIn(sari, goodPassword)
	b.at("/sandbox/settings/access-keys")
	if got := b.value("Client Key"); got != key || !clientKey.MatchString(got) {
		t.Errorf("the client key is %q after a restart, was %q", got, key)
	}
}
