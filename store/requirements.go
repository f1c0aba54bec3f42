package store

import (
	"context"
	"database/sql"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.Requirements = requirements{}

// requirements is part of what is remembered of an identity: setting it is a change.
type requirements struct {
	from    *statement
	setFrom change
	without *statement
}

func prepareRequirements(p *preparer) requirements {
	return requirements{
		from:    p.read(`SELECT second_factor_from FROM merchants WHERE id = $1`),
		setFrom: p.change(`UPDATE merchants SET second_factor_from = $1 WHERE id = $2`),
		without: p.read(`SELECT ` + personColumns + ` FROM people p WHERE merchant_id = $1 AND state = 'active'
			AND NOT EXISTS (SELECT 1 FROM second_factors f WHERE f.person_id = p.id) ORDER BY id`),
	}
}

func (s requirements) FactorFrom(ctx context.Context, m ids.MerchantID) (time.Time, error) {
	var from int64
	err := s.from.one(ctx, auth.ErrNotFound, []any{m}, &from)
	return moment(from), err
}

func (s requirements) SetFactorFrom(ctx context.Context, m ids.MerchantID, from time.Time) error {
	touched, err := s.setFrom.exec(ctx, m, millis(from), m)
	if err == nil && touched == 0 {
		return auth.ErrNotFound
	}
	return err
}

func (s requirements) WithoutFactor(ctx context.Context, m ids.MerchantID) (all []auth.Person, err error) {
	err = s.without.each(ctx, func(rows *sql.Rows) error {
		p, err := scanPerson(rows.Scan)
		all = append(all, p)
		return err
	}, m)
	return all, err
}
