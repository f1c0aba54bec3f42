package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

var ctx = context.Background()

func TestMain(m *testing.M) { storetest.Main(m) }

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
			err := saveWith(ctx, db.Store, p.Merchant, func(old []byte) []byte { return append(old, 'x') })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	document, err := db.Settings().Load(ctx, p.Merchant, ids.Sandbox, "general")
	if err != nil || len(document.Text) != 20 {
		t.Errorf("document = %q, %v, want 20 x", document.Text, err)
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
	if err := saveWith(ctx, db.Store, mine.Merchant, func([]byte) []byte { return []byte("{}") }); err != nil {
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
