package store

import (
	"context"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.KeptForms = keptForms{}

// keptForms keeps a spent form as a row without content: it cannot be added again.
type keptForms struct{ add, bound, get, spend, dropOld *statement }

// maxKept is how many forms of a person keep their content: one per tab that anybody works in.
const maxKept = 5

func prepareKeptForms(p *preparer) keptForms {
	return keptForms{
		add: p.write(`INSERT INTO kept_forms (id, person_id, sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`),
		bound: p.write(`UPDATE kept_forms SET sealed = NULL WHERE person_id = $1 AND sealed IS NOT NULL AND id NOT IN
			(SELECT id FROM kept_forms WHERE person_id = $1 AND sealed IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT $2)`),
		get:     p.read(`SELECT sealed FROM kept_forms WHERE id = $1 AND person_id = $2 AND created_at >= $3 AND sealed IS NOT NULL`),
		spend:   p.write(`UPDATE kept_forms SET sealed = NULL WHERE id = $1 AND person_id = $2`),
		dropOld: p.write(`DELETE FROM kept_forms WHERE created_at < $1`),
	}
}

func (s keptForms) Add(ctx context.Context, id ids.FormID, p ids.PersonID, sealed []byte, at time.Time) error {
	added, err := s.add.exec(ctx, id, p, sealed, millis(at))
	if err == nil && added == 0 {
		return auth.ErrNotKept
	}
	if err == nil {
		_, err = s.bound.exec(ctx, p, maxKept)
	}
	return err
}

func (s keptForms) Get(ctx context.Context, id ids.FormID, p ids.PersonID, oldest time.Time) (sealed []byte, err error) {
	err = s.get.one(ctx, auth.ErrNotKept, []any{id, p, millis(oldest)}, &sealed)
	return sealed, err
}

func (s keptForms) Spend(ctx context.Context, id ids.FormID, p ids.PersonID) error {
	_, err := s.spend.exec(ctx, id, p)
	return err
}

func (s keptForms) DropOld(ctx context.Context, oldest time.Time) error {
	_, err := s.dropOld.exec(ctx, millis(oldest))
	return err
}
