package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// manager is scs as web uses it.
func manager(db *storetest.DB) *scs.SessionManager { return managerOf(db.Store) }

// managerOf is manager on one of several nodes.
func managerOf(node *store.Store) *scs.SessionManager {
	m := scs.New()
	m.Store, m.Codec, m.HashTokenInStore, m.Lifetime = node.Sessions(), textCodec{}, true, 12*time.Hour
	return m
}

// textCodec stores session data as text, as every codec for this store has to.
type textCodec struct{}

type stored struct {
	Deadline time.Time
	Values   map[string]any
}

// Encode implements scs.Codec.
func (textCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(stored{deadline, values})
}

// Decode implements scs.Codec.
func (textCodec) Decode(text []byte) (time.Time, map[string]any, error) {
	s := stored{Values: map[string]any{}}
	err := json.Unmarshal(text, &s)
	return s.Deadline, s.Values, err
}

// load begins a request that carries token.
func load(t *testing.T, m *scs.SessionManager, token string) (context.Context, *auth.Visit) {
	t.Helper()
	base, visit := auth.WithVisit(ctx)
	loaded, err := m.Load(base, token)
	if err != nil {
		t.Fatal(err)
	}
	return loaded, visit
}

// signIn opens a session and gives its token.
func signIn(t *testing.T, db *storetest.DB, m *scs.SessionManager, p auth.Person, before string) string {
	t.Helper()
	request, visit := load(t, m, before)
	if err := m.Destroy(request); err != nil {
		t.Fatal(err)
	}
	visit.SignIn(auth.Opening{PasswordSetAt: p.PasswordSetAt, TypedAt: db.Clock.Now(), Entry: activity.Entry{
		Actor: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Action: activity.SignedIn, Outcome: activity.Done, At: db.Clock.Now(),
	}})
	m.Put(request, "signed_in", true)
	token, _, err := m.Commit(request)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func whose(t *testing.T, m *scs.SessionManager, token string) string {
	t.Helper()
	_, visit := load(t, m, token)
	if visit.Identity == nil {
		return ""
	}
	return string(visit.Identity.Person)
}

// C026: signing in gives a new token, kills the old one, and a token chosen by the client is never adopted.
func TestSigningInAlwaysGivesANewToken(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m := manager(db)
	first := signIn(t, db, m, p, "chosen-by-an-attacker")
	if first == "chosen-by-an-attacker" || whose(t, m, "chosen-by-an-attacker") != "" {
		t.Error("the client's own token was adopted")
	}
	second := signIn(t, db, m, p, first)
	if second == first || whose(t, m, first) != "" {
		t.Error("the old token still works after signing in again")
	}
	if whose(t, m, second) != string(p.ID) {
		t.Error("the new token does not work")
	}
	if n := storetest.Count(db.Dump(t), "sessions"); n != 1 {
		t.Errorf("%d session rows, want 1", n)
	}
}

// C026: a sign-in that forgot to take a new token is refused, not written.
func TestASignInUnderTheOldTokenIsRefused(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m := manager(db)
	token := signIn(t, db, m, p, "")
	request, visit := load(t, m, token)
	visit.SignIn(auth.Opening{PasswordSetAt: p.PasswordSetAt, Entry: activity.Entry{
		Actor: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Action: activity.SignedIn, Outcome: activity.Done, At: db.Clock.Now(),
	}})
	m.Put(request, "x", 1)
	before := db.Dump(t)
	if _, _, err := m.Commit(request); err == nil {
		t.Error("the sign-in was accepted")
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("it wrote:\n%s", diff)
	}
}

// renewed gives the session another token, as a proof does, and returns it.
func renewed(t *testing.T, db *storetest.DB, m *scs.SessionManager, token string) string {
	t.Helper()
	request, visit := load(t, m, token)
	visit.Renew(db.Clock.Now(), auth.Shown{Password: true})
	if err := m.RenewToken(request); err != nil {
		t.Fatal(err)
	}
	fresh, _, err := m.Commit(request)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// endings are the ways in which a session, or its token, ends while a request with it is under way.
var endings = map[string]func(*testing.T, *storetest.DB, *scs.SessionManager, auth.Person, string){
	"signed out": func(t *testing.T, _ *storetest.DB, m *scs.SessionManager, _ auth.Person, token string) {
		other, _ := load(t, m, token)
		if err := m.Destroy(other); err != nil {
			t.Fatal(err)
		}
	},
	"renewed by signing in again": func(t *testing.T, db *storetest.DB, m *scs.SessionManager, p auth.Person, token string) {
		signIn(t, db, m, p, token)
	},
	"revoked by hand": func(t *testing.T, db *storetest.DB, _ *scs.SessionManager, _ auth.Person, _ string) {
		db.Exec(t, `DELETE FROM sessions`)
	},
	"renewed by a proof": func(t *testing.T, db *storetest.DB, m *scs.SessionManager, p auth.Person, token string) {
		if fresh := renewed(t, db, m, token); whose(t, m, fresh) != string(p.ID) {
			t.Error("the renewed session is over")
		}
	},
	"ended from elsewhere": func(t *testing.T, db *storetest.DB, _ *scs.SessionManager, p auth.Person, _ string) {
		living, err := db.Sessions().Live(ctx, p.ID)
		if err != nil || len(living) != 1 {
			t.Fatalf("%d sessions, %v", len(living), err)
		}
		if ended, err := db.Sessions().End(ctx, p.ID, living[0].ID); err != nil || !ended {
			t.Fatalf("ended: %v, %v", ended, err)
		}
	},
	"all ended": func(t *testing.T, db *storetest.DB, _ *scs.SessionManager, p auth.Person, _ string) {
		if err := db.Sessions().EndAll(ctx, p.ID, ""); err != nil {
			t.Fatal(err)
		}
	},
	"ended by its idle clock": func(t *testing.T, db *storetest.DB, m *scs.SessionManager, _ auth.Person, token string) {
		db.Clock.Move(auth.DocumentedRules().IdleTimeout + time.Millisecond)
		if whose(t, m, token) != "" {
			t.Error("the session is not idle")
		}
	},
}

// commits are what such a request may do before it commits.
var commits = map[string]func(context.Context, *scs.SessionManager) error{
	"after a change": func(context.Context, *scs.SessionManager) error { return nil },
	"after a renewal": func(c context.Context, m *scs.SessionManager) error {
		return m.RenewToken(c)
	},
	"after a proof": func(c context.Context, m *scs.SessionManager) error {
		auth.VisitOf(c).Renew(storetest.Start.Add(time.Second), auth.Shown{Password: true})
		return m.RenewToken(c)
	},
	"after a destroy": func(c context.Context, m *scs.SessionManager) error { return m.Destroy(c) },
}

// C027, C028: a request that was in flight when its session ended, or got another token, brings nothing back, however it commits.
func TestARequestInFlightRevivesNothing(t *testing.T) {
	db, cases := storetest.New(t), 0
	for ending, end := range endings {
		for kind, prepare := range commits {
			cases++
			p, _ := merchant(t, db, ids.MerchantID(fmt.Sprintf("G1000000%02d", cases)), fmt.Sprintf("a%d@example.test", cases))
			t.Run(ending+", "+kind, func(t *testing.T) {
				m := manager(db)
				token := signIn(t, db, m, p, "")
				inFlight, visit := load(t, m, token)
				who := *visit.Identity
				end(t, db, m, p, token)
				rows := storetest.Count(db.Dump(t), "sessions")
				if err := prepare(inFlight, m); err != nil {
					t.Fatal(err)
				}
				m.Put(inFlight, "x", 1)
				after, _, err := m.Commit(inFlight)
				if err != nil {
					t.Fatal(err)
				}
				if ending != "renewed by a proof" { // there its activity is that of a session that lives
					db.Sessions().Active(who, db.Clock.Now())
				}
				if whose(t, m, token) != "" || whose(t, m, after) != "" {
					t.Error("the session is back")
				}
				if got := storetest.Count(db.Dump(t), "sessions"); got > rows {
					t.Errorf("%d session rows, want at most %d", got, rows)
				}
			})
		}
	}
}

func TestASessionEndsExactlyAtItsEnd(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	base, visit := auth.WithVisit(ctx)
	visit.SignIn(auth.Opening{PasswordSetAt: p.PasswordSetAt, Entry: activity.Entry{Actor: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Action: activity.SignedIn, Outcome: activity.Done, At: db.Clock.Now()}})
	end := db.Clock.Now().Add(12 * time.Hour)
	if err := db.Sessions().CommitCtx(base, "digest", []byte(`{}`), end); err != nil {
		t.Fatal(err)
	}
	lives := func() bool {
		base, visit := auth.WithVisit(ctx)
		_, found, err := db.Sessions().FindCtx(base, "digest")
		if err != nil {
			t.Fatal(err)
		}
		if found {
			db.Sessions().Active(*visit.Identity, db.Clock.Now())
		}
		return found
	}
	for db.Clock.Now().Before(end.Add(-10 * time.Minute)) {
		db.Clock.Move(10 * time.Minute)
		if !lives() {
			t.Fatalf("the session was over %s before its end", end.Sub(db.Clock.Now()))
		}
	}
	db.Clock.Move(end.Sub(db.Clock.Now()) - time.Millisecond)
	if !lives() {
		t.Error("the session was over 1 ms before its end")
	}
	db.Clock.Move(time.Millisecond)
	if lives() {
		t.Error("the session lived at its end")
	}
}

// C038: whoever has a dump of the database cannot sign in with any value in it.
func TestNothingInADumpIsASessionToken(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m := manager(db)
	token := signIn(t, db, m, p, "")
	if len(token) < 43 { // 256 bits in base64
		t.Errorf("the token has %d characters", len(token))
	}
	rows, err := db.Raw(t).Query(`SELECT token_digest, person_id, data FROM sessions`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	tried := 0
	for rows.Next() {
		var values [3]string
		if err := rows.Scan(&values[0], &values[1], &values[2]); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			tried++
			if who := whose(t, m, v); who != "" || v == token {
				t.Errorf("%q signs %s in", v, who)
			}
		}
	}
	if err := rows.Err(); err != nil || tried == 0 {
		t.Errorf("%d values were tried: %v", tried, err)
	}
}

// C036: whoever was found to know the password just before it was replaced gets no session after: all were ended with the old one.
func TestAPasswordReplacedMeanwhileOpensNoSession(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m := manager(db)
	db.Clock.Move(time.Millisecond)
	if replaced, err := db.Passwords().Replace(ctx, p, "another hash", db.Clock.Now()); err != nil || !replaced {
		t.Fatalf("replace: %v, %v", replaced, err)
	}
	request, visit := load(t, m, "")
	visit.SignIn(auth.Opening{PasswordSetAt: p.PasswordSetAt, Entry: activity.Entry{
		Actor: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Action: activity.SignedIn, Outcome: activity.Done, At: db.Clock.Now(),
	}})
	m.Put(request, "signed_in", true)
	if _, _, err := m.Commit(request); !errors.Is(err, auth.ErrBadCredentials) {
		t.Errorf("commit: %v", err)
	}
	if dump := db.Dump(t); storetest.Count(dump, "sessions") != 0 {
		t.Error("there is a session")
	}
	p.PasswordSetAt = db.Clock.Now()
	if token := signIn(t, db, m, p, ""); whose(t, m, token) != string(p.ID) {
		t.Error("the new password opens no session")
	}
}
