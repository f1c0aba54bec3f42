// Package keys issues, seals and reveals a merchant's credentials, per environment. It refuses to keep a secret in clear, to
// show one without an entry in the activity log, and to make keys for an environment that is not open.
package keys

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
)

// Kind is what a key is for. Its spelling is part of the key.
type Kind string

// The kinds (map-facts section 4).
const (
	Client    Kind = "client"          // safe in public HTML
	Server    Kind = "server"          // confidential
	Secret    Kind = "snap_secret"     // BI-SNAP Client Secret: confidential
	PublicKey Kind = "snap_public_key" // the merchant's own for BI-SNAP, PEM: no secret, but sealed too, so that nobody with the database alone puts another in its place
)

// Key is one credential as stored. The key itself is in Sealed alone. Of each kind an environment has one key at most without an end, and beside it one
// at most whose end has not come yet: the one that it replaces (C085).
type Key struct {
	ID          ids.KeyID
	Merchant    ids.MerchantID
	Environment ids.Environment
	Kind        Kind
	Digest      []byte // SHA-256 of the key, for looking it up; unique; not read back
	LastFour    string // the key's last characters, to tell keys apart
	Sealed      []byte
	CreatedAt   time.Time
	RevealedAt  time.Time // last time somebody looked at it; zero: nobody yet
	FirstUsedAt time.Time // zero: no request has used it yet
	EndsAt      time.Time // from this moment on it is refused; zero: no end
	RemindedAt  time.Time // when a mail told that its end is near; zero: not yet
	Replaces    ids.KeyID // the key that it was made to replace; "": none
}

// Undone reports whether the key was taken back before anybody used it (see Service.Undo).
func (k Key) Undone() bool { return !k.EndsAt.IsZero() && !k.EndsAt.After(k.CreatedAt) }

// LiveAt reports whether the key is accepted at a moment: until its end, and not at it.
func (k Key) LiveAt(at time.Time) bool { return k.EndsAt.IsZero() || at.Before(k.EndsAt) }

// Errors of this room.
var (
	// ErrNotFound: no such key of this merchant in this environment.
	ErrNotFound error = fault.New(fault.NotFound, "fault.not_found")
	// ErrUnreadable: the stored key does not open: moved, damaged, or its keyset is gone. Nothing of it is shown.
	ErrUnreadable error = fault.New(fault.Internal, "keys.unreadable")
)

// Store keeps keys. Merchant and environment are in every WHERE.
type Store interface {
	// Add stores a key. An id or digest that exists is an error: it cannot happen with working randomness.
	Add(ctx context.Context, k Key) error
	// List reads the keys of an environment, oldest first; none is not an error. Of those that have ended it leaves out all but the latest: with the
	// others they are 50 at most.
	List(ctx context.Context, m ids.MerchantID, env ids.Environment) ([]Key, error)
	// Get reads one key, or ErrNotFound.
	Get(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID) (Key, error)
	// Find reads the key with a digest, of whichever merchant and environment, or ErrNotFound.
	Find(ctx context.Context, digest []byte) (Key, error)
	// MarkRevealed notes when a key was looked at, or ErrNotFound.
	MarkRevealed(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, at time.Time) error
	// MarkUsed notes the first use of a key that is live at that moment; ErrNotFound where it is not. A later use changes nothing.
	MarkUsed(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, at time.Time) error
	// SetEnd gives a key another end, or none (zero), and forgets that its owners were reminded; or ErrNotFound.
	SetEnd(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, end time.Time) error
}

// Staff is what this room asks of the people of a merchant: auth.Service has it.
type Staff interface {
	// MayStill reads, in the transaction of ctx, whether who acts has a permission in an environment: a refusal where not.
	MayStill(ctx context.Context, who activity.Actor, permission string, env ids.Environment) error
	// TellAdministrators mails, in the transaction of ctx, to the merchant's Administrators and to whoever acted.
	TellAdministrators(ctx context.Context, who activity.Actor, letter outbox.Message) error
}

// Transactor makes one act one transaction (see auth.Transactor).
type Transactor interface {
	Do(ctx context.Context, fn func(ctx context.Context) error) error
}

// Sealer gives the box of an environment: each has a keyset of its own, so a row moved between them does not open.
type Sealer interface {
	// Environment gives the box of env, or an error if its keyset is gone; the other environment is not affected.
	Environment(env ids.Environment) (*seal.Box, error)
}

// Service is the room's front door.
type Service struct {
	Store         Store
	Current       Current
	Registrations Registrations
	Notifications NotificationKeys
	Uses          Uses // nil: the program does not count
	ExternalIDs   ExternalIDs
	Tx            Transactor
	Log           activity.Log
	Sealer        Sealer
	Staff         Staff
	Reminders     Reminders // for Remind alone
	Now           func() time.Time
	Tolerance     time.Duration // how far an X-TIMESTAMP may be from now

	byDigest memory[[sha256.Size]byte, Key]
	snap     memory[snapOf, SnapKeys]
}

// Issue makes the first client and server key of an environment, within the transaction that ctx carries.
func (s *Service) Issue(ctx context.Context, m ids.MerchantID, env ids.Environment, at time.Time) error {
	for _, kind := range []Kind{Client, Server} {
		k, err := s.seal(m, env, kind, drawn(Generate(env, kind)), at)
		if err != nil {
			return err
		}
		if err := s.Store.Add(ctx, k); err != nil {
			return err
		}
	}
	return s.Log.Record(ctx, activity.Entry{
		Actor: activity.Actor{Merchant: m}, Environment: env, Action: activity.KeysIssued, Outcome: activity.Done, At: at,
	})
}

// listedFor is for how long an ended key is still listed.
const listedFor = 30 * 24 * time.Hour

// List gives the keys of an environment, oldest first, none where the environment is not open yet: those that work, and those that ended in the last 30
// days, 50 at most. The caller must not change what it gets.
func (s *Service) List(ctx context.Context, m ids.MerchantID, env ids.Environment) ([]Key, error) {
	all, err := s.Store.List(ctx, m, env)
	forgotten := func(k Key) bool { return !k.LiveAt(s.Now().Add(-listedFor)) }
	if err != nil || !slices.ContainsFunc(all, forgotten) {
		return all, err
	}
	return slices.DeleteFunc(slices.Clone(all), forgotten), nil
}

// Get gives one key as stored, without opening it.
func (s *Service) Get(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID) (Key, error) {
	return s.Store.Get(ctx, m, env, id)
}

// PublicText gives the text of a client key, which is no secret. For any other kind it is an error: see Reveal.
func (s *Service) PublicText(k Key) (string, error) {
	if k.Kind != Client {
		return "", fmt.Errorf("key %s is not public", k.ID)
	}
	return s.open(k)
}

// Reveal gives the text of a key after an activity entry about it is on disk (C084), not that of one that has ended. The caller has seen to it that the
// password was typed lately.
func (s *Service) Reveal(ctx context.Context, who activity.Actor, env ids.Environment, id ids.KeyID) (Key, string, error) {
	var key Key
	var text string
	err := s.Tx.Do(ctx, func(ctx context.Context) error {
		var err error
		if key, err = s.Store.Get(ctx, who.Merchant, env, id); err != nil {
			return err
		}
		now := s.Now()
		if !key.LiveAt(now) {
			return ErrEnded
		}
		if text, err = s.open(key); err != nil {
			return err
		}
		if err = s.Store.MarkRevealed(ctx, who.Merchant, env, id, now); err != nil {
			return err
		}
		return s.Log.Record(ctx, activity.Entry{
			Actor: who, Environment: env, Action: activity.KeyRevealed, Target: string(id), Outcome: activity.Done, At: now,
		})
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, text, nil
}

// material is a key's text, by what it is looked up, and what of it may be shown.
type material struct {
	text     string
	digest   []byte
	lastFour string
}

// drawn is the material of a key that Generate made.
func drawn(text string) material {
	digest := sha256.Sum256([]byte(text))
	return material{text, digest[:], text[len(text)-4:]}
}

func (s *Service) seal(m ids.MerchantID, env ids.Environment, kind Kind, of material, at time.Time) (Key, error) {
	box, err := s.Sealer.Environment(env)
	if err != nil {
		return Key{}, err
	}
	k := Key{
		ID: ids.New[ids.KeyID](), Merchant: m, Environment: env, Kind: kind,
		Digest: of.digest, LastFour: of.lastFour, CreatedAt: at,
	}
	k.Sealed, err = box.Seal([]byte(of.text), label(k))
	return k, err
}

func (s *Service) open(k Key) (string, error) {
	box, err := s.Sealer.Environment(k.Environment)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	text, err := box.Open(k.Sealed, label(k))
	if err != nil {
		return "", fmt.Errorf("%w: key %s: %w", ErrUnreadable, k.ID, err)
	}
	return string(text), nil
}

// label binds a sealed key to its row: merchant, environment, kind and id (C080).
func label(k Key) []byte {
	return seal.Label("key", string(k.Merchant), string(k.Environment), string(k.Kind), string(k.ID))
}

// alphabet has 64 characters, so a random byte's low six bits choose one evenly.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// How many characters follow the prefix.
const serverLength, clientLength = 24, 16

// Generate draws a key: prefix by environment and kind, then 24 characters (server) or 16 (client) of A-Z a-z 0-9 - _; a Client Secret is 32
// letters and digits without a prefix (map-facts section 4). The prefix is for people and leak scanners; the portal never derives the environment from it.
func Generate(env ids.Environment, kind Kind) string {
	length := serverLength
	switch kind {
	case Client:
		length = clientLength
	case Secret:
		return generateSecret()
	}
	random := make([]byte, length)
	rand.Read(random) //nolint:errcheck // never fails since Go 1.24
	for i, b := range random {
		random[i] = alphabet[b&63]
	}
	return Prefix(env, kind) + string(random)
}

// generateSecret draws 32 letters and digits evenly: a byte that would choose - or _ is drawn again.
func generateSecret() string {
	const length = 32
	text := make([]byte, 0, length)
	for len(text) < length {
		random := make([]byte, length)
		rand.Read(random) //nolint:errcheck // never fails since Go 1.24
		for _, b := range random {
			if b &= 63; b < 62 && len(text) < length {
				text = append(text, alphabet[b])
			}
		}
	}
	return string(text)
}

// Prefix is the fixed first part of the keys of a kind in an environment; those of BI-SNAP have none.
func Prefix(env ids.Environment, kind Kind) string {
	if kind != Client && kind != Server {
		return ""
	}
	prefix := "Mid-" + string(kind) + "-"
	if env == ids.Sandbox {
		prefix = "SB-" + prefix
	}
	return prefix
}

// Mask shows which key it is without showing the key.
func (k Key) Mask() string {
	return Prefix(k.Environment, k.Kind) + strings.Repeat("•", 12) + k.LastFour
}
