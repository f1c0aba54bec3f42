package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// C126: a server that ends our connections is a database in trouble, not a fault of ours; nothing of the act stays, and the next one works.
func TestAServerThatHangsUpIsTroubleAndPasses(t *testing.T) {
	if !storetest.OnPostgres() {
		return // a file does not hang up
	}
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	before := db.Dump(t)
	hangUp := func() {
		db.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	}
	err := db.Do(ctx, func(ctx context.Context) error {
		if err := update(ctx, db.Store, p.Merchant, "half"); err != nil {
			return err
		}
		hangUp()
		return update(ctx, db.Store, p.Merchant, "done")
	})
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("an act during the interruption: %v, want %v", err, fault.Unavailable)
	}
	hangUp()
	for deadline := time.Now().Add(10 * time.Second); ; {
		_, err := db.Environments().State(ctx, p.Merchant, ids.Sandbox)
		if err == nil {
			break
		}
		if fault.KindOf(err) != fault.Unavailable || time.Now().After(deadline) {
			t.Fatalf("reading afterwards: %v", err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		err := update(ctx, db.Store, p.Merchant, "whole")
		if err == nil {
			break
		}
		if fault.KindOf(err) != fault.Unavailable || time.Now().After(deadline) {
			t.Fatalf("writing afterwards: %v", err)
		}
	}
	if document(ctx, t, db.Store, p.Merchant) != "whole" || storetest.Count(before, "settings") != 0 {
		t.Error("the act afterwards is not there")
	}
}

func update(ctx context.Context, node *store.Store, m ids.MerchantID, text string) error {
	return saveWith(ctx, node, m, func([]byte) []byte { return []byte(text) })
}

// A server that is not there, or a URL that is none, stops the start with a sentence that holds no password.
func TestADatabaseThatCannotBeReachedStopsTheStart(t *testing.T) {
	o := storetest.SQLite(t).Options()
	for _, url := range []string{"postgres://user:CANARY@127.0.0.1:1/portal?sslmode=disable", "postgres://user:CANARY@127.0.0.1:port/x", "postgres://user:CANARY%zz@x/y"} {
		o.Database = url
		_, err := store.Open(ctx, o)
		if err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%v", err)
		}
	}
	o.Database = "postgres://user:CANARY@127.0.0.1:port/x"
	if _, err := store.Open(ctx, o); !errors.Is(err, store.ErrDatabaseURL) {
		t.Errorf("%v, want %v", err, store.ErrDatabaseURL)
	}
}
