package keys_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
	"merchant-portal/store/storetest"
)

// letters keeps what would be mailed.
type letters struct {
	mu   sync.Mutex
	sent []outbox.Message
}

// Enqueue implements outbox.Queue.
func (l *letters) Enqueue(_ context.Context, m outbox.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m)
	return nil
}

// snapRoom is the service on a real database, with one merchant whose Administrator acts.
type snapRoom struct {
	*keys.Service
	db      *storetest.DB
	letters *letters
	who     activity.Actor
}

func newSnapRoom(t testing.TB) *snapRoom {
	t.Helper()
	r := &snapRoom{db: storetest.New(t), letters: new(letters)}
	d := r.db.ForAuth()
	d.Outbox, d.Rules, d.Now = r.letters, auth.DocumentedRules(), r.db.Clock.Now
	r.Service = &keys.Service{
		Store: r.db.Keys(), Current: r.db.CurrentKeys(), Registrations: r.db.SnapRegistrations(), Uses: r.db.Uses(), ExternalIDs: r.db.ExternalIDs(), Tolerance: 5 * time.Minute, Tx: r.db, Log: r.db.Activity(), Sealer: r.db.Keysets(), Staff: auth.New(d), Now: r.db.Clock.Now,
	}
	r.who = r.merchant(t, "G100000001", "sari@example.test")
	return r
}

// merchant makes a merchant with its Sandbox keys and gives its Administrator.
func (r *snapRoom) merchant(t testing.TB, m ids.MerchantID, email string) activity.Actor {
	t.Helper()
	now := r.db.Clock.Now()
	p := auth.Person{
		ID: ids.PersonID("person-of-" + m), Merchant: m, Name: "Sari", Email: email, Phone: "+62" + string(m[1:]), Language: "en",
		Roles: auth.Roles{auth.Administrator}, PasswordHash: "hash", PasswordSetAt: now, CreatedAt: now,
	}
	open := &envswitch.Service{Store: r.db.Environments(), Tx: r.db, Log: r.db.Activity(), Now: r.db.Clock.Now}
	err := r.db.Do(t.Context(), func(ctx context.Context) error {
		return errors.Join(r.db.People().Create(ctx, auth.Merchant{ID: m, Name: "Toko", CreatedAt: now}, p), open.MerchantCreated(ctx, m, now), r.Issue(ctx, m, ids.Sandbox, now))
	})
	if err != nil {
		t.Fatal(err)
	}
	return activity.Actor{Merchant: m, Person: p.ID, Address: "192.0.2.1"}
}

// activate gives Production its first keys, as on activation.
func (r *snapRoom) activate(t testing.TB) {
	t.Helper()
	err := r.db.Do(t.Context(), func(ctx context.Context) error { return r.Issue(ctx, r.who.Merchant, ids.Production, r.db.Clock.Now()) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestARegistrationGivesAllCredentials(t *testing.T) {
	r := newSnapRoom(t)
	public := newPublicPEM(t)
	made, err := r.Register(t.Context(), r.who, ids.Sandbox, public)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[1-9][0-9]{4}$`).MatchString(made.ChannelID) || !regexp.MustCompile(`^[A-Za-z0-9]{32}$`).MatchString(made.Secret) {
		t.Errorf("Channel ID %q, Client Secret %q", made.ChannelID, made.Secret)
	}
	known, err := r.SnapKeys(t.Context(), r.who.Merchant, ids.Sandbox)
	if err != nil || len(known.Public) != 1 || len(known.Secrets) != 1 {
		t.Fatalf("SnapKeys = %+v, %v", known, err)
	}
	if known.ChannelID != made.ChannelID || known.Secrets[0].Text != made.Secret || publicPEM(t, known.Public[0].RSA) != public {
		t.Errorf("SnapKeys = %+v", known)
	}
	text, fingerprint, err := r.PublicKeyOf(known.Public[0].Key)
	if err != nil || text != public || fingerprint != made.Fingerprint || !strings.HasSuffix(strings.ReplaceAll(fingerprint, ":", ""), known.Public[0].LastFour) {
		t.Errorf("PublicKeyOf = %s, %s, %v", text, fingerprint, err)
	}
	if _, _, err := r.PublicKeyOf(known.Secrets[0].Key); err == nil {
		t.Error("a Client Secret is given as a public key")
	}
	if len(r.letters.sent) != 1 || r.letters.sent[0].Kind != outbox.SnapRegistered || r.letters.sent[0].Environment != "sandbox" || r.letters.sent[0].To != "sari@example.test" {
		t.Errorf("mails: %+v", r.letters.sent)
	}
	if said := strings.Join(r.db.Dump(t), "\n"); !strings.Contains(said, "snap.registered") {
		t.Error("the activity log does not say so")
	}
}

// C090: a key pair opens one environment: the other, a second registration and a replacement need another one. Another merchant does not learn of it.
func TestAPublicKeyIsRegisteredOnce(t *testing.T) {
	r := newSnapRoom(t)
	r.activate(t)
	public := newPublicPEM(t)
	for _, env := range []ids.Environment{ids.Production, ids.Sandbox} {
		text := public
		if env == ids.Sandbox {
			_, err := r.Register(t.Context(), r.who, env, public)
			var known *keys.KnownKeyError
			if !errors.As(err, &known) || known.Environment != ids.Production || !known.CreatedAt.Equal(r.db.Clock.Now()) {
				t.Errorf("the same key in %s: %v", env, err)
			}
			text = newPublicPEM(t)
		}
		if _, err := r.Register(t.Context(), r.who, env, text); err != nil {
			t.Fatalf("%s: %v", env, err)
		}
		if _, err := r.Register(t.Context(), r.who, env, newPublicPEM(t)); !errors.Is(err, keys.ErrRegistered) {
			t.Errorf("%s a second time: %v", env, err)
		}
	}
	other := r.merchant(t, "G100000002", "budi@example.test")
	if _, err := r.Register(t.Context(), other, ids.Sandbox, public); err != nil {
		t.Errorf("another merchant: %v", err)
	}
}

// C091: no BI-SNAP credentials before an environment has keys at all; and who may not change keys makes none.
func TestWhoMayNotRegisterLeavesNothing(t *testing.T) {
	r := newSnapRoom(t)
	stranger := r.who
	stranger.Person = "nobody"
	before := r.db.Dump(t)
	for name, tt := range map[string]struct {
		who  activity.Actor
		env  ids.Environment
		text string
		want error
	}{
		"Production before it is active": {r.who, ids.Production, newPublicPEM(t), keys.ErrNotOpen},
		"somebody who is gone":           {stranger, ids.Sandbox, newPublicPEM(t), auth.ErrNotFound},
		"no key":                         {r.who, ids.Sandbox, "", nil},
	} {
		made, err := r.Register(t.Context(), tt.who, tt.env, tt.text)
		if err == nil || made.Secret != "" || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %q", name, err, made.Secret)
		}
	}
	if _, err := r.SnapKeys(t.Context(), r.who.Merchant, ids.Sandbox); !errors.Is(err, keys.ErrNotRegistered) {
		t.Errorf("SnapKeys = %v", err)
	}
	if after := r.db.Dump(t); !slices.Equal(before, after) || len(r.letters.sent) > 0 {
		t.Errorf("something is left: %v", r.letters.sent)
	}
}

// Of parallel registrations of one key in both environments, or of two in one, one is made, and the other is refused with its reason.
func TestOfParallelRegistrationsOneIsMade(t *testing.T) {
	for name, distinct := range map[string]bool{"one key for both environments": false, "two for one environment": true} {
		t.Run(name, func(t *testing.T) {
			r := newSnapRoom(t)
			r.activate(t)
			texts, envs := []string{newPublicPEM(t)}, []ids.Environment{ids.Sandbox, ids.Production}
			texts = append(texts, texts[0])
			if distinct {
				texts[1], envs[1] = newPublicPEM(t), ids.Sandbox
			}
			var failed [2]error
			var both sync.WaitGroup
			for i := range failed {
				both.Go(func() { _, failed[i] = r.Register(t.Context(), r.who, envs[i], texts[i]) })
			}
			both.Wait()
			err := errors.Join(failed[0], failed[1])
			var known *keys.KnownKeyError
			if (failed[0] == nil) == (failed[1] == nil) || !errors.As(err, &known) && !errors.Is(err, keys.ErrRegistered) {
				t.Errorf("%v, %v", failed[0], failed[1])
			}
		})
	}
}

// The credentials are live until their end and not at it; what does not open gives nothing.
func TestEndedCredentialsVerifyNothing(t *testing.T) {
	r := newSnapRoom(t)
	if _, err := r.Register(t.Context(), r.who, ids.Sandbox, newPublicPEM(t)); err != nil {
		t.Fatal(err)
	}
	found, err := r.SnapKeys(t.Context(), r.who.Merchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	end := r.db.Clock.Now().Add(time.Hour)
	for _, k := range []keys.Key{found.Public[0].Key, found.Secrets[0].Key} {
		if err := r.db.Keys().SetEnd(t.Context(), k.Merchant, k.Environment, k.ID, end); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		move time.Duration
		want int
	}{{time.Hour - time.Millisecond, 1}, {time.Millisecond, 0}} {
		r.db.Clock.Move(tt.move)
		found, err := r.SnapKeys(t.Context(), r.who.Merchant, ids.Sandbox)
		if err != nil || len(found.Public) != tt.want || len(found.Secrets) != tt.want {
			t.Errorf("after %s: %d and %d, %v", tt.move, len(found.Public), len(found.Secrets), err)
		}
	}
}

// C080: a public key that was moved between environments, or put in by whoever has the database alone, verifies nothing.
func TestMovedPublicKeysDoNotOpen(t *testing.T) {
	r := newSnapRoom(t)
	r.activate(t)
	for _, env := range ids.Environments() {
		if _, err := r.Register(t.Context(), r.who, env, newPublicPEM(t)); err != nil {
			t.Fatal(err)
		}
	}
	r.db.Exec(t, `UPDATE access_keys SET sealed = (SELECT sealed FROM access_keys o WHERE o.environment = 'sandbox' AND o.kind = 'snap_public_key')
		WHERE environment = 'production' AND kind = 'snap_public_key'`)
	again := &keys.Service{Store: r.db.Another(t).Keys(), Registrations: r.Registrations, Sealer: r.Sealer, Now: r.Now} // remembers nothing
	if found, err := again.SnapKeys(t.Context(), r.who.Merchant, ids.Production); !errors.Is(err, keys.ErrUnreadable) || len(found.Public) > 0 {
		t.Errorf("SnapKeys = %+v, %v", found, err)
	}
	if fault.KindOf(keys.ErrUnreadable) != fault.Internal {
		t.Error("the reason is for the log alone")
	}
}
