package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"merchant-portal/internal/seal"
)

func newMasterKey(t testing.TB) seal.MasterKey {
	t.Helper()
	key, err := seal.ParseMasterKey(seal.NewMasterKeyText())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// must gives what a step of a rotation made.
func must[T any](made T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
}

// C082: a renewed keyset opens what was sealed before and seals with another key; retired, it opens only what was sealed since. The old master key
// opens neither.
func TestARenewedKeysetOpensTheOldUntilItIsRetired(t *testing.T) {
	old, next := newMasterKey(t), newMasterKey(t)
	before := must(old.NewKeyset("sandbox"))(t)
	box := must(old.OpenKeyset("sandbox", before))(t)
	first := must(box.Seal([]byte("secret"), nil))(t)

	renewed := must(old.Renew("sandbox", before, next))(t)
	both := must(next.OpenKeyset("sandbox", renewed))(t)
	if text := must(both.Open(first, nil))(t); string(text) != "secret" || both.Current(first) || !both.Renewed() || box.Renewed() {
		t.Errorf("renewed: opens %q, current %v, renewed %v and %v", text, both.Current(first), both.Renewed(), box.Renewed())
	}
	second := must(both.Seal([]byte("secret"), nil))(t)
	retired := must(next.Retire("sandbox", renewed))(t)
	alone := must(next.OpenKeyset("sandbox", retired))(t)
	if text := must(alone.Open(second, nil))(t); string(text) != "secret" || !alone.Current(second) || alone.Renewed() {
		t.Errorf("retired: opens %q, current %v, renewed %v", text, alone.Current(second), alone.Renewed())
	}
	if _, err := alone.Open(first, nil); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("retired, it opens what the old key sealed: %v", err)
	}
	if _, err := box.Open(second, nil); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the old keyset opens what was sealed since: %v", err)
	}
	for _, wrapped := range [][]byte{renewed, retired} {
		if _, err := old.OpenKeyset("sandbox", wrapped); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("the old master key opens it: %v", err)
		}
	}
}

// A marker that is only wrapped anew gives the same marks; a renewed one others, and still knows the old.
func TestARenewedMarkerVerifiesOldMarks(t *testing.T) {
	old, next := newMasterKey(t), newMasterKey(t)
	before := must(old.NewMarkerKeyset("activity"))(t)
	marker := must(old.OpenMarkerKeyset("activity", before))(t)
	mark := must(marker.Mark([]byte("a")))(t)
	same := must(next.OpenMarkerKeyset("activity", must(old.Rewrap("activity", before, next))(t)))(t)
	if again := must(same.Mark([]byte("a")))(t); !bytes.Equal(again, mark) {
		t.Error("wrapped anew, it marks differently")
	}
	renewed := must(next.OpenMarkerKeyset("activity", must(old.Renew("activity", before, next))(t)))(t)
	other := must(renewed.Mark([]byte("a")))(t)
	if bytes.Equal(other, mark) || !renewed.Marked(mark, []byte("a")) || !renewed.Marked(other, []byte("a")) {
		t.Error("renewed, it marks alike or does not know its own marks")
	}
	if renewed.Current(mark) || !renewed.Current(other) || !renewed.Knows(mark) || marker.Knows(other) || renewed.Knows(nil) {
		t.Error("it does not tell which key made a mark")
	}
}

func TestAMasterKeyIsTheSameAsItselfAlone(t *testing.T) {
	key := newMasterKey(t)
	if !key.Same(key) || key.Same(newMasterKey(t)) {
		t.Error("Same does not tell master keys apart")
	}
}

// C081: every single flipped bit and every length that was cut off gives the one error, of a secret and of a keyset.
func TestEveryFlippedBitAndEveryCutIsRefused(t *testing.T) {
	key, box := newMasterKey(t), newBox(t)
	label := seal.Label("row")
	sealed, wrapped := must(box.Seal([]byte("secret"), label))(t), must(key.NewKeyset("portal"))(t)
	for name, tt := range map[string]struct {
		blob []byte
		open func([]byte) error
	}{
		"secret": {sealed, func(b []byte) error { _, err := box.Open(b, label); return err }},
		"keyset": {wrapped, func(b []byte) error { _, err := key.OpenKeyset("portal", b); return err }},
	} {
		if err := tt.open(tt.blob); err != nil {
			t.Fatalf("%s as it was made: %v", name, err)
		}
		for at := range tt.blob {
			if err := tt.open(tt.blob[:at]); !errors.Is(err, seal.ErrOpen) {
				t.Errorf("%s cut off at %d: %v", name, at, err)
			}
			for bit := range 8 {
				flipped := bytes.Clone(tt.blob)
				flipped[at] ^= 1 << bit
				err := tt.open(flipped)
				// Tink writes the numbers of the keys beside the wrapped keyset, for people: those may say anything
				if !errors.Is(err, seal.ErrOpen) && (name == "secret" || err != nil) {
					t.Errorf("%s with bit %d of byte %d flipped: %v", name, bit, at, err)
				}
			}
		}
	}
}
