package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/settings"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// C126: acts that meet on two nodes are run one after the other, and none is lost.
func TestParallelActsOfTwoNodesLoseNothing(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	nodes := []*store.Store{db.Store, db.Another(t)}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			node := nodes[i%len(nodes)]
			err := saveWith(ctx, node, p.Merchant, func(old []byte) []byte { return append(old, 'x') })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	document, err := db.Settings().Load(ctx, p.Merchant, ids.Sandbox, settings.GeneralPage)
	if err != nil || len(document.Text) != 40 {
		t.Errorf("document has %d x, %v, want 40", len(document.Text), err)
	}
}

// An act that read something that another act then changed is run again: what it decided rested on what is no longer so.
func TestAnActThatMeetsAnotherIsRunAgain(t *testing.T) {
	if !storetest.OnPostgres() {
		return // SQLite has one writer: acts do not meet
	}
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	other := db.Another(t)
	runs := 0
	err := db.Do(ctx, func(ctx context.Context) error {
		runs++
		if _, err := db.Settings().Load(ctx, p.Merchant, ids.Sandbox, settings.GeneralPage); err != nil && !errors.Is(err, settings.ErrNotFound) {
			return err
		}
		if runs == 1 {
			overtake(t, other, p.Merchant)
		}
		if err := db.Outbox().Enqueue(ctx, outbox.Message{Kind: outbox.ConfirmRegistration}); err != nil {
			return err
		}
		return saveWith(ctx, db.Store, p.Merchant, func(old []byte) []byte { return append(old, '2') })
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, %v, want 2", runs, err)
	}
	document, err := db.Settings().Load(ctx, p.Merchant, ids.Sandbox, settings.GeneralPage)
	if err != nil || string(document.Text) != "12" {
		t.Errorf("document = %q, %v", document.Text, err)
	}
	if n := storetest.Count(db.Dump(t), "river_job"); n != 1 {
		t.Errorf("%d mails, want that of the run that counted", n)
	}
}

func overtake(t *testing.T, node *store.Store, m ids.MerchantID) {
	t.Helper()
	if err := saveWith(context.Background(), node, m, func(old []byte) []byte { return append(old, '1') }); err != nil {
		t.Error(err)
	}
}
