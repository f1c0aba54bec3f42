package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"

	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
)

// trouble is a Sender that fails as it is told.
type trouble struct{ err error }

// Send implements mail.Sender.
func (s *trouble) Send(context.Context, string, *gomail.Msg) error { return s.err }

func TestHealthSaysSinceWhenMailsFail(t *testing.T) {
	log, now, sender := new(bytes.Buffer), noon, new(trouble)
	h := &mail.Health{Sender: sender, Logger: slog.New(slog.NewTextHandler(log, nil)), Now: func() time.Time { return now }}
	ml := newMailer(t, h)
	dead := errors.New("dial tcp 192.0.2.7:587: sari@example.test")
	if got := h.Line(); got != "mail: ok" {
		t.Errorf("before the first mail: %q", got)
	}
	for i, step := range []struct {
		err  error
		want string
	}{
		{nil, "mail: ok"},
		{fmt.Errorf("%w: 550", mail.ErrRefused), "mail: ok"},
		{context.Canceled, "mail: ok"},
		{dead, "mail: failing since 2026-11-21T05:03:00Z"},
		{dead, "mail: failing since 2026-11-21T05:03:00Z"},
		{mail.ErrRefused, "mail: failing since 2026-11-21T05:03:00Z"},
		{context.DeadlineExceeded, "mail: failing since 2026-11-21T05:03:00Z"},
		{nil, "mail: ok"},
		{dead, "mail: failing since 2026-11-21T05:08:00Z"},
	} {
		now, sender.err = noon.Add(time.Duration(i)*time.Minute), step.err
		m := full(outbox.ResetPassword, "en")
		m.To = "sari@example.test"
		if err := ml.Deliver(t.Context(), "ID7", m); !errors.Is(err, step.err) {
			t.Errorf("step %d: the outcome is %v, want %v", i, err, step.err)
		}
		if got := h.Line(); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
	if !strings.Contains(log.String(), `msg="mails go out again"`) || !strings.Contains(log.String(), "failed_attempts=3") || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("the log says %q", log)
	}
}

// picky is a mail server that answers RCPT TO as it is told.
type picky struct{ answer *smtp.SMTPError }

// Mail, Rcpt, Data, Reset and Logout implement smtp.Session.
func (picky) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt gives the answer.
func (p picky) Rcpt(string, *smtp.RcptOptions) error {
	if p.answer == nil {
		return nil
	}
	return p.answer
}

// Data takes everything.
func (picky) Data(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }

// Reset implements smtp.Session.
func (picky) Reset() {}

// Logout implements smtp.Session.
func (picky) Logout() error { return nil }

func TestARefusedReceiverIsNoDeadMailServer(t *testing.T) {
	for _, tc := range []struct {
		answer  *smtp.SMTPError
		refused bool
		line    string
	}{
		{nil, false, "mail: ok"},
		{&smtp.SMTPError{Code: 550, Message: "no such user"}, true, "mail: ok"},
		{&smtp.SMTPError{Code: 450, Message: "later"}, true, "mail: ok"},
		{&smtp.SMTPError{Code: 421, Message: "going down"}, false, "mail: failing since 2026-11-21T05:00:00Z"},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return picky{tc.answer}, nil }))
		go server.Serve(listener)            //nolint:errcheck // ends with Close
		t.Cleanup(func() { server.Close() }) //nolint:errcheck // nothing is left to lose
		sender, err := mail.NewSMTP("smtp://" + listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		h := &mail.Health{Sender: sender, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon }}
		m := full(outbox.ResetPassword, "en")
		m.To = "sari@example.test"
		if err := newMailer(t, h).Deliver(t.Context(), "ID7", m); errors.Is(err, mail.ErrRefused) != tc.refused || (err == nil) != (tc.answer == nil) {
			t.Errorf("answer %v: %v", tc.answer, err)
		}
		if got := h.Line(); got != tc.line {
			t.Errorf("answer %v: %q, want %q", tc.answer, got, tc.line)
		}
	}
}
