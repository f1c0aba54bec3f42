package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

const logged = 12 // entries of a merchant made by withLog

// withLog makes a merchant with a log of 12 entries: the keys, the registration, and ten more.
func withLog(t *testing.T, db *storetest.DB, id ids.MerchantID) auth.Person {
	t.Helper()
	p, _ := merchant(t, db, id, string(id)+"@example.test")
	record(t, db.Store, p, activity.MerchantRegistered, db.Clock.Now())
	for i := range logged - 2 {
		db.Clock.Move(time.Second)
		record(t, db.Store, p, []activity.Action{activity.SignedIn, activity.PasswordRefused}[i%2], db.Clock.Now())
	}
	return p
}

func record(t *testing.T, st *store.Store, p auth.Person, a activity.Action, at time.Time) {
	t.Helper()
	err := st.Activity().Record(ctx, activity.Entry{
		Actor:  activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: "192.0.2.1"},
		Action: a, Target: "x", Environment: ids.Sandbox, Outcome: activity.Done, At: at,
	})
	if err != nil {
		t.Error(err)
	}
}

func verify(t *testing.T, st *store.Store, m ids.MerchantID) store.Verdict {
	t.Helper()
	v, err := st.Chains().Verify(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func complete(t *testing.T, v store.Verdict, entries int64) {
	t.Helper()
	if len(v.Findings) > 0 || v.Entries != entries {
		t.Errorf("%d entries, %+v; want %d entries and nothing wrong", v.Entries, v.Findings, entries)
	}
}

const copied = `INSERT INTO activity (id, merchant_id, person_id, address, environment, action, target, outcome, at, seq, mac)
	SELECT 'COPY', merchant_id, person_id, address, environment, action, target, outcome, at, %s, mac FROM activity WHERE merchant_id = 'G100000001' AND seq = 5`

// shift moves the places from 6 on by so many, in two steps, since two entries cannot have one place.
func shift(by int) []string {
	return []string{
		fmt.Sprintf(`UPDATE activity SET seq = -(seq + %d) WHERE merchant_id = 'G100000001' AND seq > 5`, by),
		`UPDATE activity SET seq = -seq WHERE merchant_id = 'G100000001' AND seq < 0`,
	}
}

// tamperings are what somebody who can write the database, and has no master key, may do to the log of G100000001.
func tamperings() map[string]struct {
	kind  store.Kind
	first int64
	do    []string
} {
	type tampering = struct {
		kind  store.Kind
		first int64
		do    []string
	}
	const mine = ` WHERE merchant_id = 'G100000001'`
	all := map[string]tampering{
		"an entry removed":      {store.Removed, 5, []string{`DELETE FROM activity` + mine + ` AND seq = 5`}},
		"the first removed":     {store.Removed, 1, []string{`DELETE FROM activity` + mine + ` AND seq = 1`}},
		"removed and closed up": {store.Moved, 5, append([]string{`DELETE FROM activity` + mine + ` AND seq = 5`}, shift(-1)...)},
		"two in turned order": {store.Moved, 5, []string{
			`UPDATE activity SET seq = -seq` + mine + ` AND seq IN (5, 6)`, `UPDATE activity SET seq = 11 + seq` + mine + ` AND seq < 0`,
		}},
		"one put at the end":       {store.Added, 13, []string{fmt.Sprintf(copied, "13")}},
		"one put before the first": {store.Added, 0, []string{fmt.Sprintf(copied, "0")}},
		"one put in between":       {store.Added, 6, append(shift(1), fmt.Sprintf(copied, "6"))},
		"one put in another's place": {store.Added, 6, []string{
			`DELETE FROM activity` + mine + ` AND seq = 6`, fmt.Sprintf(copied, "6"),
		}},
		"one without a place": {store.Outside, 0, []string{fmt.Sprintf(copied, "NULL")}},
		"one of another merchant": {store.Added, 13, []string{
			`UPDATE activity SET merchant_id = 'G100000001', person_id = NULL, seq = 13 WHERE merchant_id = 'G100000002' AND seq = 1`,
		}},
		"the end cut off": {store.CutOff, 11, []string{`DELETE FROM activity` + mine + ` AND seq > 10`}},
		"the end cut off, and the head made to fit": {store.HeadFake, 0, []string{
			`DELETE FROM activity` + mine + ` AND seq > 10`,
			`UPDATE activity_heads SET entries = 10, mac = (SELECT mac FROM activity` + mine + ` AND seq = 10)` + mine,
		}},
		"the head removed": {store.HeadGone, 0, []string{`DELETE FROM activity_heads` + mine}},
		"the head of another merchant": {store.HeadFake, 0, []string{
			`UPDATE activity_heads SET seal = (SELECT h.seal FROM activity_heads h WHERE h.merchant_id = 'G100000002')` + mine,
		}},
		"the whole head of another merchant": {store.HeadFake, 0, []string{
			`UPDATE activity_heads SET (entries, mac, seal) = (SELECT h.entries, h.mac, h.seal FROM activity_heads h WHERE h.merchant_id = 'G100000002')` + mine,
		}},
		"all removed": {store.BegunNew, 0, []string{`DELETE FROM activity` + mine, `DELETE FROM activity_heads` + mine}},
		"no mac":      {store.Added, 5, []string{`UPDATE activity SET mac = NULL` + mine + ` AND seq = 5`}},
	}
	for _, set := range []string{
		`id = 'OTHER'`, `person_id = NULL`, `address = '192.0.2.2'`, `environment = NULL`, `environment = 'production'`, `action = 'key.revealed'`,
		`target = ''`, `outcome = 'refused'`, `at = at + 1`,
	} {
		all["changed: "+set] = tampering{store.Changed, 5, []string{`UPDATE activity SET ` + set + mine + ` AND seq = 5`}}
	}
	return all
}

// C117: what was changed, removed, reordered, added or cut off is found, also after the portal went on writing, and what belongs to others is not blamed.
func TestTamperingWithTheActivityLogIsFound(t *testing.T) {
	for name, tt := range tamperings() {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			p, other := withLog(t, db, "G100000001"), withLog(t, db, "G100000002")
			complete(t, verify(t, db.Store, p.Merchant), logged)
			raw := db.Raw(t)
			for _, statement := range tt.do {
				if _, err := raw.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			v := verify(t, db.Store, p.Merchant)
			if len(v.Findings) == 0 || v.Findings[0].Kind != tt.kind || v.Findings[0].Seq != tt.first {
				t.Errorf("found %+v, want %s at %d", v.Findings, tt.kind, tt.first)
			}
			if name != "one of another merchant" {
				complete(t, verify(t, db.Store, other.Merchant), logged)
			}
			switch name { // the next place is taken: acts fail, and nobody can overlook that
			case "one put at the end", "one put in between", "one of another merchant":
			default:
				record(t, db.Store, p, activity.SignedIn, db.Clock.Now())
			}
			if v = verify(t, db.Store, p.Merchant); len(v.Findings) == 0 {
				t.Error("nothing is found any more once the portal has gone on")
			} else if lost := tt.kind == store.HeadFake || tt.kind == store.HeadGone; lost && v.Findings[0].Kind != store.HeadFake {
				t.Errorf("the portal took the head for its own: %+v", v.Findings)
			}
		})
	}
}

// C117: entries of parallel acts, on two nodes, make one chain.
func TestEntriesOfParallelActsMakeOneChain(t *testing.T) {
	db := storetest.New(t)
	p := withLog(t, db, "G100000001")
	nodes := []*store.Store{db.Store, db.Another(t)}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() { record(t, nodes[i%len(nodes)], p, activity.SignedIn, db.Clock.Now()) })
	}
	wg.Wait()
	complete(t, verify(t, nodes[1], p.Merchant), logged+40)
}

// asBefore takes everything away that a program before the chain did not have.
func asBefore(t *testing.T, db *storetest.DB) {
	t.Helper()
	db.Exec(t, `DELETE FROM activity_heads`)
	db.Exec(t, `UPDATE activity SET seq = NULL, mac = NULL`)
	db.Exec(t, `DELETE FROM keysets WHERE scope = 'activity'`)
}

// Entries of earlier programs are taken into the chain once, however many start at a time, and from then on nothing is.
func TestEntriesOfEarlierProgramsAreTakenIntoTheChainOnce(t *testing.T) {
	db := storetest.New(t)
	p, other := withLog(t, db, "G100000001"), withLog(t, db, "G100000002")
	const more = 2500
	raw := db.Raw(t)
	for i := range more {
		if _, err := raw.Exec(`INSERT INTO activity (id, merchant_id, address, action, target, outcome, at) VALUES ($1, $2, '', 'x', '', 'done', $3)`,
			fmt.Sprintf("old-%04d", i), p.Merchant, db.Clock.Now().UnixMilli()+int64(i)/3); err != nil {
			t.Fatal(err)
		}
	}
	asBefore(t, db)
	var wg sync.WaitGroup
	nodes := make([]*store.Store, 2)
	for i := range nodes {
		wg.Go(func() { nodes[i] = db.Another(t) })
	}
	wg.Wait()
	complete(t, verify(t, nodes[0], p.Merchant), logged+more)
	complete(t, verify(t, nodes[1], other.Merchant), logged)
	record(t, nodes[1], p, activity.SignedIn, db.Clock.Now())
	complete(t, verify(t, nodes[0], p.Merchant), logged+more+1)

	db.Exec(t, `DELETE FROM activity_heads WHERE merchant_id = 'G100000002'`)
	db.Exec(t, `UPDATE activity SET seq = NULL, mac = NULL WHERE merchant_id = 'G100000002'`)
	if v := verify(t, db.Another(t), other.Merchant); len(v.Findings) == 0 {
		t.Error("a log that was stripped of its chain was taken in again")
	}
}

// C117: where the key of the chain is lost, verifying says so; the portal starts and goes on.
func TestALostKeyOfTheChainIsNamed(t *testing.T) {
	db := storetest.New(t)
	p := withLog(t, db, "G100000001")
	db.Exec(t, `DELETE FROM keysets WHERE scope = 'activity'`)
	again := db.Another(t)
	record(t, again, p, activity.SignedIn, db.Clock.Now())
	v := verify(t, again, p.Merchant)
	if len(v.Findings) < 2 || v.Findings[0].Kind != store.HeadFake || v.Findings[1].Kind != store.OtherKey || v.Findings[1].Seq != 1 {
		t.Errorf("found %+v", v.Findings)
	}
}

// C116: what cannot be written down is not done, whichever part of the log fails.
func TestAChangeFailsWithItsEntry(t *testing.T) {
	for _, table := range []string{"activity", "activity_heads"} {
		db := storetest.New(t)
		p, _ := merchant(t, db, "G100000001", "a@example.test")
		db.Exec(t, `ALTER TABLE `+table+` RENAME TO elsewhere`)
		env := &envswitch.Service{Store: db.Environments(), Tx: db, Log: db.Activity(), Now: db.Clock.Now}
		before := db.Dump(t)
		if err := env.Switch(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID}, ids.Production); err == nil {
			t.Errorf("without %s: done", table)
		}
		if after := db.Dump(t); strings.Join(before, "\n") != strings.Join(after, "\n") {
			t.Errorf("without %s: something was changed", table)
		}
	}
}

// C117: no statement of ours changes or removes an entry; only entries without a place get one, at a start (activity_adopt.go).
func TestTheActivityLogIsOnlyAppendedTo(t *testing.T) {
	harmful := regexp.MustCompile(`(?i)(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE(\s+TABLE)?)\s+activity(_heads)?\b[^\x60]*`)
	names, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			found = append(found, harmful.FindAllString(string(text), -1)...)
		}
	}
	if want := "UPDATE activity SET seq = $1, mac = $2 WHERE id = $3 AND seq IS NULL"; len(found) != 1 || found[0] != want {
		t.Errorf("statements that change or remove: %q, want %q alone", found, want)
	}
}

func TestVerifyingGoesThroughEveryMerchant(t *testing.T) {
	db := storetest.New(t)
	for i := range 3 {
		withLog(t, db, ids.MerchantID(fmt.Sprintf("G10000000%d", i)))
	}
	seen := 0
	err := db.Chains().Each(ctx, func(v store.Verdict) error {
		seen++
		complete(t, v, logged)
		return nil
	})
	if err != nil || seen != 3 {
		t.Errorf("%d merchants, %v, want 3", seen, err)
	}
	if _, err := db.Chains().Verify(ctx, "G999999999"); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("a merchant that does not exist: %v", err)
	}
}
