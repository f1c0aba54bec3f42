package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"merchant-portal/internal/seal"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// C082: everything is readable with the new master key; nothing in the database, or in a file of it, is of the old one.
func TestARotatedMasterKeyOpensEverythingAndTheOldOneNothing(t *testing.T) {
	f := newSealedRows(t, 2*store.RotateBatch+1)
	old, next, before := f.db.MasterKey, newMasterKey(t), f.blobs(t)
	done, _ := f.rotate(t, old, next, nil)
	for _, d := range done {
		if d.Anew == 0 || d.Before > 0 || len(d.Unopened) > 0 {
			t.Errorf("%+v", d)
		}
	}
	if len(done) != len(store.SealedColumns()) {
		t.Errorf("%d kinds of rows were sealed", len(done))
	}
	if _, err := store.Open(ctx, f.db.Options()); !errors.Is(err, store.ErrMasterKey) {
		t.Errorf("with the old master key: %v", err)
	}
	after := f.blobs(t)
	f.wantNoneOf(t, before, after)
	f.wantReadable(t, next)
	wantNoOldKey(t, old, next, before, after)
}

// wantNoneOf wants that not a byte of before is in the rows, nor in the files of SQLite.
func (f *sealedRows) wantNoneOf(t *testing.T, before, after map[string][]byte) {
	t.Helper()
	var files []byte
	if !store.IsPostgres(f.db.Database) {
		names, err := filepath.Glob(f.db.Database + "*")
		if err != nil || len(names) < 2 {
			t.Fatalf("files: %v, %v", names, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, content...)
		}
	}
	for place, blob := range before {
		if len(after[place]) == 0 || bytes.Equal(blob, after[place]) || bytes.Contains(files, blob[len(blob)/2:]) {
			t.Errorf("%s is as it was, or still in a file", place)
		}
	}
}

// wantNoOldKey wants that whoever has the old keysets, from the database of before, and the old master key can open nothing that is there now.
func wantNoOldKey(t *testing.T, old, next seal.MasterKey, before, after map[string][]byte) {
	t.Helper()
	for _, scope := range []string{"portal", "sandbox", "production"} {
		box, err := next.OpenKeyset(scope, after["keyset "+scope])
		if err != nil || box.Renewed() {
			t.Fatalf("%s: old data keys are left: %v", scope, err)
		}
		leaked, err := old.OpenKeyset(scope, before["keyset "+scope])
		if err != nil {
			t.Fatal(err)
		}
		for place, blob := range after {
			if leaked.Current(blob) {
				t.Errorf("%s is sealed with an old key", place)
			}
			if _, err := old.OpenKeyset(scope, blob); err == nil {
				t.Errorf("the old master key opens %s", place)
			}
		}
	}
}

// C082: broken off before any of its statements, the rotation leaves a database that one of the two master keys opens. A portal starts with that one and reads
// everything, or refuses with a sentence; run again, the rotation comes to its end.
func TestARotationMayBeBrokenOffAtEveryStatement(t *testing.T) {
	f := newSealedRows(t, 3)
	seen := map[store.Opening]int{}
	for n := 1; ; n++ {
		old, next, left := f.db.MasterKey, newMasterKey(t), n
		_, finished := f.rotate(t, old, next, func(string, bool) {
			if left--; left == 0 {
				panic(errBrokenOff)
			}
		})
		if finished {
			if n < 25 {
				t.Errorf("there were only %d statements", n)
			}
			break
		}
		seen[f.wantOneKey(t, old, next)]++
		if _, finished := f.rotate(t, old, next, nil); !finished {
			t.Fatal("not finished")
		}
		f.wantReadable(t, next)
	}
	if seen[store.Halfway] == 0 || seen[store.Wholly] == 0 {
		t.Errorf("broken off in %v", seen)
	}
}

// wantOneKey wants that exactly one of two master keys opens the database, and gives how.
func (f *sealedRows) wantOneKey(t *testing.T, old, next seal.MasterKey) store.Opening {
	t.Helper()
	r, err := store.OpenToRotate(ctx, f.db.Options())
	if err != nil {
		t.Fatal(err)
	}
	first, second := f.opens(t, r, old), f.opens(t, r, next)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if (first == store.Never) == (second == store.Never) || first == store.Halfway {
		t.Fatalf("the old key opens it %d, the new one %d", first, second)
	}
	key := map[bool]seal.MasterKey{true: old, false: next}[second == store.Never]
	if second != store.Halfway {
		f.wantReadable(t, key)
		f.db.MasterKey = old
		return store.Wholly
	}
	o := f.db.Options()
	o.MasterKey = key
	if _, err := store.Open(ctx, o); !errors.Is(err, store.ErrHalfRotated) {
		t.Errorf("a portal on a half rotated database: %v", err)
	}
	return store.Halfway
}

// C083: a wrong master key changes nothing, and no question does.
func TestAskingWhatAKeyOpensChangesNothing(t *testing.T) {
	f := newSealedRows(t, 3)
	before := f.db.Dump(t)
	r, err := store.OpenToRotate(ctx, f.db.Options())
	if err != nil {
		t.Fatal(err)
	}
	if got := f.opens(t, r, newMasterKey(t)); got != store.Never {
		t.Errorf("another key opens it: %d", got)
	}
	if got := f.opens(t, r, f.db.MasterKey); got != store.Wholly {
		t.Errorf("its key opens it: %d", got)
	}
	if err := r.Close(); err != nil || !slices.Equal(before, f.db.Dump(t)) {
		t.Errorf("something changed: %v", err)
	}
}

// What did not open before is named and left alone, and stops nothing.
func TestWhatDoesNotOpenIsNamedAndLeftAsItIs(t *testing.T) {
	f := newSealedRows(t, 3)
	f.db.Exec(t, `UPDATE past_passwords SET id = 'moved', person_id = 'person-of-G100000002' WHERE id = '1'`)
	f.db.Exec(t, `UPDATE activity_heads SET entries = entries + 1 WHERE merchant_id = 'G100000002'`)
	f.db.Exec(t, `DELETE FROM keysets WHERE scope = 'production'`) // with what it sealed: the documents
	before, next := f.blobs(t), newMasterKey(t)
	done, _ := f.rotate(t, f.db.MasterKey, next, nil)
	var unopened []string
	for _, d := range done {
		unopened = append(unopened, d.Unopened...)
	}
	if !slices.Equal(unopened, []string{"d1", "d2", "d3", "d4", "d5", "d6", "moved", "G100000002"}) {
		t.Errorf("not opened: %v", unopened)
	}
	if after := f.blobs(t); !bytes.Equal(before["past moved"], after["past moved"]) || !bytes.Equal(before["head G100000002"], after["head G100000002"]) {
		t.Error("it was changed")
	}
}

// C117: whoever has the old master key and an old copy of the database cannot change the log of before the rotation any more.
func TestAnOldKeyCannotForgeTheLogAfterARotation(t *testing.T) {
	f := newSealedRows(t, 3)
	old, next := f.db.MasterKey, newMasterKey(t)
	leaked, err := old.OpenMarkerKeyset("activity", f.blobs(t)["keyset activity"])
	if err != nil {
		t.Fatal(err)
	}
	raw := f.db.Raw(t)
	if got := f.forged(t, raw, leaked); len(got) != 0 {
		t.Fatalf("before the rotation, with the key, it is found: %v", got)
	}
	f.rotate(t, old, next, nil)
	f.db.MasterKey = next
	if got := f.forged(t, raw, leaked); len(got) != 1 || got[0].Kind != store.HeadFake {
		t.Errorf("afterwards: %v", got)
	}
}

func (f *sealedRows) forged(t *testing.T, raw *sql.DB, key *seal.Marker) []store.Finding {
	t.Helper()
	if err := store.Forge(ctx, raw, key, f.person.Merchant); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(ctx, f.db.Options())
	if err != nil {
		t.Fatal(err)
	}
	v, err := st.Chains().Verify(ctx, f.person.Merchant)
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	return v.Findings
}

// C082: a rotation waits for nobody: while a store is open it is refused, and while it runs no store opens.
func TestARotationAndAPortalKeepEachOtherAway(t *testing.T) {
	db := storetest.New(t)
	if _, err := store.OpenToRotate(ctx, db.Options()); !errors.Is(err, store.ErrInUse) {
		t.Fatalf("beside a portal: %v", err)
	}
	if err := db.Do(ctx, func(context.Context) error { return nil }); err != nil {
		t.Errorf("the portal was disturbed: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenToRotate(ctx, db.Options())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, db.Options()); !errors.Is(err, store.ErrRotating) {
		t.Errorf("a portal beside it: %v", err)
	}
	if _, err := store.OpenToRotate(ctx, db.Options()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("another rotation beside it: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	db.Another(t)
}
