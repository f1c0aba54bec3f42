package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/mail"
	"merchant-portal/web"
)

// post is how mails leave: the mailer, whether it gets rid of them, and the inbox where they stay on a developer's machine, else nil.
type post struct {
	mailer *mail.Mailer
	health *mail.Health
	inbox  web.Inbox
}

func newPost(c *Config, catalog *i18n.Catalog, logger *slog.Logger) (*post, error) {
	health := &mail.Health{Logger: logger, Now: time.Now}
	p := &post{health: health, mailer: &mail.Mailer{
		From: c.MailFrom, PublicURL: c.publicURL, Brand: c.BrandName, Support: c.SupportEmail, ResetLinkTTL: c.rules.ResetLinkTTL,
		Catalog: catalog, Sender: health, Now: time.Now,
	}}
	if c.SMTP == "" {
		folder := mail.Folder{Path: filepath.Join(c.Data, "mail")}
		health.Sender, p.inbox = folder, folder
		return p, nil
	}
	sender, err := mail.NewSMTP(c.SMTP)
	if err != nil {
		return nil, fmt.Errorf("--smtp: %w", err)
	}
	health.Sender = sender
	return p, nil
}
