package keys

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
)

// Why there are no credentials to register for.
var (
	// ErrRegistered: the environment has BI-SNAP credentials already.
	ErrRegistered error = fault.New(fault.Conflict, "snap.registered_already")
	// ErrNotOpen: the environment is not active, so it has no keys of any kind (C091).
	ErrNotOpen error = fault.New(fault.Conflict, "snap.not_open")
)

// KnownKeyError refuses a public key that the merchant has registered before: in this environment or the other, ended or not. Otherwise a signature made for
// Sandbox would open Production.
type KnownKeyError struct {
	Environment ids.Environment
	CreatedAt   time.Time
}

// Error is for the log.
func (e *KnownKeyError) Error() string { return "public key registered in " + string(e.Environment) }

// Registered is what a registration made. Secret is shown to who registered, once.
type Registered struct {
	Registration
	Fingerprint string
	Key         Key // the Client Secret's
	Secret      string
}

// Register makes the BI-SNAP credentials of an environment from a merchant's public key, see ParsePublicKey for what is refused. Environments may come in any
// order, each once and with a key of its own (C090), none before it is active (C091).
func (s *Service) Register(ctx context.Context, who activity.Actor, env ids.Environment, text string) (Registered, error) {
	der, fingerprint, err := ParsePublicKey(text)
	if err != nil {
		return Registered{}, err
	}
	made := Registered{Fingerprint: fingerprint}
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		if err := s.Staff.MayStill(ctx, who, auth.ChangeKeys, env); err != nil {
			return err
		}
		if err := s.mayRegister(ctx, who.Merchant, env); err != nil {
			return err
		}
		now := s.Now()
		made.Registration = Registration{Merchant: who.Merchant, Environment: env, ChannelID: newChannelID(), CreatedAt: now}
		if err := s.Registrations.Register(ctx, made.Registration); err != nil {
			return err
		}
		if err := s.addPublicKey(ctx, who.Merchant, env, der, now); err != nil {
			return err
		}
		made.Secret = Generate(env, Secret)
		if made.Key, err = s.seal(who.Merchant, env, Secret, drawn(made.Secret), now); err != nil {
			return err
		}
		if err := s.Store.Add(ctx, made.Key); err != nil {
			return err
		}
		return s.tellRegistered(ctx, who, env, now)
	})
	if err != nil {
		return Registered{}, err
	}
	return made, nil
}

// mayRegister refuses a second registration, and one of an environment that has no keys.
func (s *Service) mayRegister(ctx context.Context, m ids.MerchantID, env ids.Environment) error {
	if _, err := s.Registrations.Of(ctx, m, env); !errors.Is(err, ErrNotRegistered) {
		if err == nil {
			return ErrRegistered
		}
		return err
	}
	owned, err := s.Store.List(ctx, m, env)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(owned, func(k Key) bool { return k.Kind == Server }) {
		return ErrNotOpen
	}
	return nil
}

func (s *Service) tellRegistered(ctx context.Context, who activity.Actor, env ids.Environment, at time.Time) error {
	err := s.Log.Record(ctx, activity.Entry{Actor: who, Environment: env, Action: activity.SnapRegistered, Outcome: activity.Done, At: at})
	if err != nil {
		return err
	}
	return s.Staff.TellAdministrators(ctx, who, outbox.Message{
		Kind: outbox.SnapRegistered, Merchant: string(who.Merchant), Environment: string(env), Address: who.Address, At: at.UnixMilli(),
	})
}

// Registration gives the BI-SNAP registration of an environment, or ErrNotRegistered.
func (s *Service) Registration(ctx context.Context, m ids.MerchantID, env ids.Environment) (Registration, error) {
	return s.Registrations.Of(ctx, m, env)
}

func (s *Service) addPublicKey(ctx context.Context, m ids.MerchantID, env ids.Environment, der []byte, at time.Time) error {
	given, err := s.given(ctx, m, der)
	if err != nil {
		return err
	}
	k, err := s.seal(m, env, PublicKey, given, at)
	if err != nil {
		return err
	}
	return s.Store.Add(ctx, k)
}

// given is the material of a merchant's public key, or a KnownKeyError. Its digest is of merchant and key, and unique: a key is registered once, in one
// environment, and two merchants never learn of each other.
func (s *Service) given(ctx context.Context, m ids.MerchantID, der []byte) (material, error) {
	digest := sha256.Sum256(seal.Label("public key", string(m), string(der)))
	known, err := s.Store.Find(ctx, digest[:])
	switch {
	case err == nil:
		return material{}, &KnownKeyError{known.Environment, known.CreatedAt}
	case !errors.Is(err, ErrNotFound):
		return material{}, err
	}
	fingerprint := strings.ReplaceAll(Fingerprint(der), ":", "")
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return material{text, digest[:], fingerprint[len(fingerprint)-4:]}, nil
}

// newChannelID draws five digits (map-facts section 4).
func newChannelID() string {
	const first, count = 10_000, 90_000
	n, err := rand.Int(rand.Reader, big.NewInt(count))
	if err != nil {
		panic(fmt.Sprintf("keys: no randomness: %v", err)) // crypto/rand never fails on the systems that Go supports
	}
	return fmt.Sprintf("%05d", first+n.Int64())
}
