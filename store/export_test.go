package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// Pools gives the tests both pools by name.
func Pools(st *Store) map[string]*sql.DB {
	return map[string]*sql.DB{"writer": st.writer.DB, "reader": st.reader.DB}
}

// RememberedAfter gives the number of merchants in memory after n were read.
func RememberedAfter(n int) int {
	k := newMemory()
	for i := range n {
		k.put(ids.MerchantID(fmt.Sprint(i)), 1, "key", "value")
	}
	return len(k.merchants)
}

// Migrate brings the schema to what folder holds.
func Migrate(ctx context.Context, st *Store, folder fs.FS) error { return st.migrate(ctx, folder) }

// HasTable reports whether a table is there.
func HasTable(ctx context.Context, st *Store, name string) (bool, error) {
	return st.engine.hasTable(ctx, st.reader.DB, name)
}

// MaxUncounted is how many keys may wait to be counted.
const MaxUncounted = maxUncounted

// SealedColumns gives table and column of all that rotating the master key seals anew.
func SealedColumns() (all []string) {
	for _, c := range sealedColumns {
		all = append(all, c.table+"."+c.column)
	}
	return all
}

// RotateBatch is how many rows are sealed in one transaction.
const RotateBatch = rotateBatch

// Forge changes the newest entry of a merchant's log, and all that ties it, with a key of the chain.
func Forge(ctx context.Context, db *sql.DB, key *seal.Marker, m ids.MerchantID) error {
	var l link
	err := db.QueryRowContext(ctx, `SELECT `+linkColumns+` FROM activity WHERE merchant_id = $1 ORDER BY seq DESC LIMIT 1`, m).Scan(l.fields()...)
	if err != nil {
		return err
	}
	var previous []byte
	if err := db.QueryRowContext(ctx, `SELECT mac FROM activity WHERE merchant_id = $1 AND seq = $2`, m, l.seq-1).Scan(&previous); err != nil {
		return err
	}
	l.address = "192.0.2.66"
	if l.mac, err = (chain{key}).tie(l, previous); err != nil {
		return err
	}
	h, err := chain{key}.sealed(head{merchant: m, entries: l.seq, mac: l.mac})
	if err != nil {
		return err
	}
	_, first := db.ExecContext(ctx, `UPDATE activity SET address = $1, mac = $2 WHERE id = $3`, l.address, l.mac, l.id)
	_, second := db.ExecContext(ctx, `UPDATE activity_heads SET mac = $1, seal = $2 WHERE merchant_id = $3`, h.mac, h.seal, m)
	return errors.Join(first, second)
}
