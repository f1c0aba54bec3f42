package store

import (
	"context"
	"database/sql"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var (
	_ auth.Factors       = factors{}
	_ auth.RecoveryCodes = recoveryCodes{}
	_ auth.Challenges    = challenges{}
)

// factors keeps them. Whether a person has any is remembered with the identity, so adding and removing are changes.
type factors struct {
	of, byCredential *statement
	add, remove      change
	useStep, use     *statement
	engine           engine
}

const factorColumns = `f.id, f.kind, f.name, f.sealed, f.credential_id, f.last_step, f.created_at, f.used_at`

func prepareFactors(p *preparer) factors {
	return factors{
		of: p.read(`SELECT ` + factorColumns + ` FROM second_factors f WHERE f.person_id = $1 ORDER BY f.created_at, f.id`),
		byCredential: p.read(`SELECT p.merchant_id, p.id, ` + factorColumns + `
			FROM second_factors f JOIN people p ON p.id = f.person_id WHERE f.credential_id = $1`),
		add: p.change(`INSERT INTO second_factors (id, person_id, kind, name, sealed, credential_id, last_step, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`),
		remove:  p.change(`DELETE FROM second_factors WHERE person_id = $1 AND id = $2`),
		useStep: p.write(`UPDATE second_factors SET last_step = $1, used_at = $2 WHERE person_id = $3 AND id = $4 AND last_step < $1`),
		use:     p.write(`UPDATE second_factors SET sealed = $1, used_at = $2 WHERE person_id = $3 AND id = $4`),
		engine:  p.st.engine,
	}
}

func (s factors) Of(ctx context.Context, p ids.PersonID) (all []auth.Factor, err error) {
	err = s.of.each(ctx, func(rows *sql.Rows) error {
		f, err := scanFactor(rows.Scan)
		all = append(all, f)
		return err
	}, p)
	return all, err
}

func (s factors) ByCredential(ctx context.Context, credentialID []byte) (m ids.MerchantID, p ids.PersonID, f auth.Factor, err error) {
	f, err = scanFactor(func(dest ...any) error {
		return s.byCredential.one(ctx, auth.ErrNotFound, []any{credentialID}, append([]any{&m, &p}, dest...)...)
	})
	return m, p, f, err
}

func scanFactor(scan func(dest ...any) error) (f auth.Factor, err error) {
	var created, used int64
	err = scan(&f.ID, &f.Kind, &f.Name, &f.Sealed, &f.CredentialID, &f.LastStep, &created, &used)
	f.CreatedAt, f.UsedAt = moment(created), moment(used)
	return f, err
}

func (s factors) Add(ctx context.Context, m ids.MerchantID, p ids.PersonID, f auth.Factor) error {
	_, err := s.add.exec(ctx, m, f.ID, p, f.Kind, f.Name, f.Sealed, f.CredentialID, f.LastStep, millis(f.CreatedAt))
	if s.engine.violates(err, "second_factors", "credential_id") || s.engine.violates(err, "second_factors", "person_id") {
		return auth.ErrFactorTaken
	}
	return err
}

func (s factors) Remove(ctx context.Context, m ids.MerchantID, p ids.PersonID, id ids.FactorID) (bool, error) {
	removed, err := s.remove.exec(ctx, m, p, id)
	return removed > 0, err
}

func (s factors) UseStep(ctx context.Context, p ids.PersonID, id ids.FactorID, step int64, at time.Time) (bool, error) {
	used, err := s.useStep.exec(ctx, step, millis(at), p, id)
	return used > 0, err
}

func (s factors) Use(ctx context.Context, p ids.PersonID, id ids.FactorID, sealed []byte, at time.Time) error {
	_, err := s.use.exec(ctx, sealed, millis(at), p, id)
	return err
}

type recoveryCodes struct {
	clear, add, spend, left, all *statement
	tx                           auth.Transactor
}

func prepareRecoveryCodes(p *preparer) recoveryCodes {
	return recoveryCodes{
		clear: p.write(`DELETE FROM recovery_codes WHERE person_id = $1`),
		add:   p.write(`INSERT INTO recovery_codes (person_id, digest) VALUES ($1, $2)`),
		spend: p.write(`UPDATE recovery_codes SET used_at = $1 WHERE person_id = $2 AND digest = $3 AND used_at = 0`),
		left:  p.read(`SELECT COUNT(*) FROM recovery_codes WHERE person_id = $1 AND used_at = 0`),
		all:   p.read(`SELECT digest FROM recovery_codes WHERE person_id = $1 ORDER BY digest`),
		tx:    p.st,
	}
}

func (s recoveryCodes) Replace(ctx context.Context, p ids.PersonID, digests [][]byte) error {
	return s.tx.Do(ctx, func(ctx context.Context) error {
		if _, err := s.clear.exec(ctx, p); err != nil {
			return err
		}
		for _, digest := range digests {
			if _, err := s.add.exec(ctx, p, digest); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s recoveryCodes) Spend(ctx context.Context, p ids.PersonID, digest []byte, at time.Time) (bool, error) {
	spent, err := s.spend.exec(ctx, millis(at), p, digest)
	return spent > 0, err
}

func (s recoveryCodes) Left(ctx context.Context, p ids.PersonID) (n int, err error) {
	err = s.left.one(ctx, nil, []any{p}, &n)
	return n, err
}

func (s recoveryCodes) Digests(ctx context.Context, p ids.PersonID) (all [][]byte, err error) {
	err = s.all.each(ctx, func(rows *sql.Rows) error {
		var digest []byte
		err := rows.Scan(&digest)
		all = append(all, digest)
		return err
	}, p)
	return all, err
}

type challenges struct{ spend, dropOld *statement }

func prepareChallenges(p *preparer) challenges {
	return challenges{
		spend:   p.write(`INSERT INTO spent_challenges (digest, at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING`),
		dropOld: p.write(`DELETE FROM spent_challenges WHERE at < $1`),
	}
}

func (s challenges) Spend(ctx context.Context, digest []byte, at time.Time) (bool, error) {
	added, err := s.spend.exec(ctx, digest, millis(at))
	return added > 0, err
}

func (s challenges) DropOld(ctx context.Context, oldest time.Time) error {
	_, err := s.dropOld.exec(ctx, millis(oldest))
	return err
}
