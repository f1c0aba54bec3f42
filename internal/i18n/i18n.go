// Package i18n speaks the portal's two languages. The words stand in message catalogs (messages/*.en.json, *.id.json); pages, errors
// and mails name them by id. It refuses to start with a message that one of the languages lacks.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed messages/*.json
var files embed.FS

// The languages.
const (
	English    = "en"
	Indonesian = "id"
)

// Args is what is filled into a message.
type Args = map[string]any

// Catalog holds every message in every language.
type Catalog struct {
	printers map[string]*Printer
	ids      []string
	matcher  language.Matcher
}

// Load reads the catalogs. A message that stands twice, or that one language lacks, is an error.
func Load() (*Catalog, error) {
	bundle := i18n.NewBundle(language.English)
	messages := map[string]map[string]string{English: {}, Indonesian: {}}
	names, err := fs.Glob(files, "messages/*.json")
	if err != nil {
		return nil, fmt.Errorf("list catalogs: %w", err)
	}
	for _, name := range names {
		if err := read(name, messages); err != nil {
			return nil, fmt.Errorf("catalog %s: %w", name, err)
		}
	}
	c := &Catalog{printers: map[string]*Printer{}, matcher: language.NewMatcher([]language.Tag{language.English, language.Indonesian})}
	for id := range messages[English] {
		c.ids = append(c.ids, id)
	}
	slices.Sort(c.ids)
	for lang, own := range messages {
		if len(own) != len(c.ids) {
			return nil, fmt.Errorf("the catalogs differ: %s", strings.Join(difference(messages), ", "))
		}
		printer, err := newPrinter(bundle, lang, own)
		if err != nil {
			return nil, err
		}
		c.printers[lang] = printer
	}
	if d := difference(messages); len(d) > 0 {
		return nil, fmt.Errorf("the catalogs differ: %s", strings.Join(d, ", "))
	}
	return c, nil
}

// read adds one file, whose name is AREA.LANGUAGE.json.
func read(name string, messages map[string]map[string]string) error {
	content, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	parts := strings.Split(path.Base(name), ".")
	own, known := messages[parts[len(parts)-2]]
	if !known {
		return fmt.Errorf("no such language")
	}
	var flat map[string]string
	if err := json.Unmarshal(content, &flat); err != nil {
		return err
	}
	for id, text := range flat {
		if _, twice := own[id]; twice {
			return fmt.Errorf("message %s stands twice", id)
		}
		own[id] = text
	}
	return nil
}

func difference(messages map[string]map[string]string) []string {
	var missing []string
	for id := range messages[English] {
		if _, ok := messages[Indonesian][id]; !ok {
			missing = append(missing, id+" (id)")
		}
	}
	for id := range messages[Indonesian] {
		if _, ok := messages[English][id]; !ok {
			missing = append(missing, id+" (en)")
		}
	}
	slices.Sort(missing)
	return missing
}

// Printer gives the printer of a language; for a language that the portal does not speak, the English one.
func (c *Catalog) Printer(lang string) *Printer {
	if p, ok := c.printers[lang]; ok {
		return p
	}
	return c.printers[English]
}

// Match gives the printer that fits an Accept-Language header best: English unless Indonesian is preferred.
func (c *Catalog) Match(acceptLanguage string) *Printer {
	if acceptLanguage == "" {
		return c.printers[English]
	}
	_, index := language.MatchStrings(c.matcher, acceptLanguage)
	if index == 1 {
		return c.printers[Indonesian]
	}
	return c.printers[English]
}

// IDs lists the ids of all messages, sorted.
func (c *Catalog) IDs() []string { return c.ids }

// Printer speaks one language. It is shared and safe for concurrent use.
type Printer struct {
	lang      string
	plain     map[string]string
	filled    map[string][]string // with parameters: text and name in turn, beginning and ending with a text
	months    []string
	localizer *i18n.Localizer
}

// newPrinter keeps plain messages in a map, and those whose parameters only stand for themselves cut in pieces; go-i18n gets what asks for more.
func newPrinter(bundle *i18n.Bundle, lang string, own map[string]string) (*Printer, error) {
	p := &Printer{lang: lang, plain: make(map[string]string, len(own)), filled: map[string][]string{}, localizer: i18n.NewLocalizer(bundle, lang)}
	for id, text := range own {
		if !strings.Contains(text, "{{") {
			p.plain[id] = text
			continue
		}
		if pieces, simple := cut(text); simple {
			p.filled[id] = pieces
			continue
		}
		if err := bundle.AddMessages(language.Make(lang), &i18n.Message{ID: id, Other: text}); err != nil {
			return nil, fmt.Errorf("message %s: %w", id, err)
		}
	}
	p.months = strings.Fields(own["time.months"])
	return p, nil
}

// Lang is the language's tag, for the lang attribute.
func (p *Printer) Lang() string { return p.lang }

// T gives a message without parameters; it does not allocate. An unknown id comes back in brackets that no text uses.
func (p *Printer) T(id string) string {
	if text, ok := p.plain[id]; ok {
		return text
	}
	return "⟦" + id + "⟧"
}

// Format gives a message with its parameters filled in. A time.Duration among them is written out (Span).
func (p *Printer) Format(id string, args Args) string {
	if text, ok := p.plain[id]; ok {
		return text
	}
	for name, value := range args {
		if length, ok := value.(time.Duration); ok {
			args = maps.Clone(args)
			args[name] = p.Span(length)
		}
	}
	if pieces, ok := p.filled[id]; ok {
		return fill(pieces, args)
	}
	text, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: args})
	if err != nil {
		return "⟦" + id + "⟧"
	}
	return text
}

// cut takes a message apart at its parameters, or reports that one of them is more than a name.
func cut(text string) (pieces []string, simple bool) {
	for {
		before, rest, found := strings.Cut(text, "{{")
		pieces = append(pieces, before)
		if !found {
			return pieces, true
		}
		name, after, closed := strings.Cut(rest, "}}")
		name, dotted := strings.CutPrefix(strings.TrimSpace(name), ".")
		odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
		if !closed || !dotted || name == "" || strings.ContainsFunc(name, odd) {
			return nil, false
		}
		pieces, text = append(pieces, name), after
	}
}

// fill puts a message together again. A parameter that is not given is written as text/template writes it, which a test of its page sees.
func fill(pieces []string, args Args) string {
	var text strings.Builder
	for i, piece := range pieces {
		if i%2 == 0 {
			text.WriteString(piece)
			continue
		}
		switch value := args[piece].(type) {
		case string:
			text.WriteString(value)
		case nil:
			text.WriteString("<no value>")
		default:
			fmt.Fprint(&text, value)
		}
	}
	return text.String()
}

// Time writes a moment in a zone, with the zone's name; without a zone, in UTC.
func (p *Printer) Time(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	return t.Format("2 ") + p.months[t.Month()-1] + t.Format(" 2006, 15:04 MST")
}

// spans are the units in which lengths of time are written, largest first: a length is counted in the largest one of which it has two.
var spans = []struct {
	unit      time.Duration
	one, many string
}{
	{24 * time.Hour, "time.day", "time.days"}, {time.Hour, "time.hour", "time.hours"},
	{time.Minute, "time.minute", "time.minutes"}, {time.Second, "time.second", "time.seconds"},
}

// Span writes a length of time for somebody who waits for its end: in one unit, rounded up.
func (p *Printer) Span(length time.Duration) string {
	for i, s := range spans {
		if length >= 2*s.unit || length == s.unit || i == len(spans)-1 {
			n := int64((length + s.unit - 1) / s.unit)
			if n == 1 {
				return p.T(s.one)
			}
			return p.Format(s.many, Args{"N": n})
		}
	}
	return ""
}
