package store

import (
	"context"
	"database/sql"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.AllowLists = allowLists{}

// allowLists keeps merchants' lists. They are remembered with the identity of each person, so saving one is a change.
type allowLists struct {
	load, staff *statement
	save        change
}

func prepareAllowLists(p *preparer) allowLists {
	return allowLists{
		load:  p.read(`SELECT ip_allow_list FROM merchants WHERE id = $1`),
		staff: p.read(`SELECT ` + personColumns + ` FROM people WHERE merchant_id = $1 AND state = 'active' ORDER BY created_at, id`),
		save:  p.change(`UPDATE merchants SET ip_allow_list = $1 WHERE id = $2`),
	}
}

func (s allowLists) Load(ctx context.Context, m ids.MerchantID) (list string, err error) {
	err = s.load.one(ctx, auth.ErrNotFound, []any{m}, &list)
	return list, err
}

func (s allowLists) Save(ctx context.Context, m ids.MerchantID, list string) error {
	touched, err := s.save.exec(ctx, m, list, m)
	if err == nil && touched == 0 {
		return auth.ErrNotFound
	}
	return err
}

func (s allowLists) Staff(ctx context.Context, m ids.MerchantID) ([]auth.Person, error) {
	var all []auth.Person
	err := s.staff.each(ctx, func(rows *sql.Rows) error {
		p, err := scanPerson(rows.Scan)
		all = append(all, p)
		return err
	}, m)
	return all, err
}
