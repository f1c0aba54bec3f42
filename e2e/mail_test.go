package e2e

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// letter is a received mail.
type letter struct {
	to, subject, text, id string
}

var firstURL = regexp.MustCompile(`https?://\S+`)

// action is the first URL of the text.
func (l letter) action() string { return firstURL.FindString(l.text) }

// mailbox is an SMTP server that keeps what it gets.
type mailbox struct {
	addr    string
	mu      sync.Mutex
	letters []letter
	arrived chan struct{}
}

func startMailbox(t *testing.T) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &mailbox{addr: listener.Addr().String(), arrived: make(chan struct{}, 100)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{box: b}, nil }))
	server.Domain = "example.test"
	go server.Serve(listener) //nolint:errcheck // ends with Close
	t.Cleanup(func() { server.Close() })
	return b
}

type delivery struct {
	box *mailbox
	to  string
}

// Mail, Rcpt, Data, Reset and Logout implement smtp.Session.
func (*delivery) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt notes the receiver.
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error { d.to = to; return nil }

// Data keeps the mail.
func (d *delivery) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	plain, err := multipart.NewReader(m.Body, parameters["boundary"]).NextPart() // the text; HTML comes after it
	if err != nil {
		return err
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	d.box.mu.Lock()
	d.box.letters = append(d.box.letters, letter{d.to, subject, string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))), m.Header.Get("Message-ID")})
	d.box.mu.Unlock()
	d.box.arrived <- struct{}{}
	return nil
}

// Reset implements smtp.Session.
func (*delivery) Reset() {}

// Logout implements smtp.Session.
func (*delivery) Logout() error { return nil }

// wait gives the first mail to an address with a subject, and takes it out.
func (b *mailbox) wait(t *testing.T, to, subject string) letter {
	t.Helper()
	deadline := time.After(15 * time.Second)
	for {
		b.mu.Lock()
		for i, l := range b.letters {
			if l.to == to && l.subject == subject {
				b.letters = append(b.letters[:i:i], b.letters[i+1:]...)
				b.mu.Unlock()
				return l
			}
		}
		b.mu.Unlock()
		select {
		case <-b.arrived:
		case <-deadline:
			t.Fatalf("no mail %q to %s within 15 s; there are %v", subject, to, b.letters)
		}
	}
}
