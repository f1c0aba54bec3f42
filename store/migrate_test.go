package store_test

import (
	"errors"
	"testing"

	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	db := storetest.New(t)
	db.Exec(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, $1)`, true)
	if _, err := store.Open(ctx, db.Options()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Open = %v, want %v", err, store.ErrNewer)
	}
}
