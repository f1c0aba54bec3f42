package store_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"merchant-portal/internal/fault"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// C082: on PostgreSQL connections may be lost. A portal that has lost the one that shows it is there keeps a rotation away with those that write; one that has none of
// these either and misses a rotation can write nothing afterwards: nobody could open it.
func TestAPortalThatMissedARotationWritesNothing(t *testing.T) {
	if !storetest.OnPostgres() {
		return // a lock on a file is not lost
	}
	db := storetest.New(t)
	old, next := db.MasterKey, newMasterKey(t)
	nothing := func() error { return db.Do(ctx, func(context.Context) error { return nil }) }
	writer := store.Pools(db.Store)["writer"]
	loseAllBut(t, db.Raw(t), writer)
	if _, err := store.OpenToRotate(ctx, db.Options()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("beside a portal that can write: %v", err)
	}
	writer.SetMaxIdleConns(0)
	r, err := store.OpenToRotate(ctx, db.Options())
	if err != nil {
		t.Fatal(err)
	}
	var failure *fault.Error
	if err := nothing(); !errors.As(err, &failure) || failure.Kind != fault.Unavailable {
		t.Errorf("during the rotation: %v", err)
	}
	err = errors.Join(r.Begin(ctx, old, next), r.Finish(ctx, next, func(store.Resealed) error { return nil }), r.Close())
	if err != nil {
		t.Fatal(err)
	}
	if err := nothing(); !errors.As(err, &failure) || failure.Kind != fault.Unavailable {
		t.Errorf("after the rotation: %v", err)
	}
	db.MasterKey = next
	db.Another(t)
}

// loseAllBut ends every connection that shares the lock of who works with a database, but that of pool.
func loseAllBut(t *testing.T, raw, pool *sql.DB) {
	t.Helper()
	pool.SetMaxOpenConns(1)
	var kept, lost int
	if err := pool.QueryRowContext(t.Context(), `SELECT pg_backend_pid()`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	err := raw.QueryRowContext(t.Context(), `SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_locks WHERE locktype = 'advisory' AND pid <> $1
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, kept).Scan(&lost)
	if err != nil || lost == 0 {
		t.Fatalf("%d connections lost, %v", lost, err)
	}
}
