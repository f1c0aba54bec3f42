// Package mail writes and sends the portal's mails: it turns a queued message into words in the receiver's language with the link
// that it leads to, and hands it to an SMTP server or, on a developer's machine, to a folder. It refuses to take a link's host
// from anything but the configuration (C063), and it is the only importer of the mail library.
package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
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

// Mailer writes mails. All fields but Support are required.
type Mailer struct {
	From         string   // as in a From header
	PublicURL    *url.URL // of the portal
	Brand        string
	Support      string        // support address
	ResetLinkTTL time.Duration // how long a reset link is valid, as the letter says it
	Catalog      *i18n.Catalog
	Sender       Sender
	Now          func() time.Time
}

// Deliver writes and sends one message. The same id gives the same Message-ID, so that a mail sent twice is recognised as one.
func (ml *Mailer) Deliver(ctx context.Context, id string, m outbox.Message) error {
	to, err := receiver(m.To)
	if err != nil {
		return err
	}
	l, err := ml.write(m)
	if err != nil {
		return err
	}
	page, err := l.html()
	if err != nil {
		return err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(ml.From); err != nil {
		return fmt.Errorf("address a mail: %w", err)
	}
	msg.ToMailAddress(to)
	msg.Subject(l.Subject)
	msg.SetDateWithValue(ml.Now())
	msg.SetMessageIDWithValue(id + "@" + ml.PublicURL.Hostname())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, l.text())
	msg.AddAlternativeString(gomail.TypeTextHTML, page)
	return ml.Sender.Send(ctx, id, msg)
}

// receiver accepts one address and nothing around it: no name, no comment, no second address, no line end (C106).
func receiver(address string) (*netmail.Address, error) {
	parsed, err := netmail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return nil, errors.New("the message's receiver is not one bare address")
	}
	return parsed, nil
}

func (ml *Mailer) link(k kind, m outbox.Message) string {
	page := k.page
	if k.inEnvironment {
		page = "/"
		if _, known := environments[m.Environment]; known {
			page += m.Environment + k.page + ownPage[m.Credential]
		}
	}
	u := ml.PublicURL.JoinPath(page)
	if k.token {
		u.RawQuery = url.Values{"token": {m.Token}}.Encode()
	}
	return u.String()
}
