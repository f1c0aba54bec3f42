// Package passkeytest is an authenticator for tests: it makes one passkey and shows it, with whatever is to be wrong about that.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// Flags of authenticator data (WebAuthn Level 3, 6.1).
const (
	Present  = 0x01
	Verified = 0x04
	Eligible = 0x08
	BackedUp = 0x10
	attested = 0x40
)

// Device is an authenticator with one passkey, in a browser on a page. A test changes what is to be wrong.
type Device struct {
	t       testing.TB
	Key     *ecdsa.PrivateKey
	ID      []byte
	Handle  []byte // whose passkey it is
	Counter uint32 // 0: it counts nothing, as one that is synchronised between devices
	RP      string
	Origin  string
	Flags   byte
	Cross   bool // the page is inside another site's
}

// New makes a device on a page of https://RP that does all as it should.
func New(t testing.TB, rp string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Device{t: t, Key: key, ID: []byte(rand.Text()), RP: rp, Origin: "https://" + rp, Flags: Present | Verified}
}

// Make answers a request for a new passkey.
func (d *Device) Make(options []byte) string {
	d.t.Helper()
	asked := d.read(options)
	d.Handle = asked.User.ID.bytes
	point, err := d.Key.PublicKey.Bytes()
	d.must(point, err)
	public := d.must(cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}))
	data := append(d.data(d.Flags|attested), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.ID))) //nolint:gosec // a test's own
	data = append(append(data, d.ID...), public...)
	object := d.must(cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data}))
	return d.answer(map[string]any{
		"clientDataJSON": coded(d.client("webauthn.create", asked.Challenge)), "attestationObject": coded(object), "transports": []string{"internal"},
	})
}

// Show answers a request for a passkey.
func (d *Device) Show(options []byte) string {
	d.t.Helper()
	client, data := d.client("webauthn.get", d.read(options).Challenge), d.data(d.Flags)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature := d.must(ecdsa.SignASN1(rand.Reader, d.Key, signed[:]))
	return d.answer(map[string]any{
		"clientDataJSON": coded(client), "authenticatorData": coded(data), "signature": coded(signature), "userHandle": coded(d.Handle),
	})
}

type options struct {
	Challenge string
	User      struct{ ID base64url }
}

type base64url struct{ bytes []byte }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *base64url) UnmarshalText(text []byte) (err error) {
	b.bytes, err = base64.RawURLEncoding.DecodeString(string(text))
	return err
}

func (d *Device) read(text []byte) (o options) {
	d.t.Helper()
	if err := json.Unmarshal(text, &o); err != nil || o.Challenge == "" {
		d.t.Fatalf("options without a challenge: %s, %v", text, err)
	}
	return o
}

func (d *Device) client(kind, challenge string) []byte {
	return d.must(json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": d.Cross}))
}

func (d *Device) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(d.RP))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), d.Counter)
}

func (d *Device) answer(response map[string]any) string {
	return string(d.must(json.Marshal(map[string]any{
		"id": coded(d.ID), "rawId": coded(d.ID), "type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{},
		"response": response,
	})))
}

func (d *Device) must(b []byte, err error) []byte {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func coded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
