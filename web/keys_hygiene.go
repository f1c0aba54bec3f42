package web

import (
	"time"

	"merchant-portal/auth"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// From when on the list of keys says that something is not as it should be.
const (
	oldKey       = 365 * 24 * time.Hour
	unusedKey    = 30 * 24 * time.Hour // and nobody ever used it
	forgottenKey = 90 * 24 * time.Hour // without use
)

// hygiene lists what is old, unused or about to end while still in use, each with one next step: of keys whose use is counted, and for whoever may take
// the step. It needs nothing but what the list shows.
func (g ring) hygiene(r *request) (lines []templates.HygieneLine) {
	if !r.who.Roles.May(auth.ChangeKeys, r.env) {
		return nil
	}
	for _, k := range g.all {
		if (k.Kind != keys.Server && k.Kind != keys.Secret) || !k.LiveAt(g.at) {
			continue
		}
		text, step, page := g.unclean(k)
		if text == "" {
			continue
		}
		line := templates.HygieneLine{
			Text: r.t.Format(text, map[string]any{"Key": keyLabel(r, k), "LastFour": k.LastFour}), Step: r.t.T(step), Href: keyPath(r, k.ID, page),
		}
		if page == toSnippets {
			line.Href = inEnvironment(r, keysPath+page)
		}
		lines = append(lines, line)
	}
	return lines
}

// toSnippets is the page that helps with a key that nobody has put to use; the others are pages of the key itself.
const toSnippets = "/snippets"

// unclean says what is wrong with a key that works, as ids of messages, and which page helps; "" if nothing is.
func (g ring) unclean(k keys.Key) (text, step, page string) {
	last := g.uses[k.ID].At
	if successor, ending := keys.Successor(g.all, k); ending {
		quiet := keys.Quiet(k, successor)
		if k.EndsAt.Sub(g.at) <= quiet && !last.IsZero() && g.at.Sub(last) < quiet {
			return "hygiene.ending", "extend.link", "/extend"
		}
		return "", "", ""
	}
	if g.two(k.Kind) {
		return "", "", "" // it has just been rotated
	}
	age := g.at.Sub(k.CreatedAt)
	switch {
	case k.Kind == keys.Server && age > oldKey:
		return "hygiene.old", "rotate.link", "/rotate"
	case last.IsZero() && k.FirstUsedAt.IsZero() && age > unusedKey:
		return "hygiene.never", "hygiene.start", toSnippets
	case !last.IsZero() && g.at.Sub(last) > forgottenKey:
		return "hygiene.unused", "hygiene.rotate_unused", "/rotate"
	}
	return "", "", ""
}
