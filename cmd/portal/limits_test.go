package main

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come: far longer than any limit of these tests, far shorter than those of the program.
const patience = 20 * time.Second

// C111: the program's own limits. Whoever changes them changes this line too.
func TestEveryLimitIsSet(t *testing.T) {
	if want := (limits{5 * time.Second, 15 * time.Second, 30 * time.Second, 2 * time.Minute, 32 << 10}); peers != want {
		t.Errorf("limits are %+v, want %+v", peers, want)
	}
	s := newHTTPServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler), peers)
	if s.ReadHeaderTimeout != peers.header || s.ReadTimeout != peers.read || s.WriteTimeout != peers.write || s.IdleTimeout != peers.idle ||
		s.MaxHeaderBytes != peers.headerBytes {
		t.Errorf("the server does not have its limits: %+v", s)
	}
}

// connect starts a server with these limits and connects to it.
func connect(t *testing.T, l limits, h http.HandlerFunc) net.Conn {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newHTTPServer(h, slog.New(slog.DiscardHandler), l)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close() //nolint:errcheck // it is over
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the server may have been faster
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// wantCutOff waits until the server hangs up and gives what it had said.
func wantCutOff(t *testing.T, c net.Conn) string {
	t.Helper()
	said, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the server still waits; it said %q", said)
	}
	return string(said)
}

func wantCause(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the handler ended with %v, want the deadline", err)
		}
	case <-time.After(patience):
		t.Error("the handler still waits")
	}
}

const short = 50 * time.Millisecond

func TestWhoeverIsSlowWithHeadersIsCutOff(t *testing.T) {
	long := limits{read: time.Hour, write: time.Hour, idle: time.Hour, header: short, headerBytes: 1 << 10}
	c := connect(t, long, func(http.ResponseWriter, *http.Request) { t.Error("half a request was served") })
	say(t, c, "GET / HTTP/1.1\r\nHost: portal.test\r\nX-Slow: ")
	if said := wantCutOff(t, c); strings.Contains(said, " 200 ") {
		t.Errorf("said %q", said)
	}
}

func TestWhoeverIsSlowWithABodyIsCutOff(t *testing.T) {
	ended := make(chan error, 1)
	l := limits{read: short, write: time.Hour, idle: time.Hour, header: short, headerBytes: 1 << 10}
	c := connect(t, l, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		ended <- err
	})
	say(t, c, "POST / HTTP/1.1\r\nHost: portal.test\r\nContent-Length: 100\r\n\r\nemail=")
	wantCause(t, ended)
	wantCutOff(t, c)
}

func TestWhoeverIsSlowToReadIsCutOff(t *testing.T) {
	ended := make(chan error, 1)
	l := limits{read: time.Hour, write: short, idle: time.Hour, header: time.Hour, headerBytes: 1 << 10}
	c := connect(t, l, func(w http.ResponseWriter, _ *http.Request) {
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil {
				ended <- err
				return
			}
		}
	})
	say(t, c, "GET / HTTP/1.1\r\nHost: portal.test\r\n\r\n")
	wantCause(t, ended) // nothing is read until then
	wantCutOff(t, c)
}

func TestWhoeverStaysSilentBetweenRequestsIsCutOff(t *testing.T) {
	l := limits{read: time.Hour, write: time.Hour, idle: short, header: time.Hour, headerBytes: 1 << 10}
	c := connect(t, l, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	say(t, c, "GET / HTTP/1.1\r\nHost: portal.test\r\n\r\n")
	if said := wantCutOff(t, c); !strings.HasPrefix(said, "HTTP/1.1 204 ") {
		t.Errorf("said %q", said)
	}
}

// The answer to too large headers is the library's own, with nothing in it.
func TestTooLargeHeadersAreRefused(t *testing.T) {
	c := connect(t, peers, func(http.ResponseWriter, *http.Request) { t.Error("the request was served") })
	const slack = 4 << 10 // that net/http adds to the limit
	say(t, c, "GET / HTTP/1.1\r\nHost: portal.test\r\nCookie: x="+strings.Repeat("x", peers.headerBytes+slack)+"\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge || answer.Header.Get("Server") != "" {
		t.Errorf("%s", answer.Status)
	}
}
