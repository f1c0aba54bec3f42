package mail

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	netmail "net/mail"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/zone"
)

// letter is a mail in the receiver's words, before it is laid out as text or as HTML. Nothing in it is markup.
type letter struct {
	Language, Brand, Subject, Greeting string
	Lead                               string
	Facts                              []fact
	Before                             []string // between the facts and the link
	Button, Link                       string
	After                              []string
	Support                            string // sentence with the support address; may be empty
}

// fact is a line such as "IP address: 203.0.113.9".
type fact struct{ Label, Value string }

func (ml *Mailer) write(m outbox.Message) (*letter, error) {
	k, ok := kinds[m.Kind]
	if !ok {
		return nil, fmt.Errorf("no letter for a message of kind %q", m.Kind)
	}
	p := ml.Catalog.Printer(m.Language)
	words := i18n.Args{"Brand": ml.Brand, "Support": ml.Support, "Valid": validity(p, ml.ResetLinkTTL), "Left": daysLeft(p, m.Days), "Count": m.Count, "Environment": environment(p, m.Environment), "Reason": m.Reason}
	paragraphs := func(ids []string) []string {
		texts := make([]string, 0, len(ids))
		for _, id := range ids {
			texts = append(texts, p.Format(id, words))
		}
		return texts
	}
	// No name in the greeting: a stranger may have typed it, and a name can be an invitation to a bad place.
	l := &letter{
		Language: p.Lang(), Brand: ml.Brand, Subject: p.Format(k.subject, words), Greeting: p.T("mail.greeting"),
		Lead: p.Format(k.before[0], words), Facts: facts(p, k, m), Before: paragraphs(k.before[1:]),
		Button: p.T(k.button), Link: ml.link(k, m), After: paragraphs(k.after),
	}
	if ml.Support != "" {
		l.Support = p.Format(k.support, words)
	}
	return l, nil
}

// facts are what the message tells about the event; what it does not tell is left out.
func facts(p *i18n.Printer, k kind, m outbox.Message) []fact {
	where := zone.Of(m.Zone)
	moment := func(milliseconds int64) string {
		if milliseconds == 0 {
			return ""
		}
		return p.Time(time.UnixMilli(milliseconds), where)
	}
	all := []fact{
		{p.T(cmp.Or(k.at, "mail.when")), moment(m.At)},
		{p.T("mail.browser"), browser(p, m.Browser)},
		{p.T("mail.address"), address(m.Address)},
		{p.T(cmp.Or(k.by, "mail.by")), mailbox(m.By)},
		{p.T("mail.merchant"), merchant(m.Merchant)},
		{p.T("mail.key.environment"), environment(p, m.Environment)},
	}
	if k.until != "" {
		all = append([]fact{{p.T(k.until), moment(m.Until)}}, all...)
	}
	all = append(keyFacts(p, m), all...)
	known := all[:0]
	for _, f := range all {
		if f.Value != "" {
			known = append(known, f)
		}
	}
	return known
}

// browser says "Chrome on Windows" in the receiver's language.
func browser(p *i18n.Printer, text string) string {
	name, system, both := strings.Cut(plain(text), " on ")
	if !both {
		return name
	}
	return p.Format("mail.browser_on", i18n.Args{"Browser": name, "System": system})
}

// maxBrowser is how much of a browser's name is shown, in characters.
const maxBrowser = 80

// plain keeps letters, digits, brackets and hyphens of a browser's name: a stranger chose it, and mail programs make links of whatever
// looks like a host (C108).
func plain(browser string) string {
	text := []rune(strings.Join(strings.FieldsFunc(browser, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("()-", r)
	}), " "))
	return string(text[:min(len(text), maxBrowser)])
}

// address shows an IP address, and nothing that is none.
func address(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

// mailbox shows an e-mail address, and nothing that is none.
func mailbox(text string) string {
	parsed, err := netmail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		return ""
	}
	return text
}

var merchantID = regexp.MustCompile(`^G[0-9]{9}$`)

// merchant shows a Merchant ID, never a name: somebody who signs up chooses that, and could write anything into the mails of strangers.
func merchant(text string) string { return merchantID.FindString(text) }

// environment names an environment, and nothing that is none.
func environment(p *i18n.Printer, stored string) string {
	id, known := environments[stored]
	if !known {
		return ""
	}
	return p.T(id)
}

// validity is for how long a link lasts; minutes that have only begun are not promised.
func validity(p *i18n.Printer, d time.Duration) string {
	if d >= 2*time.Minute {
		d = d.Truncate(time.Minute)
	}
	return p.Span(d)
}

func daysLeft(p *i18n.Printer, days int) string {
	if days < 1 {
		return p.T("mail.day_less")
	}
	return p.Span(time.Duration(days) * day)
}

const day = 24 * time.Hour

// text lays the letter out as text. Its first URL is the letter's link.
func (l *letter) text() string {
	paragraphs := []string{l.Greeting, l.Lead}
	if len(l.Facts) > 0 {
		var lines []string
		for _, f := range l.Facts {
			lines = append(lines, f.Label+": "+f.Value)
		}
		paragraphs = append(paragraphs, strings.Join(lines, "\n"))
	}
	paragraphs = append(paragraphs, l.Before...)
	paragraphs = append(paragraphs, l.Button+":\n"+l.Link)
	paragraphs = append(paragraphs, l.After...)
	end := l.Brand
	if l.Support != "" {
		end = l.Support + "\n\n" + end
	}
	return strings.Join(append(paragraphs, end), "\n\n") + "\n"
}

//go:embed letter.html
var layoutText string

// layout is read at the first mail: a start needs none of it.
var layout = sync.OnceValues(func() (*template.Template, error) { return template.New("letter").Parse(layoutText) })

// html lays the letter out for mail programs that show HTML, everything escaped (C108).
func (l *letter) html() (string, error) {
	t, err := layout()
	if err != nil {
		return "", fmt.Errorf("layout of mails: %w", err)
	}
	var page strings.Builder
	if err := t.Execute(&page, l); err != nil {
		return "", fmt.Errorf("lay out a mail: %w", err)
	}
	return page.String(), nil
}
