package store_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

var (
	first  = keys.Key{ID: "first", Merchant: "G100000001", Environment: ids.Sandbox, Kind: keys.Server}
	second = keys.Key{ID: "second", Merchant: "G100000001", Environment: ids.Sandbox, Kind: keys.Server}
	alien  = keys.Key{ID: "alien", Merchant: "G100000002", Environment: ids.Sandbox, Kind: keys.Server}
)

func flush(t *testing.T, st *store.Store) {
	t.Helper()
	if err := st.Uses().Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

func perDay(t *testing.T, st *store.Store, k keys.Key, from time.Time, days int) []int64 {
	t.Helper()
	found, err := st.Uses().PerDay(ctx, k.Merchant, k.Environment, k.ID, from, days)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestRequestsOfSeveralNodesAddUp(t *testing.T) {
	db := storetest.New(t)
	other := db.Another(t)
	now := db.Clock.Now()
	for range 3 {
		db.Uses().Count(first, now, "192.0.2.1")
		other.Uses().Count(first, now.Add(time.Second), "192.0.2.2")
		db.Uses().Count(alien, now, "192.0.2.3")
		flush(t, other)
		flush(t, db.Store)
	}
	other.Uses().Count(first, now.Add(-time.Hour), "192.0.2.4") // the day before: Start is one o'clock
	other.Uses().Count(first, now.Add(-2*time.Hour), "192.0.2.4")
	flush(t, other)
	today := now.Truncate(24 * time.Hour)
	for _, node := range []*store.Store{db.Store, other} {
		if got := perDay(t, node, first, today.AddDate(0, 0, -1), 2); !slices.Equal(got, []int64{1, 7}) {
			t.Errorf("PerDay = %d, want 1 and 7", got)
		}
		last, err := node.Uses().Last(ctx, first.Merchant, ids.Sandbox)
		if want := (map[ids.KeyID]keys.LastUse{first.ID: {At: now.Add(time.Second), From: "192.0.2.2"}}); err != nil || !cmp.Equal(last, want) {
			t.Errorf("Last = %v, %v, want %v", last, err, want)
		}
	}
}

func TestWhatIsNotWrittenYetIsPartOfEveryAnswerAndWritesNothing(t *testing.T) {
	db := storetest.New(t)
	now := db.Clock.Now()
	refused := keys.Refusal{Environment: ids.Sandbox, Reason: keys.Ended, Key: first.ID, At: now, From: "192.0.2.1"}
	db.Statements()
	for range 2 {
		db.Uses().Count(first, now, "192.0.2.1")
		db.Uses().Refuse(first.Merchant, refused)
		if got := perDay(t, db.Store, first, now.Truncate(time.Hour), 1); !slices.Equal(got, []int64{1}) {
			t.Errorf("PerDay = %d", got)
		}
		if got, err := db.Uses().Refusals(ctx, first.Merchant, ids.Sandbox, now); err != nil || len(got) != 1 || got[0].Requests != 1 {
			t.Errorf("Refusals = %v, %v", got, err)
		}
		if last, err := db.Uses().Last(ctx, first.Merchant, ids.Sandbox); err != nil || !last[first.ID].At.Equal(now) {
			t.Errorf("Last = %v, %v", last, err)
		}
		if _, writes := db.Statements(); len(writes) > 0 {
			t.Errorf("counting wrote: %s", writes)
		}
		flush(t, db.Store)
		db.Exec(t, `DELETE FROM key_uses`)
		db.Exec(t, `DELETE FROM key_refusals`)
		db.Statements()
	}
	if got := perDay(t, db.Store, first, now.Truncate(time.Hour), 1); !slices.Equal(got, []int64{0}) {
		t.Errorf("PerDay of what was written, and then taken away = %d", got)
	}
}

func TestRefusalsAreSummedByReasonAndKeyFromTheirHourOn(t *testing.T) {
	db := storetest.New(t)
	now := db.Clock.Now()
	refuse := func(m ids.MerchantID, env ids.Environment, reason keys.Reason, k ids.KeyID, at time.Time, from string) {
		db.Uses().Refuse(m, keys.Refusal{Environment: env, Reason: reason, Key: k, At: at, From: from})
	}
	refuse("G100000001", ids.Sandbox, keys.OtherEnvironment, "first", now, "192.0.2.2")
	refuse("G100000001", ids.Sandbox, keys.OtherEnvironment, "first", now.Add(-2*time.Hour), "192.0.2.1")
	refuse("G100000001", ids.Sandbox, keys.OtherEnvironment, "first", now.Add(-4*time.Hour), "192.0.2.1")
	refuse("G100000001", ids.Sandbox, keys.Ended, "first", now.Add(time.Second), "192.0.2.3")
	refuse("G100000001", ids.Production, keys.BadSignature, "", now.Add(2*time.Second), "192.0.2.4")
	refuse("G100000002", ids.Sandbox, keys.Ended, "alien", now, "192.0.2.5")
	other := keys.Refusal{Environment: ids.Sandbox, Reason: keys.OtherEnvironment, Key: "first", Requests: 2, At: now, From: "192.0.2.2"}
	ended := keys.Refusal{Environment: ids.Sandbox, Reason: keys.Ended, Key: "first", Requests: 1, At: now.Add(time.Second), From: "192.0.2.3"}
	bad := keys.Refusal{Environment: ids.Production, Reason: keys.BadSignature, Requests: 1, At: now.Add(2 * time.Second), From: "192.0.2.4"}
	for _, when := range []string{"before", "after"} {
		for env, want := range map[ids.Environment][]keys.Refusal{ids.Sandbox: {ended, other}, ids.Production: {bad, other}} {
			got, err := db.Uses().Refusals(ctx, "G100000001", env, now.Add(-3*time.Hour))
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("%s the flush, %s: %v\n%s", when, env, err, cmp.Diff(want, got))
			}
		}
		flush(t, db.Store)
	}
	refuse("G100000001", ids.Sandbox, keys.Ended, "first", now, "192.0.2.9") // an older one comes later, as from another node
	flush(t, db.Store)
	ended.Requests = 2
	if got, err := db.Uses().Refusals(ctx, "G100000001", ids.Sandbox, now); err != nil || !cmp.Equal(got[0], ended) {
		t.Errorf("Refusals = %v, %v, want first %v", got, err, ended)
	}
}

func TestCountsOlderThan31DaysAreGone(t *testing.T) {
	db := storetest.New(t)
	now := db.Clock.Now()
	db.Uses().Count(first, now, "192.0.2.1")
	db.Uses().Refuse(first.Merchant, keys.Refusal{Environment: ids.Sandbox, Reason: keys.Ended, At: now})
	db.Clock.Move(31 * 24 * time.Hour)
	flush(t, db.Store)
	if got := perDay(t, db.Store, first, now, 1); !slices.Equal(got, []int64{1}) {
		t.Errorf("PerDay after 31 days = %d", got)
	}
	db.Clock.Move(time.Hour)
	flush(t, db.Store)
	if dump := db.Dump(t); storetest.Count(dump, "key_uses")+storetest.Count(dump, "key_refusals") != 0 {
		t.Errorf("still there: %q", dump)
	}
}

// A database that is away loses no count, and what waits for it stays bounded.
func TestCountsThatCannotBeWrittenWaitForTheNextFlush(t *testing.T) {
	db := storetest.New(t)
	now := db.Clock.Now()
	db.Exec(t, `ALTER TABLE key_refusals RENAME TO away`)
	for range 2 {
		db.Uses().Count(first, now, "192.0.2.1")
		db.Uses().Refuse(first.Merchant, keys.Refusal{Environment: ids.Sandbox, Reason: keys.Ended, At: now})
		if err := db.Uses().Flush(ctx); err == nil {
			t.Fatal("a flush without a table succeeded")
		}
	}
	for i := range 3 * store.MaxUncounted {
		k := second
		k.ID = ids.KeyID(rune(i + 1))
		db.Uses().Count(k, now, "192.0.2.1")
	}
	db.Exec(t, `ALTER TABLE away RENAME TO key_refusals`)
	flush(t, db.Store)
	if got := perDay(t, db.Store, first, now.Truncate(time.Hour), 1); !slices.Equal(got, []int64{2}) {
		t.Errorf("PerDay = %d, want 2", got)
	}
	if n := storetest.Count(db.Dump(t), "key_uses"); n != store.MaxUncounted {
		t.Errorf("%d keys were counted, want %d", n, store.MaxUncounted)
	}
}

// The end of the program writes what was counted.
func TestStoppingWritesTheCounts(t *testing.T) {
	db := storetest.New(t)
	stop := db.Uses().Work(ctx)
	db.Uses().Count(first, db.Clock.Now(), "192.0.2.1")
	if err := stop(ctx); err != nil {
		t.Fatal(err)
	}
	if n := storetest.Count(db.Dump(t), "key_uses"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestOfParallelUsesOfAnExternalIDOneWins(t *testing.T) {
	db := storetest.New(t)
	nodes := []*store.Store{db.Store, db.Another(t)}
	for round := range 3 { // also when it is free again
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				taken, err := nodes[i%2].ExternalIDs().Take(ctx, first.Merchant, ids.Sandbox, "one", db.Clock.Now())
				if err != nil {
					t.Error(err)
				}
				if taken {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("round %d: %d won, want one", round, won.Load())
		}
		db.Clock.Move(24 * time.Hour)
	}
}

func TestAnExternalIDIsFreeAgainAfterExactly24Hours(t *testing.T) {
	db := storetest.New(t)
	take := func(m ids.MerchantID, env ids.Environment, want bool) {
		t.Helper()
		if got, err := db.ExternalIDs().Take(ctx, m, env, "one", db.Clock.Now()); err != nil || got != want {
			t.Errorf("Take at %s = %t, %v, want %t", db.Clock.Now(), got, err, want)
		}
	}
	take("G100000001", ids.Sandbox, true)
	take("G100000001", ids.Production, true)
	take("G100000002", ids.Sandbox, true)
	db.Clock.Move(24*time.Hour - time.Millisecond)
	flush(t, db.Store)
	take("G100000001", ids.Sandbox, false) // which does not begin its time anew
	db.Clock.Move(time.Millisecond)
	take("G100000001", ids.Sandbox, true)
	flush(t, db.Store)
	if n := storetest.Count(db.Dump(t), "external_ids"); n != 1 {
		t.Errorf("%d ids are remembered, want the one that is taken", n)
	}
}

// A page reads rows again when this node has written, and a minute later, when others may have.
func TestWhatWasReadIsRememberedForAMinuteAtMost(t *testing.T) {
	db := storetest.New(t)
	other := db.Another(t)
	seen := func(st *store.Store) (lasts, refusals int) {
		t.Helper()
		last, err := st.Uses().Last(ctx, first.Merchant, ids.Sandbox)
		refused, errRefused := st.Uses().Refusals(ctx, first.Merchant, ids.Sandbox, db.Clock.Now().Add(-24*time.Hour))
		if err != nil || errRefused != nil {
			t.Fatal(err, errRefused)
		}
		return len(last), len(refused)
	}
	want := func(when string, st *store.Store, n int) {
		t.Helper()
		if lasts, refusals := seen(st); lasts != n || refusals != n {
			t.Errorf("%s: %d uses and %d refusals, want %d", when, lasts, refusals, n)
		}
	}
	want("before", db.Store, 0)
	want("before, on another node", other, 0)
	db.Statements()
	want("again", other, 0)
	if reads, _ := db.Statements(); len(reads) != 0 {
		t.Errorf("what was just read is read again: %q", reads)
	}
	db.Uses().Count(first, db.Clock.Now(), "192.0.2.1")
	db.Uses().Refuse(first.Merchant, keys.Refusal{Environment: ids.Sandbox, Reason: keys.Ended, At: db.Clock.Now()})
	want("counted", db.Store, 1)
	flush(t, db.Store)
	want("written", db.Store, 1)
	db.Clock.Move(time.Minute - time.Millisecond)
	want("almost a minute later, on another node", other, 0)
	db.Clock.Move(time.Millisecond)
	want("a minute later, on another node", other, 1)
}

// What waits to be written is told of the own merchant and environment alone (C093, C094).
func TestWhatIsNotWrittenYetIsNobodyElses(t *testing.T) {
	db := storetest.New(t)
	now := db.Clock.Now()
	db.Uses().Count(alien, now, "192.0.2.3")
	db.Uses().Refuse(alien.Merchant, keys.Refusal{Environment: ids.Sandbox, Reason: keys.OtherEnvironment, Key: alien.ID, At: now, From: "192.0.2.3"})
	for _, of := range []struct {
		merchant    ids.MerchantID
		environment ids.Environment
		uses        int
		refusals    int // those of the other environment are told of in both
	}{{alien.Merchant, ids.Sandbox, 1, 1}, {alien.Merchant, ids.Production, 0, 1}, {first.Merchant, ids.Sandbox, 0, 0}} {
		last, err := db.Uses().Last(ctx, of.merchant, of.environment)
		if err != nil || len(last) != of.uses {
			t.Errorf("%s, %s: Last = %v, %v", of.merchant, of.environment, last, err)
		}
		refused, err := db.Uses().Refusals(ctx, of.merchant, of.environment, now)
		if err != nil || len(refused) != of.refusals {
			t.Errorf("%s, %s: Refusals = %v, %v", of.merchant, of.environment, refused, err)
		}
	}
}
