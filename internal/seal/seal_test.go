package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"merchant-portal/internal/seal"
)

func newBox(t testing.TB) *seal.Box {
	t.Helper()
	key, err := seal.ParseMasterKey(seal.NewMasterKeyText())
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := key.NewKeyset("sandbox")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := key.OpenKeyset("production", wrapped); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a keyset opens under another scope: %v", err)
	}
	box, err := key.OpenKeyset("sandbox", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestWhatIsSealedOpensUnderItsOwnLabelAlone(t *testing.T) {
	box := newBox(t)
	label := seal.Label("key", "G1", "sandbox")
	first, err := box.Seal([]byte("secret"), label)
	if err != nil {
		t.Fatal(err)
	}
	second, err := box.Seal([]byte("secret"), label)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, second) {
		t.Error("the same text is sealed to the same bytes twice")
	}
	if got, err := box.Open(first, label); err != nil || string(got) != "secret" {
		t.Errorf("Open = %q, %v", got, err)
	}
	for _, other := range [][]byte{nil, seal.Label("key", "G1", "production"), seal.Label("key", "G1sandbox"), seal.Label("keyG1", "sandbox")} {
		if got, err := box.Open(first, other); !errors.Is(err, seal.ErrOpen) || got != nil {
			t.Errorf("under label %q: %q, %v", other, got, err)
		}
	}
}

func TestNoTwoLabelsAreTheSame(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"\x01a"}, {strings.Repeat("a", 200)}, {strings.Repeat("a", 199), "a"}} {
		l := string(seal.Label(parts...))
		if other, twice := seen[l]; twice {
			t.Errorf("%q and %q have one label", parts, other)
		}
		seen[l] = parts
	}
}

// C081: whatever is opened gives the text or one error, and never a panic.
func FuzzOpen(f *testing.F) {
	box := newBox(f)
	sealed, err := box.Seal([]byte("secret"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add(sealed[:len(sealed)-1])
	f.Add(append(bytes.Clone(sealed[:10]), 0))
	f.Fuzz(func(t *testing.T, blob []byte) {
		if _, err := box.Open(blob, nil); err != nil && !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%v", err)
		}
	})
}

func TestABadMasterKeyIsRefusedWithoutQuotingIt(t *testing.T) {
	for _, text := range []string{"", "not base64 at all!", "c2hvcnQ=", strings.Repeat("A", 100)} {
		_, err := seal.ParseMasterKey(text)
		if err == nil || (text != "" && strings.Contains(err.Error(), text)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
