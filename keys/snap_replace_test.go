package keys_test

import (
	"errors"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
)

// publicKeys are the public keys that verify now.
func (r *snapRoom) publicKeys(t *testing.T) (texts []string) {
	t.Helper()
	found, err := r.SnapKeys(t.Context(), r.who.Merchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range found.Public {
		texts = append(texts, publicPEM(t, k.RSA))
	}
	return texts
}

// C085: the new public key verifies at once, the old one until the chosen end and not at it.
func TestAReplacedPublicKeyVerifiesUntilItsEndExactly(t *testing.T) {
	r := newSnapRoom(t)
	first, second := newPublicPEM(t), newPublicPEM(t)
	if _, err := r.Register(t.Context(), r.who, ids.Sandbox, first); err != nil {
		t.Fatal(err)
	}
	r.db.Clock.Move(time.Hour)
	issued, old, err := r.ReplacePublicKey(t.Context(), r.who, ids.Sandbox, second, keys.Hour)
	if err != nil || issued.Replaces != old.ID || !old.EndsAt.Equal(r.Now().Add(time.Hour)) {
		t.Fatalf("replaced %+v by %+v, %v", old, issued, err)
	}
	if m := r.letters.sent[len(r.letters.sent)-1]; m.Kind != outbox.KeyRotated || m.Credential != "snap_public_key" || len(m.LastFour) != 4 {
		t.Errorf("mail: %+v", m)
	}
	for _, tt := range []struct {
		move time.Duration
		want int
	}{{time.Hour - time.Millisecond, 2}, {time.Millisecond, 1}} {
		r.db.Clock.Move(tt.move)
		if got := r.publicKeys(t); len(got) != tt.want || got[len(got)-1] != second {
			t.Errorf("after %s more, %d verify, want %d", tt.move, len(got), tt.want)
		}
	}
}

// C090, C085: what is no public key, one that was registered before (the present, an ended or one of the other environment), no overlap of ours, a third live
// key, and a replacement of nothing are refused, and the present key stays.
func TestReplacementsAreRefusedLikeRegistrationsAndRotations(t *testing.T) {
	r := newSnapRoom(t)
	r.activate(t)
	replace := func(env ids.Environment, text string, overlap keys.Overlap) error {
		_, _, err := r.ReplacePublicKey(t.Context(), r.who, env, text, overlap)
		return err
	}
	if err := replace(ids.Sandbox, newPublicPEM(t), keys.AtOnce); !errors.Is(err, keys.ErrNotRegistered) {
		t.Errorf("before a registration: %v", err)
	}
	elsewhere, ended, present := newPublicPEM(t), newPublicPEM(t), newPublicPEM(t)
	for env, text := range map[ids.Environment]string{ids.Sandbox: ended, ids.Production: elsewhere} {
		if _, err := r.Register(t.Context(), r.who, env, text); err != nil {
			t.Fatal(err)
		}
	}
	r.db.Clock.Move(time.Minute)
	if err := replace(ids.Sandbox, present, keys.AtOnce); err != nil {
		t.Fatal(err)
	}
	var known *keys.KnownKeyError
	for name, text := range map[string]string{"present": present, "ended": ended, "elsewhere": elsewhere} {
		if err := replace(ids.Sandbox, text, keys.AtOnce); !errors.As(err, &known) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := replace(ids.Sandbox, newPublicPEM(t), "2h"); !errors.Is(err, keys.ErrOverlap) {
		t.Errorf("no overlap of ours: %v", err)
	}
	if err := replace(ids.Sandbox, privateTexts(t)["PKCS #8"], keys.AtOnce); fieldReason(err) != "snap.key.private" {
		t.Errorf("a private key: %v", err)
	}
	if got := r.publicKeys(t); len(got) != 1 || got[0] != present {
		t.Errorf("after all refusals %d keys verify", len(got))
	}
	if err := replace(ids.Sandbox, newPublicPEM(t), keys.Week); err != nil {
		t.Fatal(err)
	}
	if err := replace(ids.Sandbox, newPublicPEM(t), keys.AtOnce); !errors.Is(err, keys.ErrTwoLive) {
		t.Errorf("a third one: %v", err)
	}
}

// A public key is the merchant's own: none is drawn in its place.
func TestAPublicKeyIsNotRotated(t *testing.T) {
	r := newSnapRoom(t)
	r.registered(t, ids.Sandbox, pairs()[0])
	k, _ := r.key(t, ids.Sandbox, keys.PublicKey)
	if _, text, err := r.Rotate(t.Context(), r.who, ids.Sandbox, k.ID, keys.AtOnce); !errors.Is(err, keys.ErrNotFound) || text != "" {
		t.Errorf("Rotate = %q, %v", text, err)
	}
	if got := r.publicKeys(t); len(got) != 1 || got[0] != publicPEM(t, &pairs()[0].PublicKey) {
		t.Errorf("%d keys verify", len(got))
	}
}
