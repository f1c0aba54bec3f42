package store

import (
	"context"
	"errors"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/settings"
)

var _ settings.Store = documents{}

type documents struct {
	load  *statement
	put   change
	tx    settings.Transactor
	known *memory
}

func prepareDocuments(p *preparer) documents {
	return documents{
		load: p.read(`SELECT document FROM settings WHERE merchant_id = $1 AND environment = $2 AND page = $3`),
		put: p.change(`INSERT INTO settings (merchant_id, environment, page, version, document, updated_at) VALUES ($1, $2, $3, 1, $4, $5)
			ON CONFLICT (merchant_id, environment, page) DO UPDATE
			SET document = excluded.document, updated_at = excluded.updated_at, version = settings.version + 1`),
		tx: p.st, known: p.st.known,
	}
}

// documentOf is the key of a remembered document.
type documentOf struct {
	env  ids.Environment
	page settings.Page
}

func (s documents) Load(ctx context.Context, m ids.MerchantID, env ids.Environment, p settings.Page) ([]byte, error) {
	return recall(ctx, s.known, m, documentOf{env, p}, func() ([]byte, error) {
		var document []byte
		err := s.load.one(ctx, settings.ErrNotFound, []any{m, env, p}, &document)
		return document, err
	})
}

func (s documents) Update(
	ctx context.Context, m ids.MerchantID, env ids.Environment, p settings.Page, at time.Time, change func(old []byte) ([]byte, error),
) error {
	return s.tx.Do(ctx, func(ctx context.Context) error {
		old, err := s.Load(ctx, m, env, p)
		if err != nil && !errors.Is(err, settings.ErrNotFound) {
			return err
		}
		document, err := change(old)
		if err != nil {
			return err
		}
		_, err = s.put.exec(ctx, m, m, env, p, string(document), millis(at))
		return err
	})
}
