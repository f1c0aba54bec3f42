package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const tooMany = "Too many wrong passwords"

// wrong types a wrong password; each one is another.
func (c *client) wrong(node *portal, n int) answer {
	c.t.Helper()
	return c.post(node, "/login", "email", sari.email, "password", fmt.Sprintf("not the right one %d", n))
}

// C001, C004, C005: the fifth wrong password locks for as long as the page says and counts down, with whom to write to; the right one is refused
// meanwhile, and works after it.
func TestFiveWrongPasswordsLockAndThePageCountsDown(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--lockout-duration", "25s")
	b := open(t, p)
	b.signUp(sari, box)
	b.expect("422")
	for n := range 5 {
		b.visit("/login")
		b.logIn(sari, fmt.Sprintf("not the right one %d", n))
		if locked := strings.Contains(b.text(), tooMany); locked != (n == 4) {
			t.Fatalf("after %d wrong passwords locked: %t", n+1, locked)
		}
	}
	b.see("support@example.test")
	first := b.js(`document.querySelector("[data-countdown]").textContent`)
	b.until("another second", maxWait, func() bool { return !strings.Contains(b.text(), first) })
	b.see("seconds.")
	if live := b.js(`document.querySelector("[data-countdown]").getAttribute("aria-live")`); live != "off" {
		t.Errorf("while it counts down, aria-live is %q", live)
	}
	b.logIn(sari, goodPassword)
	b.see(tooMany)
	b.look("login-locked")
	b.until("the end of the lock", 40*time.Second, func() bool { return strings.Contains(b.text(), "You can try again now.") })
	b.look("login-unlocked")
	b.logIn(sari, goodPassword)
	b.at("/sandbox/dashboard")
}

// C004, C032: without script the lock's page says the same, and does not count.
func TestTheLockedPageWithoutScript(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.scripts(false)
	b.expect("422")
	for n := range 5 {
		b.visit("/login")
		b.logIn(sari, fmt.Sprintf("not the right one %d", n))
	}
	b.see(tooMany)
	b.see("try again in 15 minutes")
	b.see("support@example.test")
}

// C013: the lock is on disk before the fifth answer leaves: killed right after it, the account is still locked.
func TestAPortalKilledAfterTheFifthAnswerIsStillLocked(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"SQLite": nil, "PostgreSQL": onPostgres(t)} {
		t.Run(name, func(t *testing.T) {
			nodes, box := startNodes(t, 1, flags...)
			p := nodes[0]
			newClient(t).signUp(sari, box, p)
			for n := range 4 {
				newClient(t).wrong(p, n)
			}
			fifth := newClient(t).wrong(p, 4)
			if err := p.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-p.done
			newClient(t).want("the fifth", fifth, http.StatusUnprocessableEntity, tooMany)
			again := startPortal(t, p.data, flags...)
			c := newClient(t)
			c.want("the right password", c.post(again, "/login", "email", sari.email, "password", goodPassword), http.StatusUnprocessableEntity, tooMany)
			if c.cookies["__Host-session"] != "" {
				t.Error("somebody was signed in during the lock")
			}
		})
	}
}

// C002: three nodes make five guesses in all, however they are spread, and every node knows of the lock.
func TestThreeNodesGiveFiveGuessesInAll(t *testing.T) {
	t.Parallel()
	flags := onPostgres(t)
	nodes, box := startNodes(t, 3, flags...)
	member := newClient(t)
	member.signUp(sari, box, nodes...)
	var wait sync.WaitGroup
	for n := range 30 {
		wait.Go(func() {
			c := newClient(t)
			_, err := c.send(http.MethodPost, nodes[n%3], "/login", values("email", sari.email, "password", fmt.Sprintf("not the right one %d", n)))
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := ask(t, flags[1], "SELECT count(*) FROM activity WHERE action = 'password.refused'"); n != "5" {
		t.Errorf("%s guesses were made, want 5", n)
	}
	for i, node := range nodes {
		c := newClient(t)
		c.want(fmt.Sprintf("node %d", i), c.post(node, "/login", "email", sari.email, "password", goodPassword), http.StatusUnprocessableEntity, tooMany)
		member.want(fmt.Sprintf("the session that was there, on node %d", i), member.get(node, general), http.StatusOK, "")
	}
}
