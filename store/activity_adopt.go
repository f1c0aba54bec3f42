package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// beginChains makes the key of the activity log's chain where there is none, and with it, in the same transaction, the chains of all entries that earlier
// programs wrote. So that happens once: entries that stand outside a chain later were put there by somebody else, and verifying names them. Where the
// chains are there and only their key is gone, nothing is taken in: what was written with it can no longer be verified, and verifying says so.
func (st *Store) beginChains(ctx context.Context) (err error) {
	if st.chain.key != nil {
		return nil
	}
	db, err := st.engine.migrating()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin the activity log's chains: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it was committed, or has an error of its own already
	key, err := st.makeChainKey(ctx, tx)
	if err != nil {
		return err
	}
	var begun bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM activity_heads) OR EXISTS (SELECT 1 FROM activity WHERE seq IS NOT NULL)`).Scan(&begun)
	if err != nil {
		return fmt.Errorf("look for chains: %w", err)
	}
	adopted := int64(0)
	if !begun {
		if adopted, err = adoptAll(ctx, tx, chain{key}); err != nil {
			return fmt.Errorf("begin the activity log's chains: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("begin the activity log's chains: %w", err)
	}
	st.chain.key = key
	st.tellOfChains(begun, adopted)
	return nil
}

func (st *Store) tellOfChains(lost bool, adopted int64) {
	if lost {
		st.options.Logger.Warn("the key of the activity log's chain was missing; what was written with it can no longer be verified")
	}
	if adopted > 0 {
		st.options.Logger.Warn("the entries of the activity log were taken into its chain, as happens once, after an update", slog.Int64("entries", adopted))
	}
}

func (st *Store) makeChainKey(ctx context.Context, tx *sql.Tx) (*seal.Marker, error) {
	wrapped, err := st.options.MasterKey.NewMarkerKeyset(activityScope)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO keysets (scope, wrapped, created_at) VALUES ($1, $2, $3)`, activityScope, wrapped, st.options.Now().UnixMilli()); err != nil {
		return nil, fmt.Errorf("make keyset: %w", err)
	}
	return st.options.MasterKey.OpenMarkerKeyset(activityScope, wrapped)
}

func adoptAll(ctx context.Context, tx *sql.Tx, c chain) (adopted int64, err error) {
	merchants, err := merchantsWithEntries(ctx, tx)
	if err != nil {
		return 0, err
	}
	for _, m := range merchants {
		h, err := adopt(ctx, tx, c, m)
		if err != nil {
			return 0, err
		}
		if h, err = c.sealed(h); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO activity_heads (merchant_id, entries, mac, seal) VALUES ($1, $2, $3, $4)`,
			h.merchant, h.entries, h.mac, h.seal); err != nil {
			return 0, err
		}
		adopted += h.entries
	}
	return adopted, nil
}

// adopt gives the entries of a merchant their places in the order of time, so many at once, and gives the end of the chain.
func adopt(ctx context.Context, tx *sql.Tx, c chain, m ids.MerchantID) (head, error) {
	h := head{merchant: m}
	for last := (link{at: -1 << 62}); ; {
		some, err := unplaced(ctx, tx, m, last)
		if err != nil || len(some) == 0 {
			return h, err
		}
		for _, l := range some {
			l.seq = h.entries + 1
			if l.mac, err = c.tie(l, h.mac); err != nil {
				return h, err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE activity SET seq = $1, mac = $2 WHERE id = $3 AND seq IS NULL`, l.seq, l.mac, l.id); err != nil {
				return h, err
			}
			h.entries, h.mac = l.seq, l.mac
		}
		last = some[len(some)-1]
	}
}

const linkColumns = `id, merchant_id, person_id, address, environment, action, target, outcome, at, COALESCE(seq, 0), mac`

func (l *link) fields() []any {
	return []any{&l.id, &l.merchant, &l.person, &l.address, &l.environment, &l.action, &l.target, &l.result, &l.at, &l.seq, &l.mac}
}

func (l *link) scan(rows *sql.Rows) error { return rows.Scan(l.fields()...) }

func unplaced(ctx context.Context, tx *sql.Tx, m ids.MerchantID, last link) (some []link, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+linkColumns+` FROM activity WHERE merchant_id = $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT 1000`, m, last.at, last.id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l link
		if err := l.scan(rows); err != nil {
			return nil, err
		}
		some = append(some, l)
	}
	return some, rows.Err()
}

func merchantsWithEntries(ctx context.Context, tx *sql.Tx) (found []ids.MerchantID, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT merchant_id FROM activity ORDER BY merchant_id`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var m ids.MerchantID
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, rows.Err()
}
