package web

import (
	"slices"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// ring is what the pages about keys know of an environment's keys at a moment.
type ring struct {
	all  []keys.Key
	uses map[ids.KeyID]keys.LastUse
	at   time.Time
}

// ring reads the keys of the request's environment and when they were used last: two statements at most.
func (s *Server) ring(r *request) (ring, error) {
	all, err := s.Keys.List(r.Context(), r.who.Merchant, r.env)
	if err != nil || len(all) == 0 {
		return ring{at: r.at}, err
	}
	uses, err := s.Keys.LastUses(r.Context(), r.who.Merchant, r.env)
	return ring{all, uses, r.at}, err
}

// live gives the keys of some kinds that work, one kind after the other: the current one, then the one that it replaced and that has not ended yet.
func (g ring) live(kinds ...keys.Kind) []keys.Key {
	found := make([]keys.Key, 0, 2*len(kinds))
	for _, kind := range kinds {
		first := len(found)
		for _, k := range g.all {
			switch {
			case k.Kind != kind || !k.LiveAt(g.at):
			case k.EndsAt.IsZero():
				found = slices.Insert(found, first, k)
			default:
				found = append(found, k)
			}
		}
	}
	return found
}

// two reports whether of a kind two keys work.
func (g ring) two(kind keys.Kind) bool {
	n := 0
	for i := range g.all {
		if g.all[i].Kind == kind && g.all[i].LiveAt(g.at) {
			n++
		}
	}
	return n > 1
}

// ended lists the keys that pages of this kind show and that do not work any more, the latest first.
func (g ring) ended(r *request) (rows []templates.EndedKey) {
	for _, k := range slices.Backward(g.all) {
		if k.LiveAt(g.at) || k.Kind != keys.Client && k.Kind != keys.Server {
			continue
		}
		row := templates.EndedKey{Label: keyLabel(r, k), Value: k.Mask()}
		if k.Undone() {
			row.Ended = r.t.T("keys.undone")
		} else {
			row.Ended = r.t.Format("keys.ended_at", map[string]any{"At": r.t.Time(k.EndsAt, r.zone())})
		}
		rows = append(rows, row)
	}
	return rows
}

// keyRow is a key that works as the list shows it, with what may be done with it.
func (s *Server) keyRow(r *request, g ring, k keys.Key) (templates.KeyRow, error) {
	row := templates.KeyRow{
		ID: string(k.Kind) + "-key", Kind: string(k.Kind), Label: keyLabel(r, k), Hint: r.t.T("keys.server_hint"),
		CreatedAt: r.t.Time(k.CreatedAt, r.zone()),
	}
	page := keyPath(r, k.ID, "")
	row.UseHref = page
	if k.Kind == keys.Client {
		text, err := s.Keys.PublicText(k)
		if err != nil {
			return row, err
		}
		row.Value, row.Hint = text, r.t.T("keys.client_hint")
	} else {
		row.Value, row.Masked, row.RevealHref, row.Used = k.Mask(), true, page+"/reveal", lastUsed(r, g.uses[k.ID])
	}
	may, two := r.who.Roles.May(auth.ChangeKeys, r.env), g.two(k.Kind)
	if two {
		row.LastFour = k.LastFour
	}
	switch {
	case !k.EndsAt.IsZero():
		row.ID, row.Tag = row.ID+"-"+k.LastFour, r.t.T("keys.tag_old") // its successor has the short one
		g.describeEnd(r, k, &row, may)
	case two:
		row.New, row.Tag = newWords(r, k), r.t.T("keys.tag_new")
		if may && k.FirstUsedAt.IsZero() {
			row.UndoHref = page + "/undo"
		}
	case may:
		row.RotateHref = page + "/rotate"
	}
	return row, nil
}

// describeEnd says of a key that has been replaced when it ends, and whether it could go at once.
func (g ring) describeEnd(r *request, k keys.Key, row *templates.KeyRow, may bool) {
	row.Until, row.Left = r.t.Time(k.EndsAt, r.zone()), r.t.Span(k.EndsAt.Sub(g.at))
	successor, _ := keys.Successor(g.all, k)
	switch {
	case k.Kind == keys.Client:
		row.Safe = r.t.T("keys.uncounted")
	case keys.SafeToRetire(k, successor, g.uses[k.ID].At, g.at):
		row.Safe, row.SafeNow = r.t.T("keys.safe"), true
	case successor.FirstUsedAt.IsZero():
		row.Safe = r.t.T("keys.unsafe_new")
	default:
		row.Safe = r.t.Format("keys.unsafe_old", map[string]any{"Quiet": keys.Quiet(k, successor)})
	}
	if may {
		row.RetireHref, row.ExtendHref = keyPath(r, k.ID, "/retire"), keyPath(r, k.ID, "/extend")
	}
}

// newWords say of a key whose predecessor still works whether somebody uses it.
func newWords(r *request, k keys.Key) string {
	switch {
	case k.Kind == keys.Client:
		return r.t.T("keys.new_client")
	case k.FirstUsedAt.IsZero():
		return r.t.T("keys.new_unused")
	default:
		return r.t.T("keys.new_used")
	}
}

func keyLabel(r *request, k keys.Key) string {
	switch k.Kind {
	case keys.Client:
		return r.t.T("keys.client")
	case keys.Secret:
		return r.t.T("mail.key.secret")
	case keys.PublicKey:
		return r.t.T("mail.key.public_key")
	default:
		return r.t.T("keys.server")
	}
}

// lastUsed says when and from which address a key was used last.
func lastUsed(r *request, u keys.LastUse) string {
	if u.At.IsZero() {
		return r.t.T("keys.never_used")
	}
	return r.t.T("keys.last_used") + " " + r.t.Time(u.At, r.zone()) + ", " + r.t.T("use.from") + " " + u.From + "."
}
