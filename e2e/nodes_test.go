package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

const general = "/sandbox/settings/general"

// startNodes starts equal nodes on one new database.
func startNodes(t *testing.T, n int, flags ...string) ([]*portal, *mailbox) {
	t.Helper()
	box := startMailbox(t)
	flags = append(flags, "--smtp", "smtp://"+box.addr, "--mail-from", "Portal <portal@example.test>")
	var nodes []*portal
	for range n {
		nodes = append(nodes, startPortal(t, t.TempDir(), flags...))
	}
	return nodes, box
}

// C126: whichever node answers, it is the same portal.
func TestThreeNodesAreOnePortal(t *testing.T) {
	t.Parallel()
	nodes, box := startNodes(t, 3, onPostgres(t)...)
	c := newClient(t)
	c.signUp(sari, box, nodes...)
	for i := range 30 { // what one node saves, every node shows to the next request
		name := fmt.Sprintf("Toko %d", i)
		c.want("save", c.post(nodes[i%3], general, "version", strconv.Itoa(i), "merchant_name", name), http.StatusSeeOther, "")
		for n, node := range nodes {
			c.want(fmt.Sprintf("change %d on node %d", i, n), c.get(node, general), http.StatusOK, `value="`+name+`"`)
		}
	}
	for _, node := range nodes {
		c.want("keys", c.get(node, "/sandbox/settings/access-keys"), http.StatusOK, "SB-Mid-client-")
	}
	stolen := newClient(t)
	stolen.cookies["__Host-session"] = c.cookies["__Host-session"]
	c.want("sign out", c.post(nodes[2], "/logout"), http.StatusSeeOther, "")
	for _, node := range nodes {
		c.want("after signing out", stolen.get(node, general), http.StatusSeeOther, "")
	}
}

// C120: a node that dies in the middle of a change leaves nothing of it, and the others go on.
func TestANodeKilledInTheMiddleOfAChangeLeavesNothing(t *testing.T) {
	t.Parallel()
	flags := onPostgres(t)
	nodes, box := startNodes(t, 2, flags...)
	c := newClient(t)
	c.signUp(sari, box, nodes...)
	c.want("save", c.post(nodes[0], general, "merchant_name", "Before"), http.StatusSeeOther, "")
	before := entries(t, flags[1])

	release := holdActivity(t, flags[1])
	sent := make(chan error, 1)
	go func() {
		_, err := c.send(http.MethodPost, nodes[1], general, values("version", "1", "merchant_name", "Half"))
		sent <- err
	}()
	for ask(t, flags[1], "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "0" {
		select {
		case err := <-sent:
			t.Fatalf("the change did not wait: %v", err)
		default:
		}
	}
	if err := nodes[1].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-nodes[1].done
	if err := <-sent; err == nil {
		t.Error("the change was acknowledged")
	}
	release()

	c.want("afterwards", c.get(nodes[0], general), http.StatusOK, `value="Before"`)
	if after := entries(t, flags[1]); after != before {
		t.Errorf("%s activity entries, want %s", after, before)
	}
	c.want("the next change", c.post(nodes[0], general, "version", "1", "merchant_name", "After"), http.StatusSeeOther, "")
	c.want("its result", c.get(nodes[0], general), http.StatusOK, `value="After"`)
}

func entries(t *testing.T, database string) string {
	t.Helper()
	return ask(t, database, "SELECT count(*) FROM activity")
}

// ask gives PostgreSQL's answer to a query.
func ask(t *testing.T, database, query string) string {
	t.Helper()
	text, err := exec.Command("psql", "-XAtq", database, "-c", query).Output()
	if err != nil {
		t.Fatalf("psql: %v", err)
	}
	return strings.TrimSpace(string(text))
}

// holdActivity keeps everybody out of the activity log until release.
func holdActivity(t *testing.T, database string) (release func()) {
	t.Helper()
	cmd := exec.Command("psql", "-XAtq", database)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "BEGIN; LOCK TABLE activity IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("lock: %q, %v", line, err)
	}
	return func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		cmd.Wait() //nolint:errcheck // psql's exit code says nothing here
	}
}

// C126, C041: while PostgreSQL is away there are 503s that say when to come back, nobody is signed in, and no node needs a restart afterwards.
func TestPostgreSQLAwayAndBackNeedsNoRestart(t *testing.T) {
	t.Parallel()
	server := postgres(t)
	database, err := server.CreateDatabase("portal")
	if err != nil {
		t.Fatal(err)
	}
	nodes, box := startNodes(t, 2, "--database", database, "--master-key-file", masterKey(t))
	c := newClient(t)
	c.signUp(sari, box, nodes...)
	c.want("save", c.post(nodes[0], general, "merchant_name", "Toko"), http.StatusSeeOther, "")

	member, stranger := open(t, nodes[0]), open(t, nodes[1])
	member.visit("/login")
	member.logIn(sari, goodPassword)
	member.at("/sandbox/dashboard")
	stranger.visit("/login")
	stranger.submit("button", "ID")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	member.expect("503")
	member.visit(general)
	member.see("Please try again in a moment")
	member.look("unavailable")
	stranger.expect("503")
	stranger.fill("Email", sari.email)
	stranger.fill("Kata sandi", goodPassword)
	stranger.submit("button", "Masuk ke akun saya")
	stranger.see("Silakan coba beberapa saat lagi")
	stranger.look("unavailable")
	for _, node := range nodes {
		stranger := newClient(t)
		for what, a := range map[string]answer{
			"a page": c.get(node, general), "a change": c.post(node, general, "merchant_name", "Lost"),
			"a sign-in": stranger.post(node, "/login", "email", sari.email, "password", goodPassword),
		} {
			c.want(what, a, http.StatusServiceUnavailable, "")
			if a.header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", what)
			}
		}
		if stranger.cookies["__Host-session"] != "" {
			t.Error("somebody was signed in")
		}
		c.want("ready", c.get(node, "/readyz"), http.StatusServiceUnavailable, "")
		c.want("health", c.get(node, "/healthz"), http.StatusOK, "")
		c.want("login page", newClient(t).get(node, "/login"), http.StatusOK, "Log me in")
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, node := range nodes {
		c.eventually(node, "/readyz", http.StatusOK)
		a := c.eventually(node, general, http.StatusOK)
		c.want("the session and what was saved", a, http.StatusOK, `value="Toko"`)
	}
	t.Logf("both nodes answered %s after PostgreSQL was back", time.Since(began).Round(time.Millisecond))
	c.want("a change", c.post(nodes[1], general, "version", "1", "merchant_name", "Toko dua"), http.StatusSeeOther, "")
	newClient(t).signUp(person{"Warung Budi", "Budi", "budi@warung.test", "0812000000"}, box, nodes...) // mails flow again
}

// C123: a start that was killed at whatever moment can simply be repeated.
func TestAStartKilledAtAnyMomentCanBeRepeated(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"SQLite": nil, "PostgreSQL": onPostgres(t)} {
		data := t.TempDir()
		for wait := time.Duration(0); wait < 80*time.Millisecond; wait += 8 * time.Millisecond {
			p := launch(t, data, flags...)
			killer := time.AfterFunc(wait, func() { p.cmd.Process.Kill() }) //nolint:errcheck // it may have ended by itself
			<-p.done
			killer.Stop()
		}
		p := startPortal(t, data, flags...)
		if a := newClient(t).get(p, "/readyz"); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}
