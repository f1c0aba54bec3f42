package e2e

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// oath is what an authenticator shows so many steps from now, as Debian's oathtool computes it.
func (b *tab) oath(secret string, steps int) string {
	b.t.Helper()
	at := time.Now().Add(time.Duration(steps) * 30 * time.Second).Unix()
	out, err := exec.Command("oathtool", "--totp", "--base32", "--now=@"+strconv.FormatInt(at, 10), strings.ReplaceAll(secret, " ", "")).Output()
	b.must(err)
	return strings.TrimSpace(string(out))
}

var recoveryCode = regexp.MustCompile(`\d{5}(?:-\d{5}){3}`)

// setUp sets an authenticator up, and gives its secret, the code that did so, and the recovery codes.
func (b *tab) setUp() (secret, first string, codes []string) {
	b.t.Helper()
	b.visit("/account/second-factor")
	b.look("second-factor-none")
	b.submit("button", "Set up an authenticator")
	secret = b.js(`document.querySelector("#setup-key").innerText`)
	b.look("enrol")
	b.expect("422")
	b.fill("Code", "12 34")
	b.submit("button", "Turn it on")
	b.see("This code is not right")
	b.look("enrol-refused")
	b.expect("")
	first = b.oath(secret, 0)
	b.fill("Code", first)
	b.submit("button", "Turn it on")
	b.see("They are shown this one time")
	b.look("recovery-codes")
	codes = recoveryCode.FindAllString(b.js(`document.querySelector("#recovery").value`), -1)
	if len(codes) != 10 {
		b.t.Fatalf("%d recovery codes", len(codes))
	}
	b.submit("link", "I have kept them")
	b.see("Unused codes: 10")
	b.look("second-factor")
	return secret, first, codes
}

// again logs out and takes the first step.
func (b *tab) again() {
	b.t.Helper()
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "Log out")
	b.logIn(sari, goodPassword)
	b.at("/login/code")
}

// C127, C129, C130: an authenticator is set up with the codes of another program, and logs in, without script too; a recovery code stands in for it; it is removed.
func TestASecondFactor(t *testing.T) {
	t.Parallel()
	flags := onPostgres(t)
	p, box := start(t, flags...)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	secret, first, codes := b.setUp()
	box.wait(t, sari.email, "An authenticator was added to your account")
	b.again()
	b.look("login-code")
	b.expect("422")
	b.fill("Code", first)
	b.submit("button", "Log me in")
	b.see("was used already")
	b.look("login-code-refused")
	b.expect("")
	b.scripts(false)
	b.fill("Code", b.oath(secret, 1))
	b.submit("button", "Log me in")
	b.at("/sandbox/dashboard")
	b.scripts(true)
	b.visit("/sandbox/dashboard")
	b.again()
	b.fill("Code", strings.ReplaceAll(codes[0], "-", " "))
	b.submit("button", "Log me in")
	b.at("/sandbox/dashboard")
	if text := box.wait(t, sari.email, "A recovery code of your account was used").text; !strings.Contains(text, "Unused recovery codes: 9") {
		t.Errorf("the mail says\n%s", text)
	}
	b.newCodes(flags[1], codes[1])
	b.required(p, flags)
	b.removed(box)
}

// newCodes makes new recovery codes after the proof that this takes.
func (b *tab) newCodes(database, code string) {
	b.t.Helper()
	ask(b.t, database, "UPDATE sessions SET factor_at = factor_at - 300001")
	b.visit("/account/second-factor")
	b.expect("422")
	b.submit("button", "Make new recovery codes")
	b.see("Is it you?")
	b.look("proof-code")
	b.fill("Password", goodPassword)
	b.fill("Code", "000000")
	b.submit("button", "Go on")
	b.look("proof-code-refused")
	b.expect("")
	b.fill("Password", goodPassword)
	b.fill("Code", code)
	b.submit("button", "Go on")
	b.see("take the place of all")
}

// required requires a factor of everybody; the operator takes this one's away, and only the page to set one up is left.
func (b *tab) required(p *portal, flags []string) {
	b.t.Helper()
	b.visit("/account/security")
	b.look("security")
	b.choose("Required", "from now on")
	b.submit("button", "Require it")
	b.see("Required since")
	b.look("security-required")
	b.visit("/account/second-factor")
	b.see("this is your only one")
	b.look("second-factor-kept")
	clear := exec.Command(program, append([]string{"second-factor", "clear", "--data", p.data, sari.email}, flags...)...)
	clear.Env = p.cmd.Env
	out, err := clear.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "removed every second factor") {
		b.t.Fatalf("clear: %v\n%s", err, out)
	}
	b.visit("/sandbox/dashboard")
	b.at("/account/second-factor")
	b.look("second-factor-wall")
}

// removed sets one up once more and removes it, when it is not required any more; in Bahasa Indonesia.
func (b *tab) removed(box *mailbox) {
	b.t.Helper()
	box.wait(b.t, sari.email, "The second factor of your account was removed")
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "ID")
	b.look("second-factor-wall")
	b.submit("button", "Siapkan autentikator")
	b.look("enrol")
	secret := b.js(`document.querySelector("#setup-key").innerText`)
	b.fill("Kode", b.oath(secret, 0))
	b.submit("button", "Aktifkan")
	b.see("Kode Pemulihan Anda")
	b.look("recovery-codes")
	b.visit("/account/security")
	b.look("security-required")
	b.submit("button", "Jangan wajibkan lagi")
	b.look("security")
	b.visit("/account/second-factor")
	b.look("second-factor")
	b.submit("button", "Hapus autentikator")
	b.see("Faktor kedua telah dihapus")
	box.wait(b.t, sari.email, "Autentikator dihapus dari akun Anda")
	b.look("second-factor-none")
}
