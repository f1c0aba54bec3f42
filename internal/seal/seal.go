// Package seal keeps secrets unreadable at rest: envelope encryption with associated data, on Tink's keysets. A keyset is
// wrapped by the master key, which never enters the database. It is the only importer of Tink, and it refuses to open
// anything whose label (merchant, environment, kind, row) is not the one that it was sealed with (C079, C080).
package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrOpen is the one answer to everything that does not open: flipped, cut off, moved, of another keyset or master key (C081).
var ErrOpen = errors.New("seal: does not open")

// MasterKey wraps keysets. It is 32 bytes for AES-256-GCM.
type MasterKey struct{ wrapper tink.AEAD }

const masterKeySize = 32

// NewMasterKeyText draws a master key and gives the text form that ParseMasterKey reads.
func NewMasterKeyText() string {
	key := make([]byte, masterKeySize)
	rand.Read(key) //nolint:errcheck // never fails since Go 1.24
	return base64.StdEncoding.EncodeToString(key)
}

// ParseMasterKey reads the text form: 32 bytes in base64, surrounding space ignored. The error never quotes the text.
func ParseMasterKey(text string) (MasterKey, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != masterKeySize {
		return MasterKey{}, fmt.Errorf("the master key must be %d bytes in base64", masterKeySize)
	}
	wrapper, err := subtle.NewAESGCM(key)
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key: %w", err)
	}
	return MasterKey{wrapper}, nil
}

// NewKeyset makes a keyset for the named scope and wraps it for storage.
func (m MasterKey) NewKeyset(scope string) ([]byte, error) {
	return m.newKeyset(scope, aead.AES256GCMKeyTemplate())
}

// NewMarkerKeyset makes a keyset of a Marker for the named scope and wraps it for storage.
func (m MasterKey) NewMarkerKeyset(scope string) ([]byte, error) {
	return m.newKeyset(scope, mac.HMACSHA256Tag256KeyTemplate())
}

func (m MasterKey) newKeyset(scope string, template *tinkpb.KeyTemplate) ([]byte, error) {
	handle, err := keyset.NewHandle(template)
	if err != nil {
		return nil, fmt.Errorf("new keyset: %w", err)
	}
	return m.wrap(scope, handle)
}

func (m MasterKey) wrap(scope string, handle *keyset.Handle) ([]byte, error) {
	var wrapped bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&wrapped), m.wrapper, keysetLabel(scope)); err != nil {
		return nil, fmt.Errorf("wrap keyset: %w", err)
	}
	return wrapped.Bytes(), nil
}

// OpenKeyset unwraps the keyset of the named scope. A wrong master key, another scope or a damaged row give ErrOpen.
func (m MasterKey) OpenKeyset(scope string, wrapped []byte) (*Box, error) {
	handle, err := m.unwrap(scope, wrapped)
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", scope, err)
	}
	return &Box{primitive, keyIDs(handle)}, nil
}

// OpenMarkerKeyset is OpenKeyset for what NewMarkerKeyset made.
func (m MasterKey) OpenMarkerKeyset(scope string, wrapped []byte) (*Marker, error) {
	handle, err := m.unwrap(scope, wrapped)
	if err != nil {
		return nil, err
	}
	primitive, err := mac.New(handle)
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", scope, err)
	}
	return &Marker{primitive, keyIDs(handle)}, nil
}

func (m MasterKey) unwrap(scope string, wrapped []byte) (*keyset.Handle, error) {
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), m.wrapper, keysetLabel(scope))
	if err != nil {
		return nil, ErrOpen
	}
	return handle, nil
}

func keysetLabel(scope string) []byte { return Label("keyset", scope) }

// Marker marks texts: the same text always gets the same mark, and who does not have the keyset cannot tell which. Safe for concurrent use.
type Marker struct {
	mac  tink.MAC
	keys keyList
}

// Mark gives the mark of a text; its last 32 bytes are an HMAC-SHA-256.
func (m *Marker) Mark(text []byte) ([]byte, error) {
	mark, err := m.mac.ComputeMAC(text)
	if err != nil {
		return nil, fmt.Errorf("mark: %w", err)
	}
	return mark, nil
}

// Marked reports whether mark is one that Mark gives text. It takes the same time wherever the two differ.
func (m *Marker) Marked(mark, text []byte) bool { return m.mac.VerifyMAC(mark, text) == nil }

// Box seals and opens with one keyset. Safe for concurrent use.
type Box struct {
	aead tink.AEAD
	keys keyList
}

// Seal encrypts plaintext under label with a fresh nonce.
func (b *Box) Seal(plaintext, label []byte) ([]byte, error) {
	sealed, err := b.aead.Encrypt(plaintext, label)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal made under the same label, or gives ErrOpen.
func (b *Box) Open(sealed, label []byte) ([]byte, error) {
	plaintext, err := b.aead.Decrypt(sealed, label)
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

// Label joins parts into associated data. Each part is preceded by its length, so no two lists of parts give the same label.
func Label(parts ...string) []byte {
	size := 0
	for _, p := range parts {
		size += binary.MaxVarintLen32 + len(p)
	}
	label := make([]byte, 0, size)
	for _, p := range parts {
		label = binary.AppendUvarint(label, uint64(len(p)))
		label = append(label, p...)
	}
	return label
}
