package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// C119: every connection of both pools has the settings on which durability rests, and the files belong to this user alone.
func TestEveryConnectionIsSafeAndTheFilesArePrivate(t *testing.T) {
	db := storetest.SQLite(t)
	for name, pool := range store.Pools(db.Store) {
		var held []*sql.Conn
		for range pool.Stats().MaxOpenConnections { // all of them at once, so that each is another one
			conn, err := pool.Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, conn)
			for pragma, want := range map[string]string{
				"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
				"query_only": map[string]string{"reader": "1", "writer": "0"}[name],
			} {
				var got string
				if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %s = %q, %v, want %q", name, pragma, got, err, want)
				}
			}
		}
		for _, conn := range held {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	files, err := filepath.Glob(db.Database + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files: %v, %v", files, err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(name), mode)
		}
	}
}
