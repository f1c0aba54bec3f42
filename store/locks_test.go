package store_test

import (
	"errors"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/store/storetest"
)

// A lock is written by whoever knows its present version: of two who read the same one, one is told to look again.
func TestALockIsWrittenByWhoKnowsIt(t *testing.T) {
	db := storetest.New(t)
	nodes := []auth.Locks{db.Locks(), db.Another(t).Locks()}
	want := auth.Lock{Failed: 3, Until: storetest.Start.Add(time.Minute), Pending: []auth.Lease{{ID: "a", Until: storetest.Start.Add(time.Second)}}}
	for version := range int64(2) {
		for i, locks := range nodes {
			won, err := locks.Swap(ctx, "person:X", version, want)
			if err != nil || won != (i == 0) {
				t.Errorf("version %d, node %d: %v, %v", version, i, won, err)
			}
		}
	}
	got, version, err := nodes[1].Load(ctx, "person:X")
	if err != nil || version != 2 || got.Failed != 3 || !got.Until.Equal(want.Until) || len(got.Pending) != 1 || got.Pending[0] != want.Pending[0] {
		t.Errorf("%+v, version %d, %v", got, version, err)
	}
}

// C010: between the right password and its session a lock may begin; there is no session then.
func TestALockThatBeginsBeforeTheSessionPreventsIt(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m := manager(db)
	request, visit := load(t, m, "")
	visit.SignIn(auth.Opening{PasswordSetAt: p.PasswordSetAt, Entry: activity.Entry{
		Actor: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Action: activity.SignedIn, Outcome: activity.Done, At: db.Clock.Now(),
	}})
	m.Put(request, "signed_in", true)
	if _, err := db.Locks().Swap(ctx, auth.LockOf(p.ID), 0, auth.Lock{Until: db.Clock.Now().Add(time.Millisecond)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Commit(request); !errors.Is(err, auth.ErrBadCredentials) {
		t.Errorf("commit: %v", err)
	}
	if n := storetest.Count(db.Dump(t), "sessions"); n != 0 {
		t.Errorf("%d sessions", n)
	}
	db.Clock.Move(time.Millisecond)
	if _, _, err := m.Commit(request); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}
