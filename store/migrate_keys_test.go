package store_test

import (
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// before is the migrations up to a version.
func before(t *testing.T, version string) fstest.MapFS {
	t.Helper()
	folder := landed(t)
	for name := range folder {
		if name >= version {
			delete(folder, name)
		}
	}
	return folder
}

// Keys that an earlier program made are what they were after the migration that gives keys an end, and that program goes on working with the new table.
func TestKeysOfAnEarlierProgramStay(t *testing.T) {
	o := storetest.New(t).Options()
	o.Database = storetest.NewDatabase(t)
	db := storetest.DB{Database: o.Database, MasterKey: o.MasterKey}
	dialect := goose.DialectSQLite3
	if storetest.OnPostgres() {
		dialect = goose.DialectPostgres
	}
	earlier, err := goose.NewProvider(dialect, db.Raw(t), before(t, "00006"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := earlier.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	const add = `INSERT INTO access_keys (id, merchant_id, environment, kind, digest, last_four, sealed, created_at) VALUES ($1, 'G100000001', $2, $3, $4, 'wxyz', $5, 7)`
	db.Exec(t, `INSERT INTO merchants (id, name, created_at) VALUES ('G100000001', 'Toko', 1)`)
	for _, env := range []string{"sandbox", "production"} {
		db.Exec(t, `INSERT INTO environments (merchant_id, environment, state, created_at) VALUES ('G100000001', $1, 'active', 1)`, env)
		for _, kind := range []string{"client", "server"} {
			db.Exec(t, add, env+kind, env, kind, []byte("digest "+env+kind), []byte("sealed "+kind))
		}
	}
	db.Exec(t, `UPDATE access_keys SET revealed_at = 9 WHERE id = 'sandboxserver'`)

	st, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // nothing was written
	found, err := st.Keys().List(t.Context(), "G100000001", "sandbox")
	if err != nil || len(found) != 2 {
		t.Fatalf("%d keys, %v", len(found), err)
	}
	server, err := st.Keys().Find(t.Context(), []byte("digest sandboxserver"))
	if err != nil || server.ID != "sandboxserver" || server.Kind != "server" || server.LastFour != "wxyz" || string(server.Sealed) != "sealed server" ||
		server.CreatedAt.UnixMilli() != 7 || server.RevealedAt.UnixMilli() != 9 || !server.EndsAt.IsZero() || !server.FirstUsedAt.IsZero() {
		t.Errorf("the server key is %+v, %v", server, err)
	}

	db.Exec(t, `INSERT INTO merchants (id, name, created_at) VALUES ('G100000002', 'Warung', 1)`)
	db.Exec(t, `INSERT INTO environments (merchant_id, environment, state, created_at) VALUES ('G100000002', 'sandbox', 'active', 1)`)
	db.Exec(t, `INSERT INTO access_keys (id, merchant_id, environment, kind, digest, last_four, sealed, created_at)
		VALUES ('later', 'G100000002', 'sandbox', 'server', $1, 'abcd', $2, 8)`, []byte("later"), []byte("sealed"))
	if k, err := st.Keys().Find(t.Context(), []byte("later")); err != nil || !k.EndsAt.IsZero() {
		t.Errorf("a key that the earlier program adds: %+v, %v", k, err)
	}
}

// Two keys of a kind without an end cannot be stored, whoever writes them.
func TestOfEachKindOneKeyHasNoEnd(t *testing.T) {
	db := storetest.New(t)
	_, _ = merchant(t, db, "G100000001", "a@example.test")
	again := func(ends any) error {
		_, err := db.Raw(t).ExecContext(t.Context(), `INSERT INTO access_keys (id, merchant_id, environment, kind, digest, last_four, sealed, created_at, ends_at)
			VALUES ('again', 'G100000001', 'sandbox', 'server', $1, 'wxyz', $2, 7, $3)`, []byte("again"), []byte("sealed"), ends)
		return err
	}
	if err := again(nil); err == nil {
		t.Error("a second server key without an end was stored")
	}
	if err := again(5); err != nil {
		t.Errorf("one with an end: %v", err)
	}
}
