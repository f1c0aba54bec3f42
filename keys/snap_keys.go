package keys

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"merchant-portal/internal/ids"
)

// SnapKeys are the BI-SNAP credentials of an environment, opened, to check requests with. All are live when they are read; each Key says until when.
type SnapKeys struct {
	Registration
	Public  []VerifyKey
	Secrets []OpenSecret
}

// VerifyKey is a merchant's public key.
type VerifyKey struct {
	Key
	RSA *rsa.PublicKey
}

// OpenSecret is a Client Secret. Text never leaves the program's memory but by Reveal.
type OpenSecret struct {
	Key
	Text string
}

// SnapKeys reads and opens the BI-SNAP credentials of an environment that are live now, or gives ErrNotRegistered.
func (s *Service) SnapKeys(ctx context.Context, m ids.MerchantID, env ids.Environment) (SnapKeys, error) {
	registration, err := s.Registrations.Of(ctx, m, env)
	if err != nil {
		return SnapKeys{}, err
	}
	owned, err := s.Store.List(ctx, m, env)
	if err != nil {
		return SnapKeys{}, err
	}
	found, now := SnapKeys{Registration: registration}, s.Now()
	for _, k := range owned {
		if !k.LiveAt(now) {
			continue
		}
		switch k.Kind {
		case PublicKey:
			opened, err := s.openPublic(k)
			if err != nil {
				return SnapKeys{}, err
			}
			found.Public = append(found.Public, VerifyKey{k, opened})
		case Secret:
			text, err := s.open(k)
			if err != nil {
				return SnapKeys{}, err
			}
			found.Secrets = append(found.Secrets, OpenSecret{k, text})
		}
	}
	return found, nil
}

// openPublic opens a public key as it was stored.
func (s *Service) openPublic(k Key) (*rsa.PublicKey, error) {
	text, err := s.open(k)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: key %s: no PEM", ErrUnreadable, k.ID)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: key %s: %w", ErrUnreadable, k.ID, err)
	}
	key, isRSA := parsed.(*rsa.PublicKey)
	if !isRSA {
		return nil, fmt.Errorf("%w: key %s: no RSA key", ErrUnreadable, k.ID)
	}
	return key, nil
}

// PublicKeyOf gives the PEM text of a stored public key and its fingerprint. For any other kind it is an error.
func (s *Service) PublicKeyOf(k Key) (text, fingerprint string, err error) {
	if k.Kind != PublicKey {
		return "", "", fmt.Errorf("key %s is no public key", k.ID)
	}
	if text, err = s.open(k); err != nil {
		return "", "", err
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return "", "", fmt.Errorf("%w: key %s: no PEM", ErrUnreadable, k.ID)
	}
	return text, Fingerprint(block.Bytes), nil
}
