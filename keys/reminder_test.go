package keys_test

import (
	"sync"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
)

func TestAMailGoesOutBeforeAnEndAndOnceForAllNodes(t *testing.T) {
	for overlap, before := range map[keys.Overlap]time.Duration{keys.Hour: 30 * time.Minute, keys.Day: 12 * time.Hour, keys.Week: 24 * time.Hour} {
		r := newRing(t)
		old, issued := r.rotate(t, overlap)
		lastUse := r.Now().Add(time.Minute)
		r.Uses = used{last: map[ids.KeyID]keys.LastUse{old.ID: {At: lastUse, From: "198.51.100.7"}}}
		r.box.take()
		length, _ := overlap.Lasts()
		r.db.Clock.Move(length - before - time.Millisecond)
		r.remindOnNodes(t, 1)
		if sent := r.box.take(); len(sent) > 0 {
			t.Errorf("%s: too early: %+v", overlap, sent)
		}
		if err := r.use(t, issued.ID); err != nil {
			t.Fatal(err)
		}
		r.db.Clock.Move(time.Millisecond)
		r.remindOnNodes(t, 3)
		r.db.Clock.Move(time.Minute)
		r.remindOnNodes(t, 1)
		sent := r.box.take()
		if len(sent) != 1 {
			t.Fatalf("%s: %d mails", overlap, len(sent))
		}
		want := outbox.Message{
			Kind: outbox.KeyEndsSoon, To: "sari@example.test", Language: "en", Zone: sent[0].Zone, Merchant: string(merchant), Environment: "sandbox",
			Credential: "server", LastFour: old.LastFour, NewLastFour: issued.LastFour, At: lastUse.UnixMilli(), Address: "198.51.100.7",
			Until: old.EndsAt.UnixMilli(), NewUsed: true,
		}
		if sent[0] != want {
			t.Errorf("%s: %+v, want %+v", overlap, sent[0], want)
		}
	}
}

// remindOnNodes asks at the same time on several nodes.
func (r *ring) remindOnNodes(t *testing.T, nodes int) {
	t.Helper()
	var wg sync.WaitGroup
	for range nodes {
		wg.Go(func() {
			if err := r.Remind(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestAnotherEndIsRemindedOfAgainAndAnEndedKeyNever(t *testing.T) {
	r := newRing(t)
	old, _ := r.rotate(t, keys.Day)
	r.db.Clock.Move(23 * time.Hour)
	r.remindOnNodes(t, 1)
	if _, err := r.Extend(t.Context(), r.who, ids.Sandbox, old.ID, keys.Week); err != nil {
		t.Fatal(err)
	}
	r.box.take()
	r.remindOnNodes(t, 1)
	if sent := r.box.take(); len(sent) > 0 {
		t.Errorf("a week before the new end: %+v", sent)
	}
	r.db.Clock.Move(6 * 24 * time.Hour)
	r.remindOnNodes(t, 1)
	if sent := r.box.take(); len(sent) != 1 || sent[0].At != 0 || sent[0].NewUsed {
		t.Errorf("a day before the new end: %+v", sent)
	}

	late := newRing(t)
	late.rotate(t, keys.Hour)
	late.box.take()
	late.db.Clock.Move(time.Hour)
	late.remindOnNodes(t, 1)
	if sent := late.box.take(); len(sent) > 0 {
		t.Errorf("at the end: %+v", sent)
	}
}

func TestAnOldKeyIsSafeToRetireOnceItWasQuietAndTheNewOneWasUsed(t *testing.T) {
	start := time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)
	fresh := keys.Key{CreatedAt: start}
	inUse := keys.Key{CreatedAt: start, FirstUsedAt: start.Add(time.Minute)}
	lastUse := start.Add(2 * time.Minute)
	for _, tt := range []struct {
		name      string
		length    time.Duration
		successor keys.Key
		lastUse   time.Time
		since     time.Duration
		want      bool
	}{
		{"a new key that nobody uses", time.Hour, fresh, lastUse, 24 * time.Hour, false},
		{"half an hour of one", time.Hour, inUse, lastUse, 30 * time.Minute, true},
		{"a moment less", time.Hour, inUse, lastUse, 30*time.Minute - time.Millisecond, false},
		{"a day of seven", 7 * 24 * time.Hour, inUse, lastUse, 24 * time.Hour, true},
		{"a moment less of seven", 7 * 24 * time.Hour, inUse, lastUse, 24*time.Hour - time.Millisecond, false},
		{"an old key that was never used", 7 * 24 * time.Hour, inUse, time.Time{}, 0, true},
	} {
		old := keys.Key{EndsAt: start.Add(tt.length)}
		if got := keys.SafeToRetire(old, tt.successor, tt.lastUse, lastUse.Add(tt.since)); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestEndedKeysAreListedFor30DaysAndNotWithoutBound(t *testing.T) {
	r := newRing(t)
	old, _ := r.rotate(t, keys.AtOnce)
	listed := func() int {
		all, err := r.List(t.Context(), merchant, ids.Sandbox)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	r.db.Clock.Move(30*24*time.Hour - time.Millisecond)
	if n := listed(); n != 3 {
		t.Errorf("%d keys are listed just before 30 days are over", n)
	}
	r.db.Clock.Move(time.Millisecond)
	if n := listed(); n != 2 {
		t.Errorf("%d keys are listed after 30 days, one of them %s", n, old.ID)
	}
	for range 60 {
		r.rotate(t, keys.AtOnce)
	}
	if n := listed(); n != 50 {
		t.Errorf("%d keys are listed", n)
	}
	if n := len(r.live(t, keys.Server)); n != 1 {
		t.Errorf("of them %d server keys that work", n)
	}
}
