package mail

import (
	"regexp"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/outbox"
)

// keyLetter tells of access keys; the support address is for whoever did not do it.
func keyLetter(subject, until string, before ...string) kind {
	return kind{
		subject: subject, before: before, until: until, button: "mail.key.button", page: "/settings/access-keys", inEnvironment: true,
		support: "mail.support_alarm",
	}
}

// The words for what a message names as it is stored.
var (
	credentials = map[string]string{
		"client": "keys.client", "server": "keys.server", "snap_secret": "mail.key.secret", "snap_public_key": "mail.key.public_key",
	}
	// ownPage is where those stand that are not in the list of keys, below it.
	ownPage      = map[string]string{"snap_secret": "/bi-snap", "snap_public_key": "/bi-snap"}
	environments = map[string]string{"sandbox": "environment.sandbox", "production": "environment.production"}
)

// lastFour is all of a key that a letter may hold (C089).
var lastFour = regexp.MustCompile(`^[A-Za-z0-9_+/=-]{4}$`)

// keyFacts say which keys a message is about, none where it is about no key.
func keyFacts(p *i18n.Printer, m outbox.Message) []fact {
	name, known := credentials[m.Credential]
	if !known || !lastFour.MatchString(m.LastFour) {
		return nil
	}
	found := []fact{{p.T("mail.key.name"), p.Format("mail.key.named", i18n.Args{"Kind": p.T(name), "LastFour": m.LastFour})}}
	if lastFour.MatchString(m.NewLastFour) {
		found = append(found, fact{p.T("mail.key.new"), p.Format(newKey(m), i18n.Args{"LastFour": m.NewLastFour})})
	}
	if m.Kind == outbox.KeyEndsSoon && m.At == 0 {
		found = append(found, fact{p.T("mail.key.last_used"), p.T("mail.key.never")})
	}
	return found
}

// newKey is how a letter speaks of the new key: whether it is in use matters before the old one ends.
func newKey(m outbox.Message) string {
	switch {
	case m.Kind != outbox.KeyEndsSoon:
		return "mail.key.new_four"
	case m.NewUsed:
		return "mail.key.new_used"
	default:
		return "mail.key.new_unused"
	}
}
