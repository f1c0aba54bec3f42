package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
)

var _ envswitch.ActivationStore = activations{}

type activations struct {
	add, put, touch, activate change
	get, list                 *statement
	known                     *memory
}

const activationColumns = `a.version, a.state, a.entity, a.business, a.submission, a.particulars, a.submitted_by, a.submitted_at, a.decided_at, a.reason, a.updated_at`

func prepareActivations(p *preparer) activations {
	return activations{
		add: p.change(`INSERT INTO activations
			(merchant_id, version, state, entity, business, submission, particulars, submitted_by, submitted_at, decided_at, reason, updated_at)
			VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (merchant_id) DO NOTHING`),
		put: p.change(`UPDATE activations SET version = version + 1, state = $2, entity = $3, business = $4, submission = $5, particulars = $6, submitted_by = $7,
			submitted_at = $8, decided_at = $9, reason = $10, updated_at = $11 WHERE merchant_id = $1 AND version = $12`),
		touch:    p.change(`UPDATE activations SET updated_at = $1 WHERE merchant_id = $2 AND state IN ('draft', 'rejected')`),
		activate: p.change(`UPDATE environments SET state = 'active' WHERE merchant_id = $1 AND environment = 'production' AND state = 'inactive'`),
		get:      p.read(`SELECT ` + activationColumns + ` FROM activations a WHERE a.merchant_id = $1`),
		list: p.read(`SELECT a.merchant_id, m.name, ` + activationColumns + ` FROM activations a JOIN merchants m ON m.id = a.merchant_id
			ORDER BY CASE a.state WHEN 'in_review' THEN 0 WHEN 'rejected' THEN 1 WHEN 'draft' THEN 2 ELSE 3 END, COALESCE(a.submitted_at, a.updated_at), a.merchant_id`),
		known: p.st.known,
	}
}

// activationOf is the key of a remembered registration.
type activationOf struct{}

func (s activations) Get(ctx context.Context, m ids.MerchantID) (envswitch.Activation, error) {
	a, err := recall(ctx, s.known, m, activationOf{}, func() (envswitch.Activation, error) {
		a := envswitch.Activation{Merchant: m}
		err := scanActivation(&a, func(dest ...any) error { return s.get.one(ctx, envswitch.ErrNotFound, []any{m}, dest...) })
		if errors.Is(err, envswitch.ErrNotFound) {
			return a, nil // that there is none is remembered too
		}
		return a, err
	})
	if err == nil && a.Version == 0 {
		return envswitch.Activation{}, envswitch.ErrNotFound
	}
	return a, err
}

// scanActivation reads activationColumns.
func scanActivation(a *envswitch.Activation, scan func(dest ...any) error) error {
	var submittedAt, decidedAt sql.NullInt64
	var updatedAt int64
	err := scan(&a.Version, &a.Progress, &a.Entity, &a.Business, &a.Submission, &a.Particulars, &a.SubmittedBy, &submittedAt, &decidedAt, &a.Reason, &updatedAt)
	a.SubmittedAt, a.DecidedAt, a.UpdatedAt = maybe(submittedAt), maybe(decidedAt), moment(updatedAt)
	return err
}

func (s activations) Put(ctx context.Context, a envswitch.Activation) error {
	write, args := s.add, []any{
		a.Merchant, a.Progress, a.Entity, a.Business, a.Submission, a.Particulars, a.SubmittedBy, perhaps(a.SubmittedAt), perhaps(a.DecidedAt), a.Reason,
		millis(a.UpdatedAt),
	}
	if a.Version > 0 {
		write, args = s.put, append(args, a.Version)
	}
	touched, err := write.exec(ctx, a.Merchant, args...)
	if err == nil && touched == 0 {
		return envswitch.ErrChanged
	}
	return err
}

// perhaps is what a column holds of a moment that may not have been: nothing where it is zero.
func perhaps(at time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: at.UnixMilli(), Valid: !at.IsZero()}
}

func (s activations) Touch(ctx context.Context, m ids.MerchantID, at time.Time) error {
	touched, err := s.touch.exec(ctx, m, millis(at), m)
	if err == nil && touched == 0 {
		return envswitch.ErrLocked
	}
	return err
}

func (s activations) Activate(ctx context.Context, m ids.MerchantID) error {
	touched, err := s.activate.exec(ctx, m, m)
	if err == nil && touched == 0 {
		return envswitch.ErrActive
	}
	return err
}

func (s activations) List(ctx context.Context) (found []envswitch.Listed, err error) {
	err = s.list.each(ctx, func(rows *sql.Rows) error {
		var l envswitch.Listed
		err := scanActivation(&l.Activation, func(dest ...any) error { return rows.Scan(append([]any{&l.Merchant, &l.Name}, dest...)...) })
		found = append(found, l)
		return err
	})
	return found, err
}
