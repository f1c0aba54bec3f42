package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

var _ activity.Reader = activityReader{}

// activityReader reads through one index: the one that fits the filter best. What else is wanted is looked at row by row, for maxLooked rows at most.
type activityReader struct {
	known                                                         *memory
	byTime, byPerson, byAddress, byAction, byEnvironment, refused *statement
	name, withEmail                                               *statement
}

// Where a filter needs more than its index, this many entries are looked through for one page, so many at a time.
const (
	maxLooked  = 1000
	lookAtOnce = 250
)

const entryColumns = `id, COALESCE(person_id, ''), address, COALESCE(environment, ''), action, target, outcome, at`

func prepareActivityReader(p *preparer) activityReader {
	return activityReader{
		known:  p.st.known,
		byTime: p.read(`SELECT ` + entryColumns + ` FROM activity WHERE merchant_id = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4`),
		byPerson: p.read(`SELECT ` + entryColumns + ` FROM activity WHERE merchant_id = $1 AND (at, id) < ($2, $3) AND person_id = $5
			ORDER BY at DESC, id DESC LIMIT $4`),
		byAddress: p.read(`SELECT ` + entryColumns + ` FROM activity WHERE merchant_id = $1 AND (at, id) < ($2, $3) AND address = $5
			ORDER BY at DESC, id DESC LIMIT $4`),
		byAction: p.read(`SELECT ` + entryColumns + ` FROM activity WHERE merchant_id = $1 AND (at, id) < ($2, $3) AND action = $5
			ORDER BY at DESC, id DESC LIMIT $4`),
		byEnvironment: p.read(`SELECT ` + entryColumns + ` FROM activity WHERE merchant_id = $1 AND (at, id) < ($2, $3) AND environment = $5
			ORDER BY at DESC, id DESC LIMIT $4`),
		refused: p.read(`SELECT ` + entryColumns + ` FROM activity WHERE merchant_id = $1 AND (at, id) < ($2, $3) AND outcome = 'refused'
			ORDER BY at DESC, id DESC LIMIT $4`),
		name:      p.read(`SELECT name, email FROM people WHERE merchant_id = $1 AND id = $2`),
		withEmail: p.read(`SELECT id FROM people WHERE merchant_id = $1 AND (email_key = $2 OR email = $3) ORDER BY id LIMIT 100`),
	}
}

// choice is the way in: the statement of an index, its own arguments, and whether the index alone decides.
type choice struct {
	query *statement
	args  []any
	alone bool
}

// choose takes the index that leaves fewest entries, as a rule.
func (s activityReader) choose(f activity.Filter) choice {
	var wanted []choice
	want := func(is bool, q *statement, args ...any) {
		if is {
			wanted = append(wanted, choice{query: q, args: args})
		}
	}
	if len(f.People) == 1 {
		want(true, s.byPerson, f.People[0])
	}
	want(f.Address != "", s.byAddress, f.Address)
	want(f.Refused, s.refused)
	want(f.Action != "", s.byAction, f.Action)
	want(f.Environment != "", s.byEnvironment, f.Environment)
	if len(wanted) == 0 {
		return choice{query: s.byTime, alone: len(f.People) == 0}
	}
	wanted[0].alone = len(wanted) == 1 && len(f.People) < 2
	return wanted[0]
}

func (s activityReader) List(ctx context.Context, m ids.MerchantID, f activity.Filter, from activity.Cursor, limit int) (activity.Page, error) {
	if from == (activity.Cursor{}) {
		from.At = math.MaxInt64
	}
	if !f.Until.IsZero() && millis(f.Until) <= from.At {
		from = activity.Cursor{At: millis(f.Until)} // before every entry of that moment
	}
	l := listing{merchant: m, filter: f, limit: limit, last: from}
	way := s.choose(f)
	atOnce := limit + 1
	if !way.alone {
		atOnce = lookAtOnce
	}
	for !l.ended {
		seen := l.looked
		args := append([]any{m, l.last.At, l.last.ID, atOnce}, way.args...)
		if err := way.query.each(ctx, l.see, args...); err != nil {
			return activity.Page{}, err
		}
		if !l.ended && l.looked-seen < atOnce {
			break // there are no more
		}
		l.tired(way.alone)
	}
	return l.page, s.names(ctx, m, l.page.Rows)
}

// listing is a page that is being filled.
type listing struct {
	merchant ids.MerchantID
	filter   activity.Filter
	limit    int
	page     activity.Page
	last     activity.Cursor // the last entry that was looked at
	looked   int
	ended    bool
}

func (l *listing) see(rows *sql.Rows) error {
	var id, person, address, environment, action, target, outcome string // plain ones: database/sql is slow with types of ours
	var at int64
	if err := rows.Scan(&id, &person, &address, &environment, &action, &target, &outcome, &at); err != nil || l.ended {
		return err
	}
	r := activity.Row{ID: id, Entry: activity.Entry{
		Actor:       activity.Actor{Merchant: l.merchant, Person: ids.PersonID(person), Address: address},
		Environment: ids.Environment(environment), Action: activity.Action(action), Target: target, Outcome: activity.Outcome(outcome), At: moment(at),
	}}
	l.looked++
	l.last = r.Cursor()
	switch {
	case !l.filter.From.IsZero() && r.At.Before(l.filter.From):
		l.ended = true
	case !wants(l.filter, r.Entry):
	case len(l.page.Rows) == l.limit:
		l.page.More, l.page.Next, l.ended = true, l.page.Rows[l.limit-1].Cursor(), true
	default:
		l.page.Rows = append(l.page.Rows, r)
	}
	return nil
}

// tired ends a page after so many entries were looked through.
func (l *listing) tired(alone bool) {
	if !alone && !l.ended && l.looked >= maxLooked {
		l.page.More, l.page.Next, l.page.Looked, l.ended = true, l.last, l.looked, true
	}
}

func wants(f activity.Filter, e activity.Entry) bool {
	return (len(f.People) == 0 || slices.Contains(f.People, e.Person)) && (f.Address == "" || f.Address == e.Address) &&
		(f.Action == "" || f.Action == e.Action) && (f.Environment == "" || f.Environment == e.Environment) &&
		(!f.Refused || e.Outcome == activity.Refused)
}

// nameOf is the key of a remembered name.
type nameOf struct{ person ids.PersonID }

// names fills in who the rows name.
func (s activityReader) names(ctx context.Context, m ids.MerchantID, rows []activity.Row) error {
	found := map[ids.PersonID]activity.Person{"": {}}
	look := func(id ids.PersonID) (activity.Person, error) {
		if p, ok := found[id]; ok {
			return p, nil
		}
		p, err := recall(ctx, s.known, m, nameOf{id}, func() (p activity.Person, err error) {
			err = s.name.one(ctx, auth.ErrNotFound, []any{m, id}, &p.Name, &p.Email)
			return p, err
		})
		if err != nil && !errors.Is(err, auth.ErrNotFound) {
			return p, err
		}
		found[id] = p
		return p, nil
	}
	for i := range rows {
		var err error
		if rows[i].By, err = look(rows[i].Person); err != nil {
			return err
		}
		if rows[i].About, err = look(rows[i].Subject()); err != nil {
			return err
		}
	}
	return nil
}

func (s activityReader) PeopleWith(ctx context.Context, m ids.MerchantID, email string) (found []ids.PersonID, err error) {
	err = s.withEmail.each(ctx, func(rows *sql.Rows) error {
		found = append(found, "")
		return rows.Scan(&found[len(found)-1])
	}, m, auth.EmailKey(email), email)
	return found, err
}
