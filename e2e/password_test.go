package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

const newPassword = "soto ayam dengan koya banyak"

func (b *tab) chooseNew(password string) {
	b.t.Helper()
	b.fill("New Password", password)
	b.fill("Confirm New Password", password)
	b.submit("button", "Change My Password")
}

// C060, C062, C065, C066: a forgotten password is chosen anew through a mail that was really received; the link works once.
func TestAForgottenPasswordIsChosenAnewByMail(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.click("link", "Forgot your password?")
	b.look("forgot")
	b.fill("Email", "nobody@tokobunga.test")
	b.submit("button", "Send link")
	nobody := b.text()
	b.visit("/password/forgot")
	b.fill("Email", " "+strings.ToUpper(sari.email))
	b.submit("button", "Send link")
	b.see("a link is on its way")
	if b.text() != nobody {
		t.Error("an address with an account gets another page")
	}
	b.look("reset-sent")
	link := box.wait(t, sari.email, "Reset Password").action()
	b.visit(link)
	b.at("/password/reset")
	b.look("reset")
	b.expect("422")
	b.chooseNew(goodPassword)
	b.see("You use this password now, or have used it")
	b.look("reset-refused")
	b.expect("")
	b.chooseNew(newPassword)
	b.at("/login")
	b.see("Your password has been changed. Log in with it.")
	box.wait(t, sari.email, "Your password was changed")
	b.expect("422")
	b.visit(link)
	b.see("Ask for a new link")
	b.look("reset-bad-link")
	b.visit("/login")
	b.logIn(sari, goodPassword)
	b.see("Email or password is not right.")
	b.expect("")
	b.logIn(sari, newPassword)
	b.at("/sandbox/dashboard")
}

// C054: a password that is too old leads to its change and nowhere else, after a banner has said so; then everything is open again.
func TestAnOldPasswordLeadsToItsChange(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--password-max-age", "25s")
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.until("the banner", 4*maxWait, func() bool {
		b.visit("/sandbox/settings/general")
		return strings.Contains(b.text(), "Your password has to be changed within")
	})
	b.look("password-banner")
	b.until("the wall", 4*maxWait, func() bool {
		b.visit("/sandbox/settings/access-keys")
		return strings.HasSuffix(b.location(), "/account/password")
	})
	b.see("choose a new one to go on")
	b.look("password-wall")
	b.expect("422")
	b.fill("Current Password", "not the right one")
	b.chooseNew(newPassword)
	b.see("This is not the right password.")
	b.look("password-refused")
	b.expect("")
	b.fill("Current Password", goodPassword)
	b.chooseNew(newPassword)
	b.see("Your password has been changed. Other sessions were logged out.")
	b.look("password-changed")
	b.visit("/sandbox/settings/access-keys")
	b.at("/sandbox/settings/access-keys")
}

// C059: one link, twenty forms at the same moment on three nodes: the password is changed once.
func TestThreeNodesSpendALinkOnce(t *testing.T) {
	t.Parallel()
	flags := onPostgres(t)
	nodes, box := startNodes(t, 3, flags...)
	member := newClient(t)
	member.signUp(sari, box, nodes...)
	asker := newClient(t)
	asker.want("ask", asker.post(nodes[0], "/password/forgot", "email", sari.email), http.StatusSeeOther, "")
	link, err := url.Parse(box.wait(t, sari.email, "Reset Password").action())
	if err != nil {
		t.Fatal(err)
	}
	asker.want("open the link", asker.get(nodes[1], link.RequestURI()), http.StatusSeeOther, "")
	var wait sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	for n := range 20 {
		wait.Go(func() {
			c := newClient(t)
			c.cookies["__Host-link"] = asker.cookies["__Host-link"]
			password := fmt.Sprintf("%s nomor %d", newPassword, n)
			a, err := c.send(http.MethodPost, nodes[n%3], "/password/reset", values("new_password", password, "confirm_password", password))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[a.status]++
		})
	}
	wait.Wait()
	if answers[http.StatusSeeOther] != 1 {
		t.Errorf("answers: %v, want one success", answers)
	}
	for what, query := range map[string]string{
		"past passwords":  "SELECT count(*) FROM past_passwords",
		"entries":         "SELECT count(*) FROM activity WHERE action = 'password.reset'",
		"living sessions": "SELECT 1 + count(*) FROM sessions WHERE ended_at IS NULL",
	} {
		if n := ask(t, flags[1], query); n != "1" {
			t.Errorf("%s: %s", what, n)
		}
	}
	box.wait(t, sari.email, "Your password was changed")
	for i, node := range nodes {
		member.want(fmt.Sprintf("the session of before, on node %d", i), member.get(node, general), http.StatusSeeOther, "")
	}
}
