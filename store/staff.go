package store

import (
	"context"
	"database/sql"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.Staff = staff{}

type staff struct {
	add, setRoles, setState, free change
	list                          *statement
	drops                         []*statement // what goes with a person
	engine                        engine
	tx                            auth.Transactor
}

func prepareStaff(p *preparer) staff {
	s := staff{
		add: p.change(`INSERT INTO people (id, merchant_id, name, email, email_key, phone, roles, language, password_hash, password_set_at, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`),
		setRoles: p.change(`UPDATE people SET roles = $1 WHERE merchant_id = $2 AND id = $3 AND state <> 'removed'`),
		setState: p.change(`UPDATE people SET state = $1 WHERE merchant_id = $2 AND id = $3 AND state <> 'removed'`),
		free: p.change(`UPDATE people SET state = 'removed', email_key = $1, phone = $1, password_hash = ''
			WHERE merchant_id = $2 AND id = $3 AND state <> 'removed'`),
		list: p.read(`SELECT p.id, p.name, p.email, p.roles, p.state, COALESCE(l.at, 0)
			FROM people p LEFT JOIN last_sign_ins l ON l.person_id = p.id
			WHERE p.merchant_id = $1 AND p.state <> 'removed' ORDER BY p.email_key`),
		engine: p.st.engine, tx: p.st,
	}
	s.drops = []*statement{
		p.write(`DELETE FROM second_factors WHERE person_id = $1`), p.write(`DELETE FROM recovery_codes WHERE person_id = $1`),
		p.write(`DELETE FROM known_browsers WHERE person_id = $1`), p.write(`DELETE FROM kept_forms WHERE person_id = $1`),
		p.write(`DELETE FROM past_passwords WHERE person_id = $1`),
	}
	return s
}

func (s staff) List(ctx context.Context, m ids.MerchantID) (all []auth.Member, err error) {
	err = s.list.each(ctx, func(rows *sql.Rows) error {
		var p auth.Member
		var roles string
		var last int64
		err := rows.Scan(&p.ID, &p.Name, &p.Email, &roles, &p.State, &last)
		p.Roles, p.LastSignIn = auth.ParseRoles(roles), moment(last)
		all = append(all, p)
		return err
	}, m)
	return all, err
}

func (s staff) Add(ctx context.Context, p auth.Person) error {
	return insertPerson(ctx, s.add, s.engine, p)
}

func (s staff) SetRoles(ctx context.Context, m ids.MerchantID, p ids.PersonID, roles auth.Roles) error {
	return missingUnlessOne(s.setRoles.exec(ctx, m, roles.String(), m, p))
}

func (s staff) SetState(ctx context.Context, m ids.MerchantID, p ids.PersonID, state auth.State) error {
	return missingUnlessOne(s.setState.exec(ctx, m, state, m, p))
}

func (s staff) Remove(ctx context.Context, m ids.MerchantID, p ids.PersonID) error {
	return s.tx.Do(ctx, func(ctx context.Context) error {
		if err := missingUnlessOne(s.free.exec(ctx, m, "removed:"+string(p), m, p)); err != nil {
			return err
		}
		for _, drop := range s.drops {
			if _, err := drop.exec(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// missingUnlessOne is ErrNotFound where a change of one row met none.
func missingUnlessOne(touched int64, err error) error {
	if err == nil && touched == 0 {
		return auth.ErrNotFound
	}
	return err
}
