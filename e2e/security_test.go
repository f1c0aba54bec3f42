package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shownMerchant is a Merchant ID somewhere on a page.
var shownMerchant = regexp.MustCompile(`\bG[0-9]{9}\b`)

// operate runs a command of the program on the data of a portal that goes on running.
func (p *portal) operate(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command(program, append(args, "--data", p.data)...)
	c.Env = slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, "PORTAL_") })
	var said, wrong bytes.Buffer
	c.Stdout, c.Stderr = &said, &wrong
	if err := c.Run(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, wrong.String())
	}
	return said.String()
}

// at says where a client's requests come from, to a portal that trusts this machine as its proxy.
func (c *client) at(address string) { c.forwarded = address }

// A list is set in the browser; whoever would lock themselves out is kept from it; from another network everything is refused, with the reason; the
// operator's command is the way back.
func TestAListOfNetworksHoldsAndTheOperatorClearsIt(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--trusted-proxies", "127.0.0.1")
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.submit("link", "Security")
	b.see("Your current IP address: 127.0.0.1")
	b.look("security")
	b.expect("422")
	b.fill("Allowed addresses and networks", "203.0.113.0/24\nkantor\n198.51.100.1-9")
	b.submit("button", "Save")
	b.see("Line 2: “kantor” is no IP address and no network.")
	b.look("security-refused")
	b.fill("Allowed addresses and networks", "203.0.113.0/24")
	b.submit("button", "Save")
	b.see("This list would lock you out: it does not have your address, 127.0.0.1.")
	b.look("security-lock-out")
	b.expect("")
	b.submit("button", "Add 127.0.0.1 and save")
	b.see("The list of allowed networks has been saved.")
	if got := b.value("Allowed addresses and networks"); got != "203.0.113.0/24\n127.0.0.1" && got != `203.0.113.0/24\n127.0.0.1` {
		t.Errorf("stored is %q", got)
	}
	box.wait(t, sari.email, "Where the portal can be used from has changed")

	c := newClient(t)
	c.at("203.0.113.77")
	c.logIn(p, sari)
	c.want("inside", c.get(p, general), http.StatusOK, "")
	c.at("192.0.2.1")
	outside := c.get(p, general)
	c.want("outside", outside, http.StatusForbidden, "You are at 192.0.2.1.")
	merchant := shownMerchant.FindString(c.inside(p, "203.0.113.77", general).text)
	if strings.Contains(outside.text, sari.business) || merchant == "" {
		t.Errorf("outside is shown the business, or inside no ID (%q)", merchant)
	}
	stranger := newClient(t)
	stranger.at("192.0.2.2")
	stranger.want("log in outside", stranger.post(p, "/login", "email", sari.email, "password", goodPassword), http.StatusForbidden, "You are at 192.0.2.2.")

	if said := p.operate(t, "ip-allow-list", "clear", merchant); said != "cleared the list of networks of "+merchant+"\n" {
		t.Errorf("the command said %q", said)
	}
	c.want("cleared", c.get(p, general), http.StatusOK, "")
	box.wait(t, sari.email, "Where the portal can be used from has changed")
}

// inside asks from another address for once.
func (c *client) inside(node *portal, address, path string) answer {
	c.t.Helper()
	outside := c.forwarded
	defer c.at(outside)
	c.at(address)
	return c.get(node, path)
}

// What somebody sees whose network is not allowed: in the session that they have, and when they log in.
func TestThePageForANetworkThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--trusted-proxies", "127.0.0.1")
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	c := newClient(t)
	c.at("203.0.113.77")
	c.logIn(p, sari)
	seen := regexp.MustCompile(`name="version" value="([0-9a-f]+)"`).FindStringSubmatch(c.get(p, "/account/security").text)
	c.want("save", c.post(p, "/account/security", "networks", "203.0.113.0/24", "version", seen[1]), http.StatusSeeOther, "")
	b.expect("403")
	b.visit("/sandbox/settings/general")
	b.see("You are at 127.0.0.1.")
	b.see("Go back to an allowed network")
	b.look("outside")
	b.submit("button", "ID")
	b.visit("/sandbox/settings/general")
	b.see("Alamat Anda 127.0.0.1.")
	b.look("outside")
	b.submit("button", "Keluar")
	b.at("/login")
	b.fill("Email", sari.email)
	b.fill("Kata sandi", goodPassword)
	b.submit("button", "Masuk ke akun saya")
	b.see("Alamat Anda 127.0.0.1.")
	b.look("outside-login")
}

// C055, C062: the mail about a log-in from a new browser leads to a page that ends every session and mails the way to a new password.
func TestANewBrowserIsMailedAndWasNotMeEndsItsSession(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	thief := newClient(t)
	thief.logIn(p, sari)
	thief.want("the thief is in", thief.get(p, general), http.StatusOK, "")
	m := box.wait(t, sari.email, "New login to your account")
	for _, want := range []string{"IP address: 127.0.0.1", "WIB", "This was not me:\n" + p.url + "/account-alarm?token="} {
		if !strings.Contains(m.text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, m.text)
		}
	}
	owner := open(t, p)
	owner.visit(m.action())
	owner.at("/account-alarm")
	owner.see("Was this not you?")
	owner.look("alarm")
	owner.submit("button", "End all sessions and send me the mail")
	owner.see("Now check your mail")
	owner.look("alarm-done")
	thief.want("the thief is out", thief.get(p, general), http.StatusSeeOther, "")
	b.visit("/sandbox/settings/general")
	b.see("Log in")
	owner.visit(box.wait(t, sari.email, "Reset Password").action())
	owner.chooseNew(newPassword)
	owner.at("/login")
	again := box.wait(t, sari.email, "Your password was changed")
	owner.visit(again.action())
	owner.submit("button", "ID")
	owner.see("Bukan Anda?")
	owner.look("alarm")
	owner.expect("422")
	owner.visit("/account-alarm?token=AAAAAAAAAAAAAAAAAAAAAAAAAA")
	owner.see("Umurnya lebih dari 7 hari")
	owner.look("alarm-bad-link")
}

// The security page in Bahasa Indonesia, where every text is longer.
func TestTheSecurityPageInBahasaIndonesia(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.visit("/login")
	b.submit("button", "ID")
	b.fill("Email", sari.email)
	b.fill("Kata sandi", goodPassword)
	b.submit("button", "Masuk ke akun saya")
	b.visit("/account/security")
	b.look("security")
	b.expect("422")
	b.fill("Alamat dan jaringan yang diizinkan", "203.0.113.0/24\nkantor\n198.51.100.1-9")
	b.submit("button", "Simpan")
	b.see("Baris 2: “kantor”")
	b.look("security-refused")
	b.fill("Alamat dan jaringan yang diizinkan", "203.0.113.0/24")
	b.submit("button", "Simpan")
	b.see("akan menutup akses Anda sendiri")
	b.look("security-lock-out")
}
