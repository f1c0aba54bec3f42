package keys_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

const from = "192.0.2.7"

// key gives the live key of a kind, and its text.
func (r *snapRoom) key(t testing.TB, env ids.Environment, kind keys.Kind) (keys.Key, string) {
	t.Helper()
	owned, err := r.List(t.Context(), r.who.Merchant, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range owned {
		if k.Kind == kind {
			_, text, err := r.Reveal(t.Context(), r.who, env, k.ID)
			if err != nil {
				t.Fatal(err)
			}
			return k, text
		}
	}
	t.Fatalf("no %s key in %s", kind, env)
	return keys.Key{}, ""
}

// opens asserts that a key opens an environment, or is refused for a reason; "unknown" stands for no reason at all.
func (r *snapRoom) opens(t *testing.T, text string, aimed ids.Environment, want keys.Reason) {
	t.Helper()
	_, err := r.Authenticate(t.Context(), text, aimed, from)
	if got := reasonOf(err); got != want {
		t.Errorf("aimed at %q: %q (%v), want %q", aimed, got, err, want)
	}
}

const unknown keys.Reason = "unknown"

func reasonOf(err error) keys.Reason {
	var refused *keys.RefusedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Reason
	case errors.Is(err, keys.ErrUnknown):
		return unknown
	}
	return keys.Reason(err.Error())
}

// C088: nothing but the server key of the environment that is aimed at opens it.
func TestOnlyTheServerKeyOfTheEnvironmentOpensIt(t *testing.T) {
	r := newSnapRoom(t)
	r.activate(t)
	_, server := r.key(t, ids.Sandbox, keys.Server)
	_, client := r.key(t, ids.Sandbox, keys.Client)
	_, production := r.key(t, ids.Production, keys.Server)
	for range 2 { // from the database, then from memory
		r.opens(t, server, ids.Sandbox, "")
		r.opens(t, server, "", "")
		r.opens(t, production, "", "")
		r.opens(t, production, ids.Production, "")
		r.opens(t, production, ids.Sandbox, keys.OtherEnvironment)
		r.opens(t, server, ids.Production, keys.OtherEnvironment)
		r.opens(t, client, ids.Sandbox, keys.WrongKind)
		r.opens(t, client, ids.Production, keys.WrongKind)
		for _, no := range []string{"", " ", server + " ", server[:len(server)-1], strings.ToLower(server), strings.Repeat("x", 1000), "\x00"} {
			r.opens(t, no, "", unknown)
		}
	}
	refusals, err := r.Uses.Refusals(t.Context(), r.who.Merchant, ids.Sandbox, r.db.Clock.Now())
	if err != nil || len(refusals) != 3 {
		t.Fatalf("Refusals = %+v, %v, want three: client key, and each environment's key against the other", refusals, err)
	}
	for _, refused := range refusals {
		if want := map[keys.Reason]int64{keys.WrongKind: 4, keys.OtherEnvironment: 2}[refused.Reason]; refused.Requests != want || refused.From != from {
			t.Errorf("%+v, want %d requests", refused, want)
		}
	}
}

// C085: until its end a key is accepted, at it no more, whether it is remembered or not.
func TestAKeyIsRefusedFromItsEndOn(t *testing.T) {
	r := newSnapRoom(t)
	k, text := r.key(t, ids.Sandbox, keys.Server)
	r.opens(t, text, ids.Sandbox, "")
	end := r.db.Clock.Now().Add(time.Hour)
	if err := r.Store.SetEnd(t.Context(), k.Merchant, k.Environment, k.ID, end); err != nil {
		t.Fatal(err)
	}
	r.db.Clock.Move(time.Hour - time.Millisecond)
	r.opens(t, text, ids.Sandbox, "")
	r.db.Clock.Move(time.Millisecond)
	r.opens(t, text, ids.Sandbox, keys.Ended)
	r.opens(t, text, ids.Production, keys.Ended)
	if err := r.Store.SetEnd(t.Context(), k.Merchant, k.Environment, k.ID, time.Time{}); err != nil {
		t.Fatal(err)
	}
	r.opens(t, text, ids.Sandbox, "")
	if err := r.Store.SetEnd(t.Context(), k.Merchant, k.Environment, k.ID, r.db.Clock.Now()); err != nil { // as on another node: nothing here hears of it
		t.Fatal(err)
	}
	r.opens(t, text, ids.Sandbox, keys.Ended)
}

// A key's first use is on disk before its answer, so that a rotation is not undone under it; a later one writes nothing and costs one small statement.
func TestTheFirstUseIsWrittenAndTheNextCostOneStatement(t *testing.T) {
	r := newSnapRoom(t)
	k, text := r.key(t, ids.Sandbox, keys.Server)
	r.opens(t, text, ids.Sandbox, "")
	if stored, err := r.Get(t.Context(), k.Merchant, k.Environment, k.ID); err != nil || !stored.FirstUsedAt.Equal(r.db.Clock.Now()) {
		t.Errorf("first used at %s, %v", stored.FirstUsedAt, err)
	}
	r.opens(t, text, ids.Sandbox, "") // which remembers what the first one changed
	r.db.Statements()
	r.opens(t, text, ids.Sandbox, "")
	if reads, writes := r.db.Statements(); len(reads) != 1 || len(writes) != 0 {
		t.Errorf("%d reads, %d writes, want one and none: %s", len(reads), len(writes), append(reads, writes...))
	}
	last, err := r.Uses.Last(t.Context(), k.Merchant, k.Environment)
	if err != nil || last[k.ID] != (keys.LastUse{At: r.db.Clock.Now(), From: from}) {
		t.Errorf("Last = %v, %v", last, err)
	}
	perDay, err := r.Uses.PerDay(t.Context(), k.Merchant, k.Environment, k.ID, r.db.Clock.Now(), 1)
	if err != nil || perDay[0] != 3 {
		t.Errorf("PerDay = %d, %v, want 3", perDay, err)
	}
}

// A refusal is looked up again each time: what is made valid meanwhile is accepted at once.
func TestAKeyThatIsUnknownTodayMayBeKnownTomorrow(t *testing.T) {
	r := newSnapRoom(t)
	text := keys.Generate(ids.Sandbox, keys.Server)
	r.opens(t, text, "", unknown)
	r.db.Statements()
	r.opens(t, text, "", unknown)
	if reads, _ := r.db.Statements(); len(reads) != 1 || !strings.Contains(reads[0], "digest") {
		t.Errorf("a refusal is remembered: %s", reads)
	}
}

// endsFirst is a store on which another node ends the key just before its first use is noted.
type endsFirst struct{ keys.Store }

// MarkUsed implements keys.Store.
func (s endsFirst) MarkUsed(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, at time.Time) error {
	return errors.Join(s.SetEnd(ctx, m, env, id, at), s.Store.MarkUsed(ctx, m, env, id, at))
}

// C085: a new key that is undone while its first request is under way opens nothing.
func TestAKeyThatEndsDuringItsFirstUseOpensNothing(t *testing.T) {
	r := newSnapRoom(t)
	k, text := r.key(t, ids.Sandbox, keys.Server)
	r.Store = endsFirst{r.Store}
	r.opens(t, text, ids.Sandbox, keys.Ended)
	stored, err := r.Get(t.Context(), k.Merchant, k.Environment, k.ID)
	if err != nil || !stored.FirstUsedAt.IsZero() {
		t.Errorf("first used at %s, %v", stored.FirstUsedAt, err)
	}
}
