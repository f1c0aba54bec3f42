package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

const (
	// PasskeyLife is for how long a challenge waits for its answer (C131).
	PasskeyLife = 5 * time.Minute
	// MaxPasskeys is how many of them somebody may have.
	MaxPasskeys = 10
	// MaxPasskeyName is how long the name of one may be, in characters.
	MaxPasskeyName = 60
)

var (
	// ErrWrongPasskey: an answer that is no proof here and now: of an unknown passkey or somebody else's, to another challenge or one that was answered
	// before or is too old, from another site, or without the person having been verified. One answer for all (C131).
	ErrWrongPasskey error = &fault.Error{
		Kind: fault.Invalid, Public: fault.Message{ID: "passkey.wrong"}, Fields: []fault.Field{{Name: "code", Message: fault.Message{ID: "passkey.wrong"}}},
	}
	// ErrPasskeyNotAdded: the same of a new passkey.
	ErrPasskeyNotAdded error = fault.New(fault.Conflict, "passkey.not_added")
	// ErrTooManyPasskeys: there are MaxPasskeys already.
	ErrTooManyPasskeys error = fault.New(fault.Conflict, "passkey.too_many")
)

// RelyingParty is the portal as passkeys know it: they are bound to the host of the public URL, and answer to pages of exactly its origin alone.
type RelyingParty struct {
	Origin   string
	webauthn *webauthn.WebAuthn
}

// NewRelyingParty gives that of a portal, nil where there can be no passkeys: they need a host name. The names of this machine are localhost to them.
func NewRelyingParty(public *url.URL, name string) *RelyingParty {
	host, port := strings.ToLower(public.Hostname()), public.Port()
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		host = "localhost"
	}
	origin := url.URL{Scheme: public.Scheme, Host: host}
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[public.Scheme] {
		origin.Host += ":" + port
	}
	required := true
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: name, RPOrigins: []string{origin.String()}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore, // password managers send credProps unasked; nothing is read of it
		Timeouts:                          webauthn.TimeoutsConfig{Login: webauthn.TimeoutConfig{Timeout: PasskeyLife}, Registration: webauthn.TimeoutConfig{Timeout: PasskeyLife}},
	})
	if err != nil {
		return nil
	}
	return &RelyingParty{origin.String(), w}
}

// PasskeyRequest asks a browser for a passkey: Options is what its script hands over, Ceremony comes back with the answer. No row is made for it (C039).
type PasskeyRequest struct {
	Options  json.RawMessage `json:"options"`
	Ceremony string          `json:"ceremony"`
}

// PasskeyAnswer is what came back.
type PasskeyAnswer struct{ Ceremony, Response string }

// given reports whether there is any answer.
func (a PasskeyAnswer) given() bool { return a.Response != "" }

// purpose is what a challenge is for. The answer to one of them serves no other.
type purpose string

const (
	toAdd    purpose = "add"
	toSignIn purpose = "sign in" // whoever it may be
	toStep   purpose = "second step"
	toProve  purpose = "proof"
)

// ceremony is what was asked, sealed for its purpose and, unless that is to sign in, for one person.
type ceremony struct {
	Challenge string `json:"challenge"`
	At        int64  `json:"at"` // unix milliseconds
}

func ceremonyLabel(what purpose, p ids.PersonID) []byte {
	return seal.Label("passkey challenge", string(what), string(p))
}

func (s *Service) request(what purpose, p ids.PersonID, challenge string, options any) (PasskeyRequest, error) {
	asked, err := json.Marshal(options)
	if err != nil {
		return PasskeyRequest{}, fmt.Errorf("encode options: %w", err)
	}
	text, err := json.Marshal(ceremony{challenge, s.Now().UnixMilli()})
	if err != nil {
		return PasskeyRequest{}, fmt.Errorf("encode challenge: %w", err)
	}
	sealed, err := s.Box.Seal(text, ceremonyLabel(what, p))
	return PasskeyRequest{asked, base64.RawURLEncoding.EncodeToString(sealed)}, err
}

// challenge gives what was asked for this purpose and person, "" if nothing was or it is too long ago.
func (s *Service) challenge(what purpose, p ids.PersonID, text string) (string, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", nil //nolint:nilerr // nothing that was made here
	}
	opened, err := s.Box.Open(sealed, ceremonyLabel(what, p))
	if errors.Is(err, seal.ErrOpen) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var c ceremony
	if err := json.Unmarshal(opened, &c); err != nil {
		return "", fmt.Errorf("decode challenge: %w", err)
	}
	if age := s.Now().Sub(time.UnixMilli(c.At)); age >= PasskeyLife || age < -maxSkew {
		return "", nil
	}
	return c.Challenge, nil
}
