package keys_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
	"merchant-portal/store/storetest"
)

// ring is the service on a real database, of one merchant with an Administrator who acts.
type ring struct {
	*keys.Service
	db  *storetest.DB
	box *box
	who activity.Actor
}

// box keeps what would be mailed.
type box struct {
	mu   sync.Mutex
	sent []outbox.Message
}

// Enqueue implements outbox.Queue.
func (b *box) Enqueue(_ context.Context, m outbox.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, m)
	return nil
}

// take gives what was sent since the last call.
func (b *box) take() []outbox.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	sent := b.sent
	b.sent = nil
	return sent
}

// used is what is known of keys' use.
type used struct {
	keys.Uses
	last map[ids.KeyID]keys.LastUse
}

// Last implements keys.Uses.
func (u used) Last(context.Context, ids.MerchantID, ids.Environment) (map[ids.KeyID]keys.LastUse, error) {
	return u.last, nil
}

const merchant ids.MerchantID = "G100000001"

func newRing(t *testing.T) *ring {
	t.Helper()
	db := storetest.New(t)
	now, b := db.Clock.Now(), new(box)
	d := db.ForAuth()
	d.Outbox, d.Hasher = b, auth.NewHasher(1, storetest.Cost)
	d.Rules, d.Now = auth.DocumentedRules(), db.Clock.Now
	r := &ring{db: db, box: b, who: activity.Actor{Merchant: merchant, Person: "sari", Address: "203.0.113.9"}, Service: &keys.Service{
		Store: db.Keys(), Tx: db, Log: db.Activity(), Sealer: db.Keysets(), Staff: auth.New(d), Reminders: db.KeyReminders(), Now: db.Clock.Now,
	}}
	env := &envswitch.Service{Store: db.Environments(), Tx: db, Log: db.Activity(), Now: db.Clock.Now}
	err := db.Do(t.Context(), func(ctx context.Context) error {
		return errors.Join(db.People().Create(ctx, auth.Merchant{ID: merchant, Name: "Toko", CreatedAt: now}, auth.Person{
			ID: "sari", Merchant: merchant, Name: "Sari", Email: "sari@example.test", Phone: "+628111", Language: "en",
			Roles: auth.Roles{auth.Administrator}, PasswordHash: "hash", PasswordSetAt: now, CreatedAt: now,
		}), env.MerchantCreated(ctx, merchant, now), r.Issue(ctx, merchant, ids.Sandbox, now))
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Clock.Move(time.Hour)
	return r
}

// live gives the keys of a kind that work now, oldest first.
func (r *ring) live(t *testing.T, kind keys.Kind) (live []keys.Key) {
	t.Helper()
	all, err := r.List(t.Context(), merchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if k.Kind == kind && k.LiveAt(r.Now()) {
			live = append(live, k)
		}
	}
	return live
}

// rotate replaces the one server key.
func (r *ring) rotate(t *testing.T, overlap keys.Overlap) (old, issued keys.Key) {
	t.Helper()
	old = r.live(t, keys.Server)[0]
	issued, _, err := r.Rotate(t.Context(), r.who, ids.Sandbox, old.ID, overlap)
	if err != nil {
		t.Fatal(err)
	}
	return r.get(t, old.ID), issued
}

func (r *ring) get(t *testing.T, id ids.KeyID) keys.Key {
	t.Helper()
	k, err := r.Get(t.Context(), merchant, ids.Sandbox, id)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// use is what the first request with a key does.
func (r *ring) use(t *testing.T, id ids.KeyID) error {
	t.Helper()
	return r.Store.MarkUsed(t.Context(), merchant, ids.Sandbox, id, r.Now())
}

// actions lists what the activity log says of a key.
func (r *ring) actions(t *testing.T, id ids.KeyID) (found []activity.Action) {
	t.Helper()
	rows, err := r.db.Raw(t).QueryContext(t.Context(), `SELECT action FROM activity WHERE target = $1 ORDER BY seq`, string(id))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	for rows.Next() {
		var a activity.Action
		if err := rows.Scan(&a); err != nil {
			t.Fatal(err)
		}
		found = append(found, a)
	}
	return found
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
