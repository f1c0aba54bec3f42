package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// clientFor trusts the pair, speaks HTTP/2 where it is offered, and follows no redirect.
func clientFor(t *testing.T, f pairFiles) *http.Client {
	transport := &http.Transport{TLSClientConfig: f.client(t), ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func get(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close() //nolint:errcheck // read whole
	return answer
}

// C073: the whole program with a certificate: https and HTTP/2, and on the same port plain http leads there.
func TestWithACertificateThePortalIsReachedByHTTPSAlone(t *testing.T) {
	f := newPairFiles(t, 1)
	address, stop := start(t, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--tls-cert", f.cert, "--tls-key", f.key)
	defer stop()
	if !strings.HasPrefix(address, "https://127.0.0.1:") {
		t.Fatalf("the portal is at %s", address)
	}
	client := clientFor(t, f)
	defer client.CloseIdleConnections()
	for path, status := range map[string]int{"/login": http.StatusOK, "/": http.StatusSeeOther} {
		answer := get(t, client, address+path)
		if answer.StatusCode != status || answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %s %s, %v", path, answer.Proto, answer.Status, answer.Header)
		}
	}
	plain := get(t, client, strings.Replace(address, "https:", "http:", 1)+"/login?next=%2Fa")
	if plain.StatusCode != http.StatusPermanentRedirect || plain.Header.Get("Location") != address+"/login?next=%2Fa" {
		t.Errorf("plain http: %s to %q", plain.Status, plain.Header.Get("Location"))
	}
	if got := plain.Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("plain http: Strict-Transport-Security = %q", got)
	}
}

// open makes an entrance to portal, and gives what it logs.
func open(t *testing.T, portal http.HandlerFunc, args ...string) (*entrance, *strings.Builder) {
	t.Helper()
	c, err := parseConfig(append([]string{"--listen", "127.0.0.1:0"}, args...), nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	log := new(strings.Builder)
	e, err := listen(t.Context(), c, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	e.serve(portal)
	t.Cleanup(e.close)
	return e, log
}

func TestASecondAddressLeadsPlainHTTPToThePublicURL(t *testing.T) {
	f := newPairFiles(t, 1)
	e, log := open(t, http.NotFound, "--tls-cert", f.cert, "--tls-key", f.key, "--listen-http", "127.0.0.1:0", "--public-url", "https://portal.example.com", "--smtp", "smtp://x")
	second := "http://" + e.http.Addr().String()
	if !strings.Contains(log.String(), e.http.Addr().String()) {
		t.Errorf("the log does not name the second address: %s", log)
	}
	for _, from := range []string{second, "http://" + e.main.Addr().String()} {
		answer := get(t, clientFor(t, f), from+"/a%2Fb?c=d")
		if answer.StatusCode != http.StatusPermanentRedirect || answer.Header.Get("Location") != "https://portal.example.com/a%2Fb?c=d" {
			t.Errorf("%s: %s to %q", from, answer.Status, answer.Header.Get("Location"))
		}
	}
}

// C063: whatever a request line or a Host header says, a redirect stays on the configured host.
func TestARedirectTakesItsHostFromTheConfigurationAlone(t *testing.T) {
	portal := &url.URL{Scheme: "https", Host: "portal.example.com:8443"}
	for line, want := range map[string]string{
		"GET /":                        "/",
		"POST /login?x=1&y=%0d%0a":     "/login?x=1&y=%0d%0a",
		"GET //evil.test/x":            "//evil.test/x",
		"GET http://evil.test/x?y":     "/x?y",
		"GET x:.evil.test":             "",
		"GET /%2e%2e//@evil.test/?a@b": "/%2e%2e//@evil.test/?a@b",
		"OPTIONS *":                    "/*",
		"CONNECT evil.test:443":        "",
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + " HTTP/1.1\r\nHost: evil.test\r\nX-Forwarded-Host: evil.test\r\n\r\n")))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		w := new(recorded)
		redirectTo(portal).ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.status != http.StatusPermanentRedirect || got != portal.String()+want {
			t.Errorf("%s: %d to %q, want %q", line, w.status, got, portal.String()+want)
		}
	}
}

// recorded keeps the head of an answer.
type recorded struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (r *recorded) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

// Write implements http.ResponseWriter.
func (r *recorded) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (r *recorded) WriteHeader(status int) { r.status = status }

func TestOldVersionsOfTLSAreRefused(t *testing.T) {
	f := newPairFiles(t, 1)
	e, _ := open(t, http.NotFound, "--tls-cert", f.cert, "--tls-key", f.key)
	for version, want := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		config := f.client(t)
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, version
		conn, err := tls.Dial("tcp", e.main.Addr().String(), config)
		if got := err == nil; got != want {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			conn.Close() //nolint:errcheck // nothing was said
		}
	}
}

func TestAnAddressThatIsTakenStopsTheStartAndFreesTheOther(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nobody came
	f := newPairFiles(t, 1)
	c := &Config{Listen: "127.0.0.1:0", ListenHTTP: taken.Addr().String(), TLSCert: f.cert, TLSKey: f.key}
	if _, err = listen(t.Context(), c, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Fatalf("listen: %v", err)
	}
	if conn, err := net.Dial("tcp", c.publicURL.Host); err == nil {
		conn.Close() //nolint:errcheck // it should not be there
		t.Error("the first address is still taken")
	}
}

// An answer under way is finished; a stranger who sends a redirect's request slowly holds up nothing.
func TestTheEndWaitsForAnswersButNotForRedirects(t *testing.T) {
	f := newPairFiles(t, 1)
	begun, finish := make(chan struct{}), make(chan struct{})
	e, _ := open(t, func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		w.WriteHeader(http.StatusTeapot)
	}, "--tls-cert", f.cert, "--tls-key", f.key)
	slow, err := net.Dial("tcp", e.main.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close() //nolint:errcheck // the portal closes it
	if _, err := io.WriteString(slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answered := make(chan int, 1)
	go func() { answered <- get(t, clientFor(t, f), e.url.String()).StatusCode }()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- e.shutdown(context.WithoutCancel(t.Context())) }()
	err = slow.SetReadDeadline(time.Now().Add(10 * time.Second)) // of a test that fails: the body would be waited for longer
	if _, copyErr := io.Copy(io.Discard, slow); err != nil || errors.Is(copyErr, os.ErrDeadlineExceeded) {
		t.Errorf("the slow request is still waited for: %v, %v", err, copyErr)
	}
	close(finish)
	if status := <-answered; status != http.StatusTeapot {
		t.Errorf("the answer under way: %d", status)
	}
	if err := <-ended; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}
