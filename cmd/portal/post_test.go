package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/outbox"
)

// nobody gives the address of a mail server that is not there.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was never used
	return "smtp://" + l.Addr().String()
}

func TestADeadMailServerStopsNoStartAndReadySpeaksOfMails(t *testing.T) {
	url, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--smtp", nobody(t))
	defer stop()
	answer, err := http.Get(url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(answer.Body)
	if want := "ready\nmail: ok\n"; err != nil || answer.StatusCode != http.StatusOK || string(text) != want {
		t.Errorf("%s %q (%v), want 200 %q", answer.Status, text, err, want)
	}
}

func TestEveryAttemptAtADeadMailServerIsNoticed(t *testing.T) {
	c, err := parseConfig([]string{"--smtp", nobody(t), "--public-url", "http://127.0.0.1:8080"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPost(c, catalog, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if p.inbox != nil {
		t.Error("there is an inbox beside the mail server")
	}
	m := outbox.Message{Kind: outbox.ResetPassword, To: "sari@example.test", Language: "en", Token: "secret-token"}
	err = p.mailer.Deliver(t.Context(), "ID7", m)
	if err == nil || strings.Contains(err.Error(), m.Token) {
		t.Errorf("the attempt ended with %v", err)
	}
	if got := p.health.Line(); !strings.HasPrefix(got, "mail: failing since 2") {
		t.Errorf("ready says %q", got)
	}
}

func TestTheResetLetterSaysTheValidityThatWasSet(t *testing.T) {
	c, err := parseConfig([]string{"--data", t.TempDir(), "--reset-link-ttl", "30m", "--public-url", "http://127.0.0.1:8080"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPost(c, catalog, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.mailer.Deliver(t.Context(), "ID7", outbox.Message{Kind: outbox.ResetPassword, To: "sari@example.test", Token: "t"}); err != nil {
		t.Fatal(err)
	}
	letters, err := p.inbox.Letters()
	if err != nil || len(letters) != 1 || !strings.Contains(letters[0].Text, "valid for 30 minutes") || p.health.Line() != "mail: ok" {
		t.Errorf("got %v, %v; ready says %q", letters, err, p.health.Line())
	}
}
