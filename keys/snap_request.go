package keys

import (
	"context"
	"errors"
	"regexp"
	"time"

	"merchant-portal/internal/ids"
)

// SignedRequest is a transactional BI-SNAP call as it was sent.
type SignedRequest struct {
	Method, Path                                                  string
	Token, PartnerID, ChannelID, ExternalID, Timestamp, Signature string
	Body                                                          []byte
}

// FieldError: a header or field does not have its form, whoever sends it.
type FieldError struct{ Name string }

// Error is for the log.
func (e *FieldError) Error() string { return "invalid format of " + e.Name }

// ErrToken: there is no such access token, or it lives no longer.
var ErrToken error = errors.New("invalid access token")

// externalID is the form of X-EXTERNAL-ID: 1 to 36 printable characters of ASCII without spaces.
var externalID = regexp.MustCompile(`^[!-~]{1,36}$`)

// CheckRequest gives the registration whose credentials signed a request, or why it is refused: a FieldError, ErrToken, ErrUnknown or a RefusedError. Only what the
// signature covers as a whole is looked at further: who does not know the Client Secret neither learns which part is wrong nor takes an X-EXTERNAL-ID from
// its merchant. That is taken last, once in 24 hours.
func (s *Service) CheckRequest(ctx context.Context, r SignedRequest, aimed ids.Environment, from string) (Registration, error) {
	stamped, ok := ParseTimestamp(r.Timestamp)
	if !ok {
		return Registration{}, &FieldError{"X-TIMESTAMP"}
	}
	if !externalID.MatchString(r.ExternalID) {
		return Registration{}, &FieldError{"X-EXTERNAL-ID"}
	}
	t, ok := s.openToken(r.Token)
	if !ok {
		return Registration{}, ErrToken
	}
	now := s.Now()
	owned, err := s.tokenOwner(ctx, t, aimed, now, from)
	if err != nil {
		return Registration{}, err
	}
	secret, ok := signedBy(owned.Secrets, r, now)
	if !ok {
		s.Uses.Refuse(t.merchant, Refusal{Environment: t.environment, Reason: BadSignature, At: now, From: from})
		return Registration{}, ErrUnknown
	}
	if reason := s.unfitRequest(r, owned.Registration, stamped, now); reason != "" {
		return Registration{}, s.refuse(secret, reason, now, from)
	}
	return owned.Registration, s.accept(ctx, secret, r.ExternalID, now, from)
}

// tokenOwner gives the credentials of an opened token's environment, if the token lives: it is not too old, its public key has not ended, and it is shown where
// its environment is.
func (s *Service) tokenOwner(ctx context.Context, t token, aimed ids.Environment, now time.Time, from string) (SnapKeys, error) {
	refused := func(reason Reason) error {
		return s.refuse(Key{Merchant: t.merchant, Environment: t.environment, ID: t.key, Kind: PublicKey}, reason, now, from)
	}
	if !now.Before(t.issued.Add(TokenLife)) {
		return SnapKeys{}, errors.Join(ErrToken, refused(BadToken))
	}
	generation, err := s.Current.Generation(ctx, t.merchant)
	if errors.Is(err, ErrNotFound) {
		return SnapKeys{}, ErrToken
	}
	if err != nil {
		return SnapKeys{}, err
	}
	owned, err := s.snapAt(ctx, t.merchant, t.environment, generation)
	if err != nil && !errors.Is(err, ErrNotRegistered) {
		return SnapKeys{}, err
	}
	for _, k := range owned.Public {
		if k.ID != t.key || !k.LiveAt(now) {
			continue
		}
		if aimed != "" && t.environment != aimed {
			return SnapKeys{}, refused(OtherEnvironment)
		}
		return owned, nil
	}
	return SnapKeys{}, errors.Join(ErrToken, refused(BadToken))
}

// signedBy gives the live Client Secret that signed a request.
func signedBy(secrets []OpenSecret, r SignedRequest, now time.Time) (Key, bool) {
	for form := range bodyForms(r.Body) {
		text := RequestText(r.Method, r.Path, r.Token, form, r.Timestamp)
		for _, secret := range secrets {
			if secret.LiveAt(now) && VerifyRequest(secret.Text, text, r.Signature) {
				return secret.Key, true
			}
		}
	}
	return Key{}, false
}

// unfitRequest says why a request that is rightly signed is refused, "" where it is not.
func (s *Service) unfitRequest(r SignedRequest, owner Registration, stamped, now time.Time) Reason {
	switch {
	case !s.fresh(stamped, now):
		return StaleTimestamp
	case r.PartnerID != PartnerID(owner.Merchant):
		return WrongPartner
	case r.ChannelID != owner.ChannelID:
		return WrongChannel
	}
	return ""
}

// accept takes the X-EXTERNAL-ID of a request that is right in all else, and counts it.
func (s *Service) accept(ctx context.Context, secret Key, id string, now time.Time, from string) error {
	taken, err := s.ExternalIDs.Take(ctx, secret.Merchant, secret.Environment, id, now)
	if err != nil {
		return err
	}
	if !taken {
		return s.refuse(secret, SameExternalID, now, from)
	}
	return s.use(ctx, secret, now, from)
}
