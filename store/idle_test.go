package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

const (
	idle = 15 * time.Minute
	tick = 250 * time.Millisecond // as often as a node looks what it has to write
)

// node is one of several programs on a database.
type node struct {
	*store.Store
	m *scs.SessionManager
}

func nodeOn(db *storetest.DB, s *store.Store) node {
	m := manager(db)
	m.Store = s.Sessions()
	return node{s, m}
}

// lives asks a node for a session, which is no activity.
func (n node) lives(t *testing.T, token string) bool {
	t.Helper()
	_, visit := load(t, n.m, token)
	return visit.Identity != nil
}

// view is an activity on a node.
func (n node) view(t *testing.T, token string, at time.Time) {
	t.Helper()
	_, visit := load(t, n.m, token)
	if visit.Identity == nil {
		t.Fatal("the session is out")
	}
	n.Sessions().Active(*visit.Identity, at)
}

func (n node) flush(t *testing.T, all bool) {
	t.Helper()
	if err := n.Sessions().Flush(ctx, all); err != nil {
		t.Fatal(err)
	}
}

// twoNodes gives a database with somebody signed in, and two nodes on it.
func twoNodes(t *testing.T) (db *storetest.DB, a, b node, token string) {
	t.Helper()
	db = storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	a, b = nodeOn(db, db.Store), nodeOn(db, db.Another(t))
	return db, a, b, signIn(t, db, a.m, p, "")
}

// C030, C031: what was done on one node keeps the session on the other, up to the last second, and not a millisecond longer than promised.
func TestAnActivityOnOneNodeKeepsTheSessionOnEveryNode(t *testing.T) {
	for _, last := range []time.Duration{tick, time.Minute, 7 * time.Minute, 14 * time.Minute, idle - time.Second - tick, idle - time.Second} {
		db, a, b, token := twoNodes(t)
		db.Clock.Move(last)
		a.view(t, token, db.Clock.Now())
		for at := last; at < idle; at += tick {
			db.Clock.Move(tick)
			a.flush(t, false)
		}
		db.Clock.Move(time.Millisecond)
		if !b.lives(t, token) {
			t.Errorf("%s after sign-in: the other node does not know of it", last)
		}
		db.Clock.Move(last - time.Millisecond)
		if !a.lives(t, token) || !b.lives(t, token) {
			t.Errorf("%s after sign-in: the session was out before its fifteen minutes", last)
		}
		db.Clock.Move(time.Millisecond)
		if b.lives(t, token) || a.lives(t, token) {
			t.Errorf("%s after sign-in: the session lives for more than fifteen minutes", last)
		}
	}
}

// C030: what a killed node has not written is lost, and lengthens nothing.
func TestAKilledNodeNeverLengthensASession(t *testing.T) {
	db, a, b, token := twoNodes(t)
	db.Clock.Move(10 * time.Second)
	a.view(t, token, db.Clock.Now())
	db.Clock.Move(idle - 10*time.Second)
	if !b.lives(t, token) {
		t.Error("the session was out before fifteen minutes had passed since the last activity that was written")
	}
	db.Clock.Move(time.Millisecond)
	if b.lives(t, token) {
		t.Error("the session lives for longer than what was written allows")
	}
	if a.flush(t, true); a.lives(t, token) || b.lives(t, token) {
		t.Error("a late write brought the session back")
	}
}

// C031: an hour of page views every second is written at most once a minute.
func TestActivityIsWrittenAtMostOnceAMinute(t *testing.T) {
	db, a, b, token := twoNodes(t)
	db.Statements()
	for range 3600 {
		a.view(t, token, db.Clock.Now())
		a.flush(t, false)
		db.Clock.Move(time.Second)
	}
	_, writes := db.Statements()
	if len(writes) > 60 || len(writes) < 55 {
		t.Errorf("%d writes in an hour, want one a minute", len(writes))
	}
	db.Clock.Move(2 * time.Minute)
	a.flush(t, false)
	want := storetest.Start.Add(3599 * time.Second)
	if got := b.activeAt(t, token); len(got) != 1 || !got[0].Equal(want) {
		t.Errorf("the other node sees %v, want %s", got, want)
	}
}

func (n node) activeAt(t *testing.T, token string) (all []time.Time) {
	t.Helper()
	_, visit := load(t, n.m, token)
	if visit.Identity == nil {
		return nil
	}
	live, err := n.Sessions().Live(ctx, visit.Identity.Person)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range live {
		all = append(all, s.ActiveAt)
	}
	return all
}

// C030: a node that is told to stop writes what it knows first.
func TestANodeThatStopsWritesEveryActivity(t *testing.T) {
	db, a, b, token := twoNodes(t)
	stop := a.Sessions().Work(ctx)
	db.Clock.Move(5 * time.Second)
	a.view(t, token, db.Clock.Now())
	if got := b.activeAt(t, token); len(got) != 1 || !got[0].Equal(storetest.Start) {
		t.Fatalf("before stopping the other node sees %v", got)
	}
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := stop(limited); err != nil {
		t.Fatal(err)
	}
	if got := b.activeAt(t, token); len(got) != 1 || !got[0].Equal(db.Clock.Now()) {
		t.Errorf("after stopping the other node sees %v, want %s", got, db.Clock.Now())
	}
}

// C030: an activity that could not be written is written later.
func TestAnActivityThatCouldNotBeWrittenIsKept(t *testing.T) {
	db, a, b, token := twoNodes(t)
	db.Clock.Move(time.Minute)
	a.view(t, token, db.Clock.Now())
	active := db.Clock.Now()
	db.Clock.Move(time.Minute)
	db.Exec(t, `ALTER TABLE sessions RENAME TO elsewhere`)
	if err := a.Sessions().Flush(ctx, false); err == nil {
		t.Error("writing into nothing succeeded")
	}
	db.Exec(t, `ALTER TABLE elsewhere RENAME TO sessions`)
	a.flush(t, false)
	if got := b.activeAt(t, token); len(got) != 1 || !got[0].Equal(active) {
		t.Errorf("the other node sees %v, want %s", got, active)
	}
}

// C124: a session whose last activity lies in the future is out, but for what two clocks may differ.
func TestAnActivityFromTheFutureKeepsNothing(t *testing.T) {
	for back, want := range map[time.Duration]bool{10 * time.Second: true, 10*time.Second + time.Millisecond: false, time.Hour: false} {
		db, a, b, token := twoNodes(t)
		db.Clock.Move(-back)
		if a.lives(t, token) != want || b.lives(t, token) != want {
			t.Errorf("%s back: it lives: %t, want %t", back, !want, want)
		}
		db.Clock.Move(idle + back + time.Millisecond)
		if a.lives(t, token) || b.lives(t, token) {
			t.Errorf("%s back: it lives longer than promised and the step", back)
		}
	}
}
