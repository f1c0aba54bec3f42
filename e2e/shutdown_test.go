package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
)

// unfinished is a form of which the portal has everything but the last bytes, and is waiting for them.
type unfinished struct {
	net.Conn
	answers *bufio.Reader
	rest    string
}

// beginLogin sends half a login form. The portal asks for the body when its handler reads it: from then on the request is under way.
func beginLogin(t *testing.T, p *portal) unfinished {
	t.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) //nolint:errcheck // the portal may have been faster
	form := values("email", "nobody@example.test", "password", goodPassword).Encode()
	_, err = fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		u.Host, p.url, len(form))
	if err != nil {
		t.Fatal(err)
	}
	r := unfinished{conn, bufio.NewReader(conn), form[10:]}
	if line, err := r.answers.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := conn.Write([]byte(form[:10])); err != nil {
		t.Fatal(err)
	}
	return r
}

// C125: from SIGTERM on a node is not ready; what is under way gets its answer; the program ends with exit code 0.
func TestSIGTERMFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	p := startPortal(t, t.TempDir())
	r := beginLogin(t, p)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c := newClient(t)
	for deadline := time.Now().Add(5 * time.Second); ; {
		if a, err := c.send(http.MethodGet, p, "/readyz", nil); err != nil || a.status != http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("still ready")
		}
	}
	if _, err := r.Write([]byte(r.rest)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.answers.ReadString('\n'); err != nil { // the empty line after "100 Continue"
		t.Fatal(err)
	}
	a, err := http.ReadResponse(r.answers, nil)
	if err != nil || a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("what was under way: %v, %v", a, err)
	}
	p.wantEnd(t, 5*time.Second)
}

// C125: who does not finish does not hold the program up for long.
func TestSIGTERMDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	p := startPortal(t, t.TempDir())
	beginLogin(t, p)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.wantEnd(t, 14*time.Second)
	if !strings.Contains(p.log.String(), "broken off") {
		t.Errorf("the log says nothing of it:\n%s", p.log)
	}
}

// wantEnd waits for the end of the program, with exit code 0.
func (p *portal) wantEnd(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case err := <-p.done:
		if err != nil {
			t.Errorf("ended with %v\n%s", err, p.log)
		}
	case <-time.After(within):
		t.Errorf("still there after %s", within)
	}
}
