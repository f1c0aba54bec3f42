package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

const origin = "https://portal.test"

func home() *auth.RelyingParty {
	return auth.NewRelyingParty(&url.URL{Scheme: "https", Host: "portal.test"}, "Portal")
}

// Flags of authenticator data (WebAuthn Level 3, 6.1).
const (
	present  = 0x01
	verified = 0x04
	attested = 0x40
)

// device is an authenticator with one passkey. What is wrong with an answer is set beforehand.
type device struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32 // 0: it counts nothing, as a passkey that is synchronised

	rp     string
	origin string
	flags  byte
	cross  bool
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, key: key, id: []byte(rand.Text()), rp: "portal.test", origin: origin, flags: present | verified}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *device) must(b []byte, err error) []byte {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// asked reads the options of a request.
func (d *device) asked(r auth.PasskeyRequest) (challenge string) {
	d.t.Helper()
	var options struct{ Challenge string }
	if err := json.Unmarshal(r.Options, &options); err != nil || options.Challenge == "" {
		d.t.Fatalf("options without a challenge: %s, %v", r.Options, err)
	}
	return options.Challenge
}

func (d *device) clientData(kind, challenge string) []byte {
	return d.must(json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": d.cross}))
}

func (d *device) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(d.rp))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), d.counter)
}

// make answers a request for a new passkey.
func (d *device) make(r auth.PasskeyRequest, p ids.PersonID) auth.PasskeyAnswer {
	d.t.Helper()
	d.handle = []byte(p)
	point, err := d.key.PublicKey.Bytes()
	d.must(point, err)
	public := d.must(cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}))
	data := append(d.data(d.flags|attested), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id))) //nolint:gosec // 26 bytes
	data = append(append(data, d.id...), public...)
	object := d.must(cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data}))
	return d.answer(r, map[string]any{
		"clientDataJSON": b64(d.clientData("webauthn.create", d.asked(r))), "attestationObject": b64(object), "transports": []string{"internal"},
	})
}

// show answers a request for a passkey.
func (d *device) show(r auth.PasskeyRequest) auth.PasskeyAnswer {
	d.t.Helper()
	client, data := d.clientData("webauthn.get", d.asked(r)), d.data(d.flags)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature := d.must(ecdsa.SignASN1(rand.Reader, d.key, signed[:]))
	return d.answer(r, map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.handle),
	})
}

func (d *device) answer(r auth.PasskeyRequest, response map[string]any) auth.PasskeyAnswer {
	text := d.must(json.Marshal(map[string]any{
		"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{}, "response": response,
	}))
	return auth.PasskeyAnswer{Ceremony: r.Ceremony, Response: string(text)}
}

// withPasskey gives a member a passkey.
func (r *room) withPasskey(t *testing.T, email string) *device {
	t.Helper()
	d := newDevice(t)
	if _, err := r.addPasskey(t, d, email); err != nil {
		t.Fatal(err)
	}
	return d
}

func (r *room) addPasskey(t *testing.T, d *device, email string) (codes []string, err error) {
	t.Helper()
	return r.AddPasskey(t.Context(), r.who(t, email), chrome, "Laptop", d.make(r.newPasskey(t, email), r.person(t, email).ID))
}

func (r *room) newPasskey(t *testing.T, email string) auth.PasskeyRequest {
	t.Helper()
	asked, err := r.NewPasskey(t.Context(), r.who(t, email))
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

func (r *room) askSignIn(t *testing.T) auth.PasskeyRequest {
	t.Helper()
	asked, err := r.AskPasskey()
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

// enter signs in without a password.
func (r *room) enter(t *testing.T, a auth.PasskeyAnswer) error {
	t.Helper()
	opening, _, err := r.SignInWithPasskey(t.Context(), a, auth.Visitor{Browser: chrome})
	if (err == nil) != (opening.Factor && opening.Untyped) {
		t.Errorf("%v, and the opening is %+v", err, opening)
	}
	return err
}
