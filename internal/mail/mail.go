// Package mail writes and sends the portal's mails: it turns a queued message into words in the receiver's language with the link
// that it leads to, and hands it to an SMTP server or, on a developer's machine, to a folder. It refuses to take a link's host
// from anything but the configuration (C063), and it is the only importer of the mail library.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	gomail "github.com/wneessen/go-mail"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/outbox"
)

// Sender takes a written mail to where it goes.
type Sender interface {
	Send(ctx context.Context, id string, m *gomail.Msg) error
}

// Mailer writes mails.
type Mailer struct {
	From      string   // as in a From header
	PublicURL *url.URL // of the portal
	Brand     string
	Support   string // support address, may be empty
	Catalog   *i18n.Catalog
	Sender    Sender
	Now       func() time.Time
}

// letter is what is particular to a kind of message: its catalog ids and the page it leads to.
type letter struct {
	subject, text string
	page          string // path; the token, if any, is appended as the query's token
}

var letters = map[outbox.Kind]letter{
	outbox.ConfirmRegistration: {"mail.confirm.subject", "mail.confirm.text", "/register/confirm"},
	outbox.AlreadyRegistered:   {"mail.known.subject", "mail.known.text", "/login"},
}

// Deliver writes and sends one message. The same id gives the same Message-ID, so that a mail sent twice is recognised as one.
func (ml *Mailer) Deliver(ctx context.Context, id string, m outbox.Message) error {
	l, ok := letters[m.Kind]
	if !ok {
		return fmt.Errorf("no letter for a message of kind %q", m.Kind)
	}
	p := ml.Catalog.Printer(m.Language)
	words := i18n.Args{"Brand": ml.Brand, "Support": ml.Support, "Link": ml.link(l.page, m.Token)}
	// No name in the greeting: a stranger may have typed it, and a name can be an invitation to a bad place.
	text := p.T("mail.greeting") + "\n\n" + p.Format(l.text, words) + "\n\n" + p.Format("mail.signature", words)
	if ml.Support != "" {
		text += "\n" + p.Format("mail.support", words)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(ml.From), msg.To(m.To)); err != nil {
		return fmt.Errorf("address a mail: %w", err)
	}
	msg.Subject(p.Format(l.subject, words))
	msg.SetDateWithValue(ml.Now())
	msg.SetMessageIDWithValue(id + "@" + ml.PublicURL.Hostname())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, text+"\n")
	return ml.Sender.Send(ctx, id, msg)
}

func (ml *Mailer) link(page, token string) string {
	u := ml.PublicURL.JoinPath(page)
	if token != "" {
		u.RawQuery = url.Values{"token": {token}}.Encode()
	}
	return u.String()
}
