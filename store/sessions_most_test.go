package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/store/storetest"
)

// C040: a person has five sessions at most; one more ends the oldest, at its next request. Those of others do not count.
func TestOneSessionTooManyEndsTheOldest(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	other, _ := merchant(t, db, "G100000002", "b@example.test")
	m := manager(db)
	theirs := signIn(t, db, m, other, "")
	var tokens []string
	for i := range auth.MaxSessions + 2 {
		db.Clock.Move(time.Second)
		tokens = append(tokens, signIn(t, db, m, p, ""))
		for j, token := range tokens {
			want := ""
			if j > i-auth.MaxSessions {
				want = string(p.ID)
			}
			if got := whose(t, m, token); got != want {
				t.Errorf("after sign-in %d, session %d is of %q, want %q", i+1, j+1, got, want)
			}
		}
	}
	if whose(t, m, theirs) != string(other.ID) {
		t.Error("the session of another person is over")
	}
	if n := entries(db.Dump(t), "session.ended"); n != 2 {
		t.Errorf("%d entries, want one per session that had to end", n)
	}
}

// C040: however many sign-ins of a person meet, on whatever nodes, none is refused and five sessions live afterwards.
func TestParallelSignInsLeaveFiveSessions(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	nodes := []*scs.SessionManager{manager(db), managerOf(db.Another(t))}
	const signIns = 20
	tokens := make([]string, signIns)
	var wg sync.WaitGroup
	for i := range signIns {
		wg.Go(func() {
			base, visit := auth.WithVisit(ctx)
			m := nodes[i%len(nodes)]
			request, err := m.Load(base, "")
			if err != nil {
				t.Error(err)
				return
			}
			visit.SignIn(auth.Opening{PasswordSetAt: p.PasswordSetAt, Entry: activity.Entry{
				Actor: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Action: activity.SignedIn, Outcome: activity.Done, At: db.Clock.Now(),
			}})
			m.Put(request, "signed_in", true)
			if tokens[i], _, err = m.Commit(request); err != nil {
				t.Errorf("sign-in %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	living := 0
	for i, token := range tokens {
		here, there := whose(t, nodes[0], token), whose(t, nodes[1], token)
		if here != there {
			t.Errorf("session %d is of %q on one node and of %q on the other", i, here, there)
		}
		if here == string(p.ID) {
			living++
		}
	}
	if living != auth.MaxSessions {
		t.Errorf("%d sessions live, want %d", living, auth.MaxSessions)
	}
	if opened, ended := entries(db.Dump(t), "session.signed_in"), entries(db.Dump(t), "session.ended"); opened != signIns || ended != signIns-auth.MaxSessions {
		t.Errorf("the log has %d sign-ins and %d ends, want %d and %d", opened, ended, signIns, signIns-auth.MaxSessions)
	}
}

// C027: a proof gives the session another token; the old one is dead at once, on every node, and the session is the same one.
func TestARenewedSessionHasAnotherTokenAlone(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m, elsewhere := manager(db), managerOf(db.Another(t))
	old := signIn(t, db, m, p, "")
	_, before := load(t, m, old)
	db.Clock.Move(10 * time.Minute)
	fresh := renewed(t, db, m, old)
	if fresh == old || whose(t, m, old) != "" || whose(t, elsewhere, old) != "" {
		t.Error("the old token works")
	}
	_, after := load(t, elsewhere, fresh)
	if after.Identity == nil {
		t.Fatal("the new token does not work")
	}
	if a, b := after.Identity, before.Identity; a.Session != b.Session || !a.SignedInAt.Equal(b.SignedInAt) || !a.EndsAt.Equal(b.EndsAt) {
		t.Errorf("the session was %+v and is %+v", *b, *a)
	}
	if !after.Identity.ProvedAt.Equal(db.Clock.Now()) || before.Identity.ProvedAt.Equal(db.Clock.Now()) {
		t.Errorf("proved at %s", after.Identity.ProvedAt)
	}
}

// entries counts those of an action in the activity log.
func entries(dump []string, action string) (n int) {
	for _, line := range dump {
		if strings.HasPrefix(line, "activity ") && strings.Contains(line, " action="+action+" ") {
			n++
		}
	}
	return n
}

// C028: who signs out is signed out, also where a request that was under way gave the session another token meanwhile.
func TestSigningOutEndsASessionThatIsRenewedMeanwhile(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m := manager(db)
	token := signIn(t, db, m, p, "")
	leaving, leaver := load(t, m, token)
	proving, prover := load(t, m, token)
	prover.Renew(db.Clock.Now(), auth.Shown{Password: true})
	if err := m.RenewToken(proving); err != nil {
		t.Fatal(err)
	}
	renewed, _, err := m.Commit(proving)
	if err != nil || whose(t, m, renewed) == "" {
		t.Fatalf("renew: %v", err)
	}
	leaver.SignOut(activity.Entry{Actor: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Action: activity.SignedOut, Outcome: activity.Done, At: db.Clock.Now()})
	if err := m.Destroy(leaving); err != nil {
		t.Fatal(err)
	}
	if whose(t, m, renewed) != "" {
		t.Error("the session lives on under its new token")
	}
}
