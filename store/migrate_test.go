package store_test

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
	"testing/fstest"

	"merchant-portal/internal/seal"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// C123: a database that a newer program migrated is not touched.
func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	db := storetest.New(t)
	db.Exec(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, $1)`, true)
	if _, err := store.Open(ctx, db.Options()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Open = %v, want %v", err, store.ErrNewer)
	}
}

// C123: programs that start at the same moment on a new database make it once, and all of them work.
func TestStartersAtTheSameMomentMakeOneDatabase(t *testing.T) {
	o := storetest.New(t).Options()
	o.Database = storetest.NewDatabase(t)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			st, err := store.Open(ctx, o)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := st.Keysets().Environment("sandbox"); err != nil {
				t.Error(err)
			}
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	made := storetest.DB{Database: o.Database}
	dump := made.Dump(t)
	if n := storetest.Count(dump, "keysets"); n != 5 {
		t.Errorf("%d keysets, want 5", n)
	}
	if n := storetest.Count(dump, "goose_db_version"); n != len(landed(t))+1 { // goose begins with a row 0
		t.Errorf("%d migrations were noted, want %d", n, len(landed(t))+1)
	}
}

// A program with another key, beside the one that makes the database, is refused and leaves it as it is.
func TestOfTwoStartersWithDifferentKeysOneIsRefused(t *testing.T) {
	o := storetest.New(t).Options()
	o.Database = storetest.NewDatabase(t)
	outcomes := make(chan error, 2)
	for range 2 {
		go func() {
			mine := o
			var err error
			if mine.MasterKey, err = seal.ParseMasterKey(seal.NewMasterKeyText()); err != nil {
				outcomes <- err
				return
			}
			st, err := store.Open(ctx, mine)
			if err == nil {
				err = st.Close()
			}
			outcomes <- err
		}()
	}
	first, second := <-outcomes, <-outcomes
	if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), store.ErrMasterKey) {
		t.Errorf("outcomes %v and %v, want one success and %v", first, second, store.ErrMasterKey)
	}
}

// C123: a migration that fails leaves nothing of itself, those before it stay, and the next start goes on with it.
func TestAMigrationThatFailedIsResumed(t *testing.T) {
	db := storetest.New(t)
	folder := landed(t)
	folder["90001_first.sql"] = file("-- +goose Up\nCREATE TABLE first (id TEXT NOT NULL PRIMARY KEY);")
	folder["90002_second.sql"] = file("-- +goose Up\nCREATE TABLE second (id TEXT NOT NULL PRIMARY KEY);\nINSERT INTO second VALUES ('x');\nINSERT INTO second VALUES ('x');")
	if err := store.Migrate(ctx, db.Store, folder); err == nil {
		t.Fatal("the second migration went through")
	}
	for table, want := range map[string]bool{"first": true, "second": false} {
		if got, err := store.HasTable(ctx, db.Store, table); err != nil || got != want {
			t.Errorf("after the failure: table %s is there: %v, %v, want %v", table, got, err, want)
		}
	}
	folder["90002_second.sql"] = file("-- +goose Up\nCREATE TABLE second (id TEXT NOT NULL PRIMARY KEY);\nINSERT INTO second VALUES ('x');")
	if err := store.Migrate(ctx, db.Store, folder); err != nil {
		t.Fatal(err)
	}
	if n := storetest.Count(db.Dump(t), "second"); n != 1 {
		t.Errorf("%d rows of the resumed migration, want 1", n)
	}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// landed are the program's own migrations.
func landed(t *testing.T) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{}
	names, err := fs.Glob(os.DirFS("migrations"), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile("migrations/" + name)
		if err != nil {
			t.Fatal(err)
		}
		folder[name] = file(string(text))
	}
	return folder
}

// While nodes are replaced one after the other, those from before the account rules go on signing in: their sessions have no idle clock, so they
// are out here.
func TestSessionsOfAnEarlierProgramAreWrittenAndOut(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	now := db.Clock.Now().UnixMilli()
	for _, digest := range []string{"one", "two"} {
		db.Exec(t, `INSERT INTO sessions (token_digest, person_id, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
			digest, p.ID, `{}`, now, now+3_600_000)
		if _, found, err := db.Sessions().FindCtx(ctx, digest); found || err != nil {
			t.Errorf("%s: found = %v, %v", digest, found, err)
		}
	}
	if err := db.Sessions().DeleteCtx(ctx, "one"); err != nil || storetest.Count(db.Dump(t), "sessions") != 1 {
		t.Errorf("removing one: %v", err)
	}
	if living, err := db.Sessions().Live(ctx, p.ID); len(living) != 0 || err != nil {
		t.Errorf("%d sessions are listed, %v", len(living), err)
	}
}
