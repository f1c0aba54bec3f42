package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"merchant-portal/internal/ids"
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
