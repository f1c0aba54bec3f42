package mail

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// smtpTimeout bounds one delivery; the job around it ends a little later.
const smtpTimeout = 20 * time.Second

// SMTP sends through a mail server.
type SMTP struct {
	host    string
	options []gomail.Option
}

// NewSMTP reads a URL: smtp://user:password@host:587 (STARTTLS is required, but on this machine) or smtps://host:465 (TLS from the start).
func NewSMTP(raw string) (*SMTP, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || (u.Path != "" && u.Path != "/") {
		return nil, fmt.Errorf("the mail server must look like smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	options := []gomail.Option{gomail.WithTimeout(smtpTimeout)}
	port, policy := 587, gomail.TLSMandatory
	if u.Scheme == "smtps" {
		port = 465
		options = append(options, gomail.WithSSL())
	} else if onThisMachine(u.Hostname()) {
		policy = gomail.TLSOpportunistic
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("the mail server's port must be a number")
		}
	}
	options = append(options, gomail.WithPort(port), gomail.WithTLSPolicy(policy))
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, err := gomail.NewClient(u.Hostname(), options...); err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return &SMTP{host: u.Hostname(), options: options}, nil
}

func onThisMachine(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// Send delivers one mail over a connection of its own. A server that answers but does not take the receiver gives ErrRefused.
func (s *SMTP) Send(ctx context.Context, _ string, m *gomail.Msg) error {
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, m)
	if failed := (*gomail.SendError)(nil); errors.As(err, &failed) && failed.Reason == gomail.ErrSMTPRcptTo && isRefusal(failed.ErrorCode()) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

// isRefusal tells an answer about the receiver from none (0) and from that of a server that is about to go (421).
func isRefusal(code int) bool { return code != 0 && code != 421 }
