package keys

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// notificationBits is the size of the keys that sign notifications.
const notificationBits = 2048

// NotificationForm is the form of the text that is signed in a notification (map-facts section 4); the algorithm is SHA256withRSA.
const NotificationForm = "POST:path:lowercase hex SHA-256(minified body):timestamp"

var (
	// ErrNoNotificationKey: the environment has no key pair that signs notifications: no prefix was ever saved.
	ErrNoNotificationKey error = fault.New(fault.NotFound, "fault.not_found")
	// errNotifiesNobody: without BI-SNAP credentials there are no BI-SNAP notifications.
	errNotifiesNobody error = fault.New(fault.Conflict, "bi_snap.not_registered")
)

// NotificationKey is the key pair that signs the BI-SNAP notifications of an environment: merchants verify with the public one. It is made once.
type NotificationKey struct {
	ID          ids.NotificationKeyID
	Merchant    ids.MerchantID
	Environment ids.Environment
	Public      string // PEM, SubjectPublicKeyInfo
	Sealed      []byte // the private key, PKCS #8; it never leaves the program
	CreatedAt   time.Time
}

// NotificationKeys stores them. Merchant and environment are in every WHERE.
type NotificationKeys interface {
	// Add stores the pair of an environment and reports whether it did: not where there is one.
	Add(ctx context.Context, k NotificationKey) (bool, error)
	// Of gives it, or ErrNoNotificationKey.
	Of(ctx context.Context, m ids.MerchantID, env ids.Environment) (NotificationKey, error)
}

// NotificationLabel binds a sealed private key to its row: merchant, environment and id (C080).
func NotificationLabel(m ids.MerchantID, env ids.Environment, id ids.NotificationKeyID) []byte {
	return seal.Label("notification key", string(m), string(env), string(id))
}

// NotificationKey gives the key pair that signs the notifications of an environment and the fingerprint of its public key, as FingerprintCommand shows it; or
// ErrNoNotificationKey. A public key that does not belong to the sealed private one is ErrUnreadable: nobody with the database alone puts another in its place.
func (s *Service) NotificationKey(ctx context.Context, m ids.MerchantID, env ids.Environment) (k NotificationKey, fingerprint string, err error) {
	if k, err = s.Notifications.Of(ctx, m, env); err != nil {
		return NotificationKey{}, "", err
	}
	pair, err := s.openNotificationKey(k)
	if err != nil {
		return NotificationKey{}, "", err
	}
	public, text, err := encodePublic(&pair.PublicKey)
	if err != nil {
		return NotificationKey{}, "", err
	}
	if text != k.Public {
		return NotificationKey{}, "", fmt.Errorf("%w: notification key %s: its public key is another one's", ErrUnreadable, k.ID)
	}
	return k, Fingerprint(public), nil
}

func (s *Service) openNotificationKey(k NotificationKey) (*rsa.PrivateKey, error) {
	box, err := s.Sealer.Environment(k.Environment)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	private, err := box.Open(k.Sealed, NotificationLabel(k.Merchant, k.Environment, k.ID))
	if err != nil {
		return nil, fmt.Errorf("%w: notification key %s: %w", ErrUnreadable, k.ID, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("%w: notification key %s", ErrUnreadable, k.ID)
	}
	pair, isRSA := parsed.(*rsa.PrivateKey)
	if !isRSA {
		return nil, fmt.Errorf("%w: notification key %s: no RSA key", ErrUnreadable, k.ID)
	}
	return pair, nil
}

// encodePublic gives a public key as SubjectPublicKeyInfo, and that as PEM.
func encodePublic(key *rsa.PublicKey) (der []byte, text string, err error) {
	if der, err = x509.MarshalPKIXPublicKey(key); err != nil {
		return nil, "", fmt.Errorf("encode a public key: %w", err)
	}
	return der, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// MayNotify refuses, with a Conflict, an environment without BI-SNAP credentials.
func (s *Service) MayNotify(ctx context.Context, m ids.MerchantID, env ids.Environment) error {
	_, err := s.Registrations.Of(ctx, m, env)
	if errors.Is(err, ErrNotRegistered) {
		return errNotifiesNobody
	}
	return err
}

// PrepareNotificationKey draws and seals a key pair for an environment that has no pair yet; one without BI-SNAP credentials is refused as by MayNotify. Nothing
// is stored before keep is called in a transaction, and then only where there is still none: of parallel calls one makes the pair. Drawing takes up to half a
// second, in which nobody else should have to wait for the one writer.
func (s *Service) PrepareNotificationKey(
	ctx context.Context, m ids.MerchantID, env ids.Environment,
) (keep func(ctx context.Context, who activity.Actor) error, err error) {
	nothing := func(context.Context, activity.Actor) error { return nil }
	if err := s.MayNotify(ctx, m, env); err != nil {
		return nil, err
	}
	if _, err := s.Notifications.Of(ctx, m, env); !errors.Is(err, ErrNoNotificationKey) {
		return nothing, err
	}
	drawn, err := s.drawNotificationKey(m, env)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, who activity.Actor) error { return s.keepNotificationKey(ctx, who, drawn) }, nil
}

func (s *Service) drawNotificationKey(m ids.MerchantID, env ids.Environment) (NotificationKey, error) {
	box, err := s.Sealer.Environment(env)
	if err != nil {
		return NotificationKey{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	pair, err := rsa.GenerateKey(rand.Reader, notificationBits)
	if err != nil {
		return NotificationKey{}, fmt.Errorf("draw a key pair: %w", err)
	}
	_, public, err := encodePublic(&pair.PublicKey)
	if err != nil {
		return NotificationKey{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		return NotificationKey{}, fmt.Errorf("encode a key pair: %w", err)
	}
	k := NotificationKey{ID: ids.New[ids.NotificationKeyID](), Merchant: m, Environment: env, Public: public, CreatedAt: s.Now()}
	k.Sealed, err = box.Seal(private, NotificationLabel(m, env, k.ID))
	return k, err
}

func (s *Service) keepNotificationKey(ctx context.Context, who activity.Actor, k NotificationKey) error {
	added, err := s.Notifications.Add(ctx, k)
	if err != nil || !added {
		return err
	}
	return s.Log.Record(ctx, activity.Entry{
		Actor: who, Environment: k.Environment, Action: activity.NotificationKeyMade, Target: string(k.ID), Outcome: activity.Done, At: k.CreatedAt,
	})
}
