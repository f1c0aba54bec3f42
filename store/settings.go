package store

import (
	"context"
	"database/sql"
	"errors"

	"merchant-portal/internal/ids"
	"merchant-portal/settings"
)

var _ settings.Store = documents{}

type documents struct {
	load, versions        *statement
	adopt, add, put, keep change
	known                 *memory
}

func prepareDocuments(p *preparer) documents {
	return documents{
		load: p.read(`SELECT version, document FROM settings WHERE merchant_id = $1 AND environment = $2 AND page = $3`),
		// What a program from before settings_versions saved has no row there: it gets one before it is overwritten.
		adopt: p.change(`INSERT INTO settings_versions (merchant_id, environment, page, version, document, origin, saved_by, saved_at)
			SELECT merchant_id, environment, page, version, document, 'saved', '', updated_at FROM settings
			WHERE merchant_id = $1 AND environment = $2 AND page = $3 ON CONFLICT DO NOTHING`),
		add: p.change(`INSERT INTO settings (merchant_id, environment, page, version, document, updated_at) VALUES ($1, $2, $3, 1, $4, $5) ON CONFLICT DO NOTHING`),
		put: p.change(`UPDATE settings SET document = $4, updated_at = $5, version = $6
			WHERE merchant_id = $1 AND environment = $2 AND page = $3 AND version = $6 - 1`),
		keep: p.change(`INSERT INTO settings_versions (merchant_id, environment, page, version, document, origin, source, saved_by, saved_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`),
		versions: p.read(`SELECT v.version, v.document, v.origin, v.source, v.saved_by, v.saved_at, COALESCE(p.name, ''), COALESCE(p.email, '')
			FROM settings_versions v LEFT JOIN people p ON p.id = v.saved_by AND p.merchant_id = v.merchant_id
			WHERE v.merchant_id = $1 AND v.environment = $2 AND v.page = $3 AND v.version < $4 ORDER BY v.version DESC LIMIT $5`),
		known: p.st.known,
	}
}

// documentOf is the key of a remembered document.
type documentOf struct {
	env  ids.Environment
	page settings.Page
}

func (s documents) Load(ctx context.Context, m ids.MerchantID, env ids.Environment, p settings.Page) (settings.Document, error) {
	d, err := recall(ctx, s.known, m, documentOf{env, p}, func() (d settings.Document, err error) {
		err = s.load.one(ctx, settings.ErrNotFound, []any{m, env, p}, &d.Version, &d.Text)
		if errors.Is(err, settings.ErrNotFound) {
			return settings.Document{}, nil // that there is none is remembered too
		}
		return d.Remembered(), err
	})
	if err == nil && d.Version == 0 {
		err = settings.ErrNotFound
	}
	return d, err
}

func (s documents) Put(ctx context.Context, m ids.MerchantID, env ids.Environment, p settings.Page, v settings.Version) error {
	if _, err := s.adopt.exec(ctx, m, m, env, p); err != nil {
		return err
	}
	write, args := s.put, []any{m, env, p, string(v.Text), millis(v.At), v.Version}
	if v.Version == 1 {
		write, args = s.add, args[:5]
	}
	touched, err := write.exec(ctx, m, args...)
	if err != nil {
		return err
	}
	if touched == 0 {
		return settings.ErrMoved
	}
	_, err = s.keep.exec(ctx, m, m, env, p, v.Version, string(v.Text), v.Origin, v.Source, v.Person, millis(v.At))
	return err
}

func (s documents) Versions(ctx context.Context, m ids.MerchantID, env ids.Environment, p settings.Page, before int64, limit int) (found []settings.Version, err error) {
	err = s.versions.each(ctx, func(rows *sql.Rows) error {
		var v settings.Version
		var at int64
		err := rows.Scan(&v.Version, &v.Text, &v.Origin, &v.Source, &v.Person, &at, &v.By.Name, &v.By.Email)
		v.At = moment(at)
		found = append(found, v)
		return err
	}, m, env, p, before, limit)
	return found, err
}
