package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"merchant-portal/internal/ids"
)

// holder is a person as the library wants to see one.
type holder struct {
	person      Person
	credentials []webauthn.Credential
}

// WebAuthnID is the user handle: a random id that says nothing about who it is.
func (h holder) WebAuthnID() []byte { return []byte(h.person.ID) }

// WebAuthnName tells accounts apart where the person chooses one.
func (h holder) WebAuthnName() string { return h.person.Email }

// WebAuthnDisplayName is the name of the person.
func (h holder) WebAuthnDisplayName() string { return h.person.Name }

// WebAuthnCredentials are the passkeys.
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// holder opens the passkeys among the factors of a person.
func (s *Service) holder(p Person, factors []Factor) (holder, error) {
	h := holder{person: p}
	for _, f := range factors {
		if f.Kind != Passkey {
			continue
		}
		c, err := s.openCredential(p.ID, f)
		if err != nil {
			return holder{}, err
		}
		h.credentials = append(h.credentials, c)
	}
	return h, nil
}

func (h holder) descriptors() []protocol.CredentialDescriptor {
	return webauthn.Credentials(h.credentials).CredentialDescriptors()
}

func (s *Service) openCredential(p ids.PersonID, f Factor) (c webauthn.Credential, err error) {
	text, err := s.Box.Open(f.Sealed, factorLabel(p, f.ID))
	if err != nil { // not to be taken for a wrong passkey
		return c, fmt.Errorf("passkey: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("decode passkey: %w", err)
	}
	return c, nil
}

func (s *Service) sealCredential(p ids.PersonID, f ids.FactorID, c webauthn.Credential) ([]byte, error) {
	c.Attestation = webauthn.CredentialAttestation{} // nobody asks who made it
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode passkey: %w", err)
	}
	return s.Box.Seal(text, factorLabel(p, f))
}

// spendChallenge reports whether a challenge was not answered before. It is remembered for longer than it lives.
func (s *Service) spendChallenge(ctx context.Context, challenge string) (bool, error) {
	digest := sha256.Sum256([]byte(challenge))
	return s.Challenges.Spend(ctx, digest[:], s.Now())
}

// forgetChallenges drops those that nobody can answer any more.
func (s *Service) forgetChallenges(ctx context.Context) error {
	return s.Challenges.DropOld(ctx, s.Now().Add(-2*PasskeyLife))
}
