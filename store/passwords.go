package store

import (
	"context"
	"database/sql"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.Passwords = passwords{}

type passwords struct {
	replace, remind change
	addPast         *statement
	past, due       *statement
}

func preparePasswords(p *preparer) passwords {
	return passwords{
		replace: p.change(`UPDATE people SET password_hash = $1, password_set_at = $2, reminded = 0 WHERE merchant_id = $3 AND id = $4 AND password_hash = $5`),
		remind:  p.change(`UPDATE people SET reminded = $1 WHERE merchant_id = $2 AND id = $3 AND reminded = $4 AND password_set_at = $5`),
		addPast: p.write(`INSERT INTO past_passwords (id, person_id, sealed, replaced_at) VALUES ($1, $2, $3, $4)`),
		past:    p.read(`SELECT sealed FROM past_passwords WHERE person_id = $1`),
		due: p.read(`SELECT id, merchant_id, email, language, timezone, password_set_at FROM people
			WHERE state = 'active' AND reminded = $1 AND password_set_at > $2 AND password_set_at <= $3 ORDER BY password_set_at LIMIT $4`),
	}
}

func (s passwords) Replace(ctx context.Context, p auth.Person, hash string, at time.Time) (bool, error) {
	touched, err := s.replace.exec(ctx, p.Merchant, hash, millis(at), p.Merchant, p.ID, p.PasswordHash)
	return touched == 1, err
}

func (s passwords) AddPast(ctx context.Context, p ids.PersonID, sealed []byte, at time.Time) error {
	_, err := s.addPast.exec(ctx, ids.New[ids.PastPasswordID](), p, sealed, millis(at))
	return err
}

func (s passwords) Past(ctx context.Context, p ids.PersonID) (all [][]byte, err error) {
	err = s.past.each(ctx, func(rows *sql.Rows) error {
		var sealed []byte
		err := rows.Scan(&sealed)
		all = append(all, sealed)
		return err
	}, p)
	return all, err
}

func (s passwords) Due(ctx context.Context, reminded int, after, until time.Time, limit int) (due []auth.Person, err error) {
	err = s.due.each(ctx, func(rows *sql.Rows) error {
		var p auth.Person
		var setAt int64
		err := rows.Scan(&p.ID, &p.Merchant, &p.Email, &p.Language, &p.Timezone, &setAt)
		p.PasswordSetAt = moment(setAt)
		due = append(due, p)
		return err
	}, reminded, millis(after), millis(until), limit)
	return due, err
}

func (s passwords) SetReminded(ctx context.Context, p auth.Person, before, now int) (bool, error) {
	touched, err := s.remind.exec(ctx, p.Merchant, now, p.Merchant, p.ID, before, millis(p.PasswordSetAt))
	return touched == 1, err
}
