package seal

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Same reports whether two master keys are one.
func (m MasterKey) Same(other MasterKey) bool {
	probe, err := m.wrapper.Encrypt(nil, nil)
	if err != nil {
		return false
	}
	_, err = other.wrapper.Decrypt(probe, nil)
	return err == nil
}

// Rewrap gives the same keyset of the named scope, wrapped by next (C082).
func (m MasterKey) Rewrap(scope string, wrapped []byte, next MasterKey) ([]byte, error) {
	handle, err := m.unwrap(scope, wrapped)
	if err != nil {
		return nil, err
	}
	return next.wrap(scope, handle)
}

// Renew gives the keyset of the named scope, wrapped by next, with a new key of the same kind: what is sealed or marked from now on is so with that one.
// The keys before it stay, and what they sealed still opens (C082).
func (m MasterKey) Renew(scope string, wrapped []byte, next MasterKey) ([]byte, error) {
	handle, err := m.unwrap(scope, wrapped)
	if err != nil {
		return nil, err
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", scope, err)
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.AddNewKeyFromParameters(primary.Key().Parameters())
	if err != nil {
		return nil, fmt.Errorf("renew keyset %s: %w", scope, err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("renew keyset %s: %w", scope, err)
	}
	if handle, err = manager.Handle(); err != nil {
		return nil, fmt.Errorf("renew keyset %s: %w", scope, err)
	}
	return next.wrap(scope, handle)
}

// Retire gives the keyset of the named scope without any key but the one that seals. What the others sealed never opens again (C082).
func (m MasterKey) Retire(scope string, wrapped []byte) ([]byte, error) {
	handle, err := m.unwrap(scope, wrapped)
	if err != nil {
		return nil, err
	}
	manager := keyset.NewManagerFromHandle(handle)
	for _, key := range handle.KeysetInfo().GetKeyInfo() {
		if key.GetKeyId() == handle.KeysetInfo().GetPrimaryKeyId() {
			continue
		}
		if err := manager.Delete(key.GetKeyId()); err != nil {
			return nil, fmt.Errorf("retire keys of %s: %w", scope, err)
		}
	}
	if handle, err = manager.Handle(); err != nil {
		return nil, fmt.Errorf("retire keys of %s: %w", scope, err)
	}
	return m.wrap(scope, handle)
}

// keyList holds what Tink puts before all that a key makes, a version and the key's number, of each key of a keyset; the one that seals first.
type keyList [][]byte

func keyIDs(handle *keyset.Handle) (all keyList) {
	info := handle.KeysetInfo()
	all = append(all, prefix(info.GetPrimaryKeyId()))
	for _, key := range info.GetKeyInfo() {
		if key.GetKeyId() != info.GetPrimaryKeyId() {
			all = append(all, prefix(key.GetKeyId()))
		}
	}
	return all
}

func prefix(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{1}, id) }

func (l keyList) made(text []byte) bool { return bytes.HasPrefix(text, l[0]) }

func (l keyList) knows(text []byte) bool {
	for _, prefix := range l {
		if bytes.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// Current reports whether sealed names the key that Seal uses now. Whether it opens is another question.
func (b *Box) Current(sealed []byte) bool { return b.keys.made(sealed) }

// Renewed reports whether the keyset still has keys from before Renew, which Retire drops.
func (b *Box) Renewed() bool { return len(b.keys) > 1 }

// Current reports whether mark names the key that Mark uses now. Whether it is genuine is another question.
func (m *Marker) Current(mark []byte) bool { return m.keys.made(mark) }

// Knows reports whether mark names a key of this keyset, new or old.
func (m *Marker) Knows(mark []byte) bool { return m.keys.knows(mark) }
