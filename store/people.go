package store

import (
	"context"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.People = people{}

type people struct {
	addMerchant   *statement
	add           change
	setHash       change
	setLanguage   change
	setProfile    change
	byEmail, byID *statement
	nameOf        *statement
	engine        engine
}

const personColumns = `id, merchant_id, name, email, phone, roles, language, timezone, theme, state, password_hash, password_set_at, created_at`

func preparePeople(p *preparer) people {
	return people{
		addMerchant: p.write(`INSERT INTO merchants (id, name, created_at) VALUES ($1, $2, $3)`),
		add: p.change(`INSERT INTO people (id, merchant_id, name, email, email_key, phone, roles, language, password_hash, password_set_at, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`),
		setHash:     p.change(`UPDATE people SET password_hash = $1 WHERE merchant_id = $2 AND id = $3 AND password_hash = $4`),
		setLanguage: p.change(`UPDATE people SET language = $1 WHERE merchant_id = $2 AND id = $3`),
		setProfile: p.change(`UPDATE people SET name = $1, phone = $2, language = $3, timezone = $4, theme = $5
			WHERE merchant_id = $6 AND id = $7`),
		byEmail: p.read(`SELECT ` + personColumns + ` FROM people WHERE email_key = $1`),
		byID:    p.read(`SELECT ` + personColumns + ` FROM people WHERE merchant_id = $1 AND id = $2`),
		nameOf:  p.read(`SELECT name FROM merchants WHERE id = $1`),
		engine:  p.st.engine,
	}
}

func (s people) Create(ctx context.Context, m auth.Merchant, p auth.Person) error {
	if _, err := s.addMerchant.exec(ctx, m.ID, m.Name, millis(m.CreatedAt)); err != nil {
		if s.engine.violates(err, "merchants", "id") {
			return auth.ErrMerchantIDTaken
		}
		return err
	}
	p.Merchant = m.ID
	return insertPerson(ctx, s.add, s.engine, p)
}

// insertPerson runs the statement that adds a person to a merchant that is there.
func insertPerson(ctx context.Context, add change, e engine, p auth.Person) error {
	_, err := add.exec(ctx, p.Merchant, p.ID, p.Merchant, p.Name, p.Email, auth.EmailKey(p.Email), p.Phone, p.Roles.String(), p.Language,
		p.PasswordHash, millis(p.PasswordSetAt), millis(p.CreatedAt))
	switch {
	case e.violates(err, "people", "email_key"):
		return auth.ErrEmailTaken
	case e.violates(err, "people", "phone"):
		return auth.ErrPhoneTaken
	}
	return err
}

func (s people) ByEmail(ctx context.Context, emailKey string) (auth.Person, error) {
	return s.find(ctx, s.byEmail, emailKey)
}

func (s people) ByID(ctx context.Context, m ids.MerchantID, id ids.PersonID) (auth.Person, error) {
	return s.find(ctx, s.byID, m, id)
}

func (s people) find(ctx context.Context, q *statement, args ...any) (auth.Person, error) {
	return scanPerson(func(dest ...any) error { return q.one(ctx, auth.ErrNotFound, args, dest...) })
}

// scanPerson reads personColumns.
func scanPerson(scan func(dest ...any) error) (auth.Person, error) {
	var p auth.Person
	var roles string
	var setAt, createdAt int64
	err := scan(&p.ID, &p.Merchant, &p.Name, &p.Email, &p.Phone, &roles, &p.Language,
		&p.Timezone, &p.Theme, &p.State, &p.PasswordHash, &setAt, &createdAt)
	if err != nil {
		return auth.Person{}, err
	}
	p.Roles, p.PasswordSetAt, p.CreatedAt = auth.ParseRoles(roles), moment(setAt), moment(createdAt)
	return p, nil
}

func (s people) SetPasswordHash(ctx context.Context, m ids.MerchantID, id ids.PersonID, old, hash string) error {
	_, err := s.setHash.exec(ctx, m, hash, m, id, old)
	return err
}

func (s people) SetLanguage(ctx context.Context, m ids.MerchantID, id ids.PersonID, language string) error {
	touched, err := s.setLanguage.exec(ctx, m, language, m, id)
	if err == nil && touched == 0 {
		return auth.ErrNotFound
	}
	return err
}

func (s people) SetProfile(ctx context.Context, m ids.MerchantID, id ids.PersonID, p auth.Profile) error {
	touched, err := s.setProfile.exec(ctx, m, p.FullName, p.Phone, p.Language, p.Timezone, p.Theme, m, id)
	switch {
	case s.engine.violates(err, "people", "phone"):
		return auth.ErrPhoneTaken
	case err == nil && touched == 0:
		return auth.ErrNotFound
	}
	return err
}

func (s people) MerchantName(ctx context.Context, m ids.MerchantID) (name string, err error) {
	err = s.nameOf.one(ctx, auth.ErrNotFound, []any{m}, &name)
	return name, err
}
