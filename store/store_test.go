package store_test

import (
	"context"
	"database/sql"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

var ctx = context.Background()

// merchant makes a merchant with one person, its environments and its Sandbox keys.
func merchant(t *testing.T, db *storetest.DB, id ids.MerchantID, email string) (auth.Person, *keys.Service) {
	t.Helper()
	now := db.Clock.Now()
	p := auth.Person{
		ID: ids.PersonID("person-of-" + id), Merchant: id, Name: "Sari", Email: email, Phone: "+62" + string(id[1:]), Language: "en",
		Roles: auth.Roles{auth.Administrator}, PasswordHash: "hash", PasswordSetAt: now, CreatedAt: now,
	}
	env := &envswitch.Service{Store: db.Environments(), Tx: db, Log: db.Activity(), Now: db.Clock.Now}
	ring := &keys.Service{Store: db.Keys(), Tx: db, Log: db.Activity(), Sealer: db.Keysets(), Now: db.Clock.Now}
	err := db.Do(ctx, func(ctx context.Context) error {
		return errors.Join(db.People().Create(ctx, auth.Merchant{ID: id, Name: "Toko", CreatedAt: now}, p),
			env.MerchantCreated(ctx, id, now), ring.Issue(ctx, id, ids.Sandbox, now))
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, ring
}

func TestWhatFailsInATransactionLeavesNothing(t *testing.T) {
	db := storetest.New(t)
	before := db.Dump(t)
	want := errors.New("no")
	err := db.Do(ctx, func(ctx context.Context) error {
		if err := db.People().Create(ctx, auth.Merchant{ID: "G1", CreatedAt: db.Clock.Now()}, auth.Person{ID: "p"}); err != nil {
			return err
		}
		if err := db.Outbox().Enqueue(ctx, outbox.Message{Kind: outbox.ConfirmRegistration}); err != nil {
			return err
		}
		return db.Do(ctx, func(context.Context) error { return want }) // nested: joins
	})
	if !errors.Is(err, want) {
		t.Fatalf("Do = %v, want %v", err, want)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("something stayed:\n%s", diff)
	}
}

func TestAPanicInATransactionRollsBackAndFreesTheWriter(t *testing.T) {
	db := storetest.New(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		db.Do(ctx, func(ctx context.Context) error { //nolint:errcheck // it panics
			if err := db.People().Create(ctx, auth.Merchant{ID: "G1"}, auth.Person{ID: "p"}); err != nil {
				t.Error(err)
			}
			panic("boom")
		})
	}()
	if n := storetest.Count(db.Dump(t), "merchants"); n != 0 {
		t.Errorf("%d merchants stayed", n)
	}
	if err := db.Do(ctx, func(context.Context) error { return nil }); err != nil {
		t.Errorf("the writer is stuck: %v", err)
	}
}

func TestParallelUpdatesLoseNothing(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := db.Settings().Update(ctx, p.Merchant, ids.Sandbox, "general", db.Clock.Now(), func(old []byte) ([]byte, error) {
				return append(old, 'x'), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	document, err := db.Settings().Load(ctx, p.Merchant, ids.Sandbox, "general")
	if err != nil || len(document) != 20 {
		t.Errorf("document = %q, %v, want 20 x", document, err)
	}
}

func TestUniqueValuesAreRefusedByName(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "sari@example.test")
	fresh := auth.Person{ID: "other", Email: "other@example.test", Phone: "+6281"}
	tests := map[string]struct {
		m    ids.MerchantID
		edit func(*auth.Person)
		want error
	}{
		"merchant id":                   {"G100000001", func(*auth.Person) {}, auth.ErrMerchantIDTaken},
		"address":                       {"G2", func(o *auth.Person) { o.Email = p.Email }, auth.ErrEmailTaken},
		"address in another case":       {"G2", func(o *auth.Person) { o.Email = "SARI@Example.TEST " }, auth.ErrEmailTaken},
		"phone":                         {"G2", func(o *auth.Person) { o.Phone = p.Phone }, auth.ErrPhoneTaken},
		"everything of its own is fine": {"G2", func(*auth.Person) {}, nil},
	}
	for name, tt := range tests {
		other := fresh
		tt.edit(&other)
		err := db.Do(ctx, func(ctx context.Context) error {
			if err := db.People().Create(ctx, auth.Merchant{ID: tt.m}, other); err != nil {
				return err
			}
			return errKeepOut
		})
		if want := tt.want; !errors.Is(err, want) && (want != nil || !errors.Is(err, errKeepOut)) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

var errKeepOut = errors.New("rolled back by the test")

// C094: what belongs to another merchant or environment is not found, whatever id is asked for.
func TestKeysAreFoundByTheirOwnerInTheirEnvironmentAlone(t *testing.T) {
	db := storetest.New(t)
	mine, ring := merchant(t, db, "G100000001", "a@example.test")
	other, _ := merchant(t, db, "G100000002", "b@example.test")
	owned, err := ring.List(ctx, mine.Merchant, ids.Sandbox)
	if err != nil || len(owned) != 2 {
		t.Fatalf("List = %v, %v", owned, err)
	}
	for _, k := range owned {
		if _, err := db.Keys().Get(ctx, mine.Merchant, ids.Sandbox, k.ID); err != nil {
			t.Errorf("own key: %v", err)
		}
		for name, err := range map[string]error{
			"other merchant":             get(db, other.Merchant, ids.Sandbox, k.ID),
			"other environment":          get(db, mine.Merchant, ids.Production, k.ID),
			"mark of other merchant":     db.Keys().MarkRevealed(ctx, other.Merchant, ids.Sandbox, k.ID, db.Clock.Now()),
			"mark of other environment":  db.Keys().MarkRevealed(ctx, mine.Merchant, ids.Production, k.ID, db.Clock.Now()),
			"person of another merchant": person(db, other.Merchant, mine.ID),
		} {
			if !errors.Is(err, keys.ErrNotFound) && !errors.Is(err, auth.ErrNotFound) {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
	}
	if err := db.Settings().Update(ctx, mine.Merchant, ids.Sandbox, settings.GeneralPage, db.Clock.Now(),
		func([]byte) ([]byte, error) { return []byte("{}"), nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Settings().Load(ctx, mine.Merchant, ids.Production, settings.GeneralPage); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("Production has the settings of Sandbox: %v", err)
	}
}

func get(db *storetest.DB, m ids.MerchantID, env ids.Environment, id ids.KeyID) error {
	_, err := db.Keys().Get(ctx, m, env, id)
	return err
}

func person(db *storetest.DB, m ids.MerchantID, id ids.PersonID) error {
	_, err := db.People().ByID(ctx, m, id)
	return err
}

// C079: no secret stands in clear in the database, its write-ahead log, or anything beside it.
func TestNoFileHoldsASecretInClear(t *testing.T) {
	db := storetest.New(t)
	p, ring := merchant(t, db, "G100000001", "a@example.test")
	canaries := []string{"CANARY-LINK-TOKEN", "canary@example.test"}
	if err := db.Outbox().Enqueue(ctx, outbox.Message{Kind: outbox.ConfirmRegistration, To: canaries[1], Token: canaries[0]}); err != nil {
		t.Fatal(err)
	}
	owned, err := ring.List(ctx, p.Merchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range owned {
		_, text, err := ring.Reveal(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID}, ids.Sandbox, k.ID)
		if err != nil {
			t.Fatal(err)
		}
		canaries = append(canaries, text, strings.TrimPrefix(text, keys.Prefix(ids.Sandbox, k.Kind)))
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(db.Path), "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files: %v, %v", files, err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, canary := range canaries {
			if strings.Contains(string(content), canary) {
				t.Errorf("%s holds %q", filepath.Base(name), canary)
			}
		}
	}
}

// C080: a sealed value that was moved to another row, kind, environment or merchant does not open.
func TestMovedSecretsDoNotOpen(t *testing.T) {
	moves := map[string]string{
		"between kinds":     `UPDATE access_keys SET sealed = (SELECT sealed FROM access_keys o WHERE o.merchant_id = 'G100000001' AND o.kind = 'client') WHERE merchant_id = 'G100000001' AND kind = 'server'`,
		"between merchants": `UPDATE access_keys SET sealed = (SELECT sealed FROM access_keys o WHERE o.merchant_id = 'G100000002' AND o.kind = 'server') WHERE merchant_id = 'G100000001' AND kind = 'server'`,
		"to Production":     `UPDATE access_keys SET environment = 'production' WHERE merchant_id = 'G100000001'`,
		"to another row":    `UPDATE access_keys SET id = id || 'X' WHERE merchant_id = 'G100000001'`,
		"one bit":           `UPDATE access_keys SET sealed = substr(sealed, 1, 20) || x'00' || substr(sealed, 22) WHERE merchant_id = 'G100000001'`,
		"cut off":           `UPDATE access_keys SET sealed = substr(sealed, 1, 10) WHERE merchant_id = 'G100000001'`,
		"emptied":           `UPDATE access_keys SET sealed = x'' WHERE merchant_id = 'G100000001'`,
	}
	for name, move := range moves {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			p, ring := merchant(t, db, "G100000001", "a@example.test")
			merchant(t, db, "G100000002", "b@example.test")
			if _, err := db.Raw(t).Exec(move); err != nil {
				t.Fatal(err)
			}
			for _, env := range ids.Environments() {
				owned, err := ring.List(ctx, p.Merchant, env)
				if err != nil {
					t.Fatal(err)
				}
				for _, k := range owned {
					if k.Kind != keys.Server {
						continue
					}
					_, text, err := ring.Reveal(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID}, env, k.ID)
					if !errors.Is(err, keys.ErrUnreadable) || text != "" {
						t.Errorf("Reveal = %q, %v, want %v", text, err, keys.ErrUnreadable)
					}
				}
			}
		})
	}
}

func TestWithOneKeysetGoneTheOtherEnvironmentStillWorks(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	if _, err := db.Raw(t).Exec(`DELETE FROM keysets WHERE scope = 'production'`); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(ctx, db.Options())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close() //nolint:errcheck
	if _, err := again.Keysets().Environment(ids.Production); err == nil {
		t.Error("Production has a keyset")
	}
	ring := &keys.Service{Store: again.Keys(), Tx: again, Log: again.Activity(), Sealer: again.Keysets(), Now: db.Clock.Now}
	owned, err := ring.List(ctx, p.Merchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.PublicText(owned[0]); err != nil {
		t.Errorf("Sandbox: %v", err)
	}
}

// C083: with another master key the database does not open, and not a row of it changes.
func TestAnotherMasterKeyOpensAndChangesNothing(t *testing.T) {
	db := storetest.New(t)
	before := db.Dump(t)
	o := db.Options()
	var err error
	if o.MasterKey, err = seal.ParseMasterKey(seal.NewMasterKeyText()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, o); !errors.Is(err, store.ErrMasterKey) {
		t.Errorf("Open = %v, want %v", err, store.ErrMasterKey)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("the refused start changed:\n%s", diff)
	}
	if isNew, err := store.IsNew(ctx, db.Path); err != nil || isNew {
		t.Errorf("IsNew = %v, %v: a second master key would be made", isNew, err)
	}
}

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Raw(t).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, db.Options()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Open = %v, want %v", err, store.ErrNewer)
	}
}

// C119: every connection of both pools has the settings on which durability rests, and the files belong to this user alone.
func TestEveryConnectionIsSafeAndTheFilesArePrivate(t *testing.T) {
	db := storetest.New(t)
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
	files, err := filepath.Glob(db.Path + "*")
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

func TestMailIsDeliveredOnceAndLeavesNothingBehind(t *testing.T) {
	db := storetest.New(t)
	want := outbox.Message{Kind: outbox.ConfirmRegistration, To: "a@example.test", Language: "id", Token: "T"}
	delivered := make(chan outbox.Message, 10)
	stop, err := db.Outbox().Work(ctx, func(_ context.Context, id string, m outbox.Message) error {
		if id == "" {
			t.Error("no id")
		}
		delivered <- m
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Outbox().Enqueue(ctx, want); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-delivered:
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("not delivered within 10 s")
	}
	for deadline := time.Now().Add(10 * time.Second); storetest.Count(db.Dump(t), "river_job") > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the job is still there after 10 s")
		}
	}
	if err := stop(ctx); err != nil {
		t.Error(err)
	}
	if len(delivered) > 0 {
		t.Error("delivered twice")
	}
}

// C109: no statement is put together from what somebody typed: each is a constant, prepared at start.
func TestEveryStatementIsAConstant(t *testing.T) {
	checked := 0
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			at := -1
			switch method.Sel.Name {
			case "read", "write":
				at = 0
			case "ExecContext", "QueryContext", "QueryRowContext":
				if len(call.Args) > 1 {
					at = 1
				}
			}
			if at >= 0 && name != "statement.go" {
				if checked++; !constant(call.Args[at]) {
					t.Errorf("%s: a statement of %s is no constant", name, method.Sel.Name)
				}
			}
			return true
		})
	}
	if checked < 20 {
		t.Errorf("only %d statements were checked", checked)
	}
}

// constant reports whether an expression is made of literals and named constants alone.
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return strings.HasSuffix(e.Name, "Columns")
	case *ast.BinaryExpr:
		return constant(e.X) && constant(e.Y)
	}
	return false
}
