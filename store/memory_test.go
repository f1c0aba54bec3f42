package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// visitOn is a request of the session token on a node.
func visitOn(t *testing.T, node *store.Store, token string) context.Context {
	t.Helper()
	request, visit := auth.WithVisit(ctx)
	if _, found, err := node.Sessions().FindCtx(request, token); err != nil || !found || visit.Generation == 0 {
		t.Fatalf("session: %v, %v", found, err)
	}
	return request
}

// session signs somebody in and gives the digest of the token.
func session(t *testing.T, db *storetest.DB, p auth.Person) string {
	t.Helper()
	signIn(t, db, manager(db), p, "")
	var digest string
	if err := db.Raw(t).QueryRow(`SELECT token_digest FROM sessions WHERE person_id = $1`, p.ID).Scan(&digest); err != nil {
		t.Fatal(err)
	}
	return digest
}

// saveWith makes a document what change makes of it, by nobody.
func saveWith(ctx context.Context, node *store.Store, m ids.MerchantID, change func(old []byte) []byte) error {
	return node.Do(ctx, func(ctx context.Context) error {
		old, err := node.Settings().Load(ctx, m, ids.Sandbox, settings.GeneralPage)
		if err != nil && !errors.Is(err, settings.ErrNotFound) {
			return err
		}
		return node.Settings().Put(ctx, m, ids.Sandbox, settings.GeneralPage, settings.Version{
			Document: settings.Document{Version: old.Version + 1, Text: change(old.Text)}, Origin: settings.Saved, At: storetest.Start,
		})
	})
}

func save(ctx context.Context, t *testing.T, node *store.Store, m ids.MerchantID, text string) {
	t.Helper()
	err := saveWith(ctx, node, m, func([]byte) []byte { return []byte(text) })
	if err != nil {
		t.Fatal(err)
	}
}

func document(ctx context.Context, t *testing.T, node *store.Store, m ids.MerchantID) string {
	t.Helper()
	d, err := node.Settings().Load(ctx, m, ids.Sandbox, settings.GeneralPage)
	if err != nil {
		t.Fatal(err)
	}
	return string(d.Text)
}

func TestWhatDidNotChangeIsReadOnce(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	token := session(t, db, p)
	save(ctx, t, db.Store, p.Merchant, "1")
	for i, want := range []int{5, 1, 1} { // the session, and the first time its person and what the page shows
		db.Statements()
		request := visitOn(t, db.Store, token)
		owned, err := db.Keys().List(request, p.Merchant, ids.Sandbox)
		if err != nil || len(owned) != 2 {
			t.Fatalf("keys: %v, %v", owned, err)
		}
		if _, err := db.Environments().State(request, p.Merchant, ids.Sandbox); err != nil {
			t.Fatal(err)
		}
		if got := document(request, t, db.Store, p.Merchant); got != "1" {
			t.Errorf("document = %q", got)
		}
		if reads, _ := db.Statements(); len(reads) != want {
			t.Errorf("visit %d: %d statements, want %d: %q", i, len(reads), want, reads)
		}
	}
}

// C126: whatever a node or another program changes is seen by the next request on every node.
func TestTheNextRequestSeesEveryChangeOfEveryNode(t *testing.T) {
	db := storetest.New(t)
	p, ring := merchant(t, db, "G100000001", "a@example.test")
	token := session(t, db, p)
	other := db.Another(t)
	save(ctx, t, db.Store, p.Merchant, "0")
	for i := range 20 {
		want := string(rune('a' + i))
		for _, node := range []*store.Store{db.Store, other} { // both remember
			document(visitOn(t, node, token), t, node, p.Merchant)
		}
		save(ctx, t, []*store.Store{db.Store, other}[i%2], p.Merchant, want)
		for _, node := range []*store.Store{db.Store, other} {
			if got := document(visitOn(t, node, token), t, node, p.Merchant); got != want {
				t.Errorf("change %d: a node answers %q, want %q", i, got, want)
			}
		}
	}
	if err := ring.Issue(ctx, p.Merchant, ids.Production, db.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if owned, err := other.Keys().List(visitOn(t, other, token), p.Merchant, ids.Production); err != nil || len(owned) != 2 {
		t.Errorf("keys issued on another node: %v, %v", owned, err)
	}
}

func TestARequestSeesItsOwnChange(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	token := session(t, db, p)
	save(ctx, t, db.Store, p.Merchant, "old")
	request := visitOn(t, db.Store, token)
	document(request, t, db.Store, p.Merchant)
	save(request, t, db.Store, p.Merchant, "new")
	if got := document(request, t, db.Store, p.Merchant); got != "new" {
		t.Errorf("after its own change the request reads %q", got)
	}
}

// What is remembered for one merchant answers nobody else, not even under the same generation.
func TestNobodyIsAnsweredFromAnotherMerchantsMemory(t *testing.T) {
	db := storetest.New(t)
	mine, _ := merchant(t, db, "G100000001", "a@example.test")
	other, _ := merchant(t, db, "G100000002", "b@example.test")
	db.Exec(t, `UPDATE merchants SET generation = 7`)
	for _, p := range []auth.Person{mine, other, mine} {
		request := visitOn(t, db.Store, session(t, db, p))
		for _, m := range []ids.MerchantID{mine.Merchant, other.Merchant} {
			got, err := db.Keys().List(request, m, ids.Sandbox)
			if err != nil {
				t.Fatal(err)
			}
			want, err := db.Keys().List(ctx, m, ids.Sandbox) // without a visit nothing is remembered
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s asks for the keys of %s: %v\n%s", p.ID, m, err, diff)
			}
		}
	}
	token := session(t, db, mine)
	for _, want := range []string{"old", "new"} { // the visitor's generation says nothing about another merchant
		save(ctx, t, db.Store, other.Merchant, want)
		if got := document(visitOn(t, db.Store, token), t, db.Store, other.Merchant); got != want {
			t.Errorf("of another merchant's settings: %q, want %q", got, want)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	if n := store.RememberedAfter(5000); n > 1000 {
		t.Errorf("%d merchants are remembered", n)
	}
}
