package keys

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// TokenLife is for how long an access token lives: until it exactly, and not at it (map-facts section 4).
const TokenLife = 900 * time.Second

// TokenRequest is what a merchant's program sends for an access token.
type TokenRequest struct{ ClientID, Timestamp, Signature string }

// snapOf names the credentials of an environment in memory.
type snapOf struct {
	merchant    ids.MerchantID
	environment ids.Environment
}

// IssueToken gives an access token of the environment whose public key verifies the signature; of aimed alone, where that is not "". ErrUnknown tells nothing
// about the Client ID. Nothing is written for a token: it is sealed, and says itself whose it is and since when (docs/adr/0025).
func (s *Service) IssueToken(ctx context.Context, r TokenRequest, aimed ids.Environment, from string) (string, error) {
	stamped, ok := ParseTimestamp(r.Timestamp)
	if !ok {
		return "", &FieldError{Name: "X-TIMESTAMP"}
	}
	m, ok := MerchantOf(r.ClientID)
	if !ok {
		return "", ErrUnknown
	}
	now := s.Now()
	signer, registered, err := s.signer(ctx, m, r, aimed, now)
	switch {
	case err != nil:
		return "", err
	case signer.ID == "":
		for _, env := range registered {
			if aimed == "" || env == aimed {
				s.Uses.Refuse(m, Refusal{Environment: env, Reason: BadSignature, At: now, From: from})
			}
		}
		return "", ErrUnknown
	case aimed != "" && signer.Environment != aimed:
		return "", s.refuse(signer, OtherEnvironment, now, from)
	case !s.fresh(stamped, now):
		return "", s.refuse(signer, StaleTimestamp, now, from)
	}
	if err := s.use(ctx, signer, now, from); err != nil {
		return "", err
	}
	return s.sealToken(token{signer.Merchant, signer.Environment, signer.ID, now})
}

// signer gives the live public key that verifies a request, without an id where none does, and the environments that have credentials at all. Credentials of
// the environment that is meant, if they cannot be opened, are a failure only where the other's do not verify either.
func (s *Service) signer(
	ctx context.Context, m ids.MerchantID, r TokenRequest, aimed ids.Environment, now time.Time,
) (signer Key, registered []ids.Environment, failed error) {
	generation, err := s.Current.Generation(ctx, m)
	if errors.Is(err, ErrNotFound) {
		return Key{}, nil, nil
	}
	if err != nil {
		return Key{}, nil, err
	}
	text := TokenText(r.ClientID, r.Timestamp)
	for _, env := range ids.Environments() {
		owned, err := s.snapAt(ctx, m, env, generation)
		if err != nil {
			if !errors.Is(err, ErrNotRegistered) && (aimed == "" || env == aimed) {
				failed = errors.Join(failed, err)
			}
			continue
		}
		registered = append(registered, env)
		for _, k := range owned.Public {
			if k.LiveAt(now) && VerifyToken(k.RSA, text, r.Signature) {
				return k.Key, registered, nil
			}
		}
	}
	return Key{}, registered, failed
}

// snapAt gives opened credentials as they are under a generation that was just read: from memory if they were read under it. An end that has come since
// must still be looked at.
func (s *Service) snapAt(ctx context.Context, m ids.MerchantID, env ids.Environment, generation int64) (SnapKeys, error) {
	of := snapOf{m, env}
	known, ok := s.snap.get(of)
	if !ok || known.generation != generation {
		owned, err := s.SnapKeys(ctx, m, env)
		if err != nil && !errors.Is(err, ErrNotRegistered) {
			return SnapKeys{}, err
		}
		known.value = owned // without a merchant: not registered, which a registration changes with the generation
		s.snap.put(of, generation, owned)
	}
	if known.value.Merchant == "" {
		return SnapKeys{}, ErrNotRegistered
	}
	return known.value, nil
}

// fresh reports whether a timestamp is near enough to now: a difference of Tolerance exactly is.
func (s *Service) fresh(stamped, now time.Time) bool { return now.Sub(stamped).Abs() <= s.Tolerance }

// token is what an access token says once it is opened.
type token struct {
	merchant    ids.MerchantID
	environment ids.Environment
	key         ids.KeyID // the public key whose private half asked for it
	issued      time.Time
}

func tokenLabel(env ids.Environment) []byte { return seal.Label("access token", string(env)) }

func (s *Service) sealToken(t token) (string, error) {
	box, err := s.Sealer.Environment(t.environment)
	if err != nil {
		return "", err
	}
	text := strings.Join([]string{string(t.merchant), string(t.key), strconv.FormatInt(t.issued.UnixMilli(), 10)}, " ")
	sealed, err := box.Seal([]byte(text), tokenLabel(t.environment))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// openToken gives what a text says that is an access token of some environment, or reports that it is none. Whether it still lives it does not know.
func (s *Service) openToken(text string) (token, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return token{}, false
	}
	for _, env := range ids.Environments() {
		box, err := s.Sealer.Environment(env)
		if err != nil {
			continue // no token of that environment can be opened, nor was made
		}
		opened, err := box.Open(sealed, tokenLabel(env))
		if err != nil {
			continue
		}
		part := strings.Split(string(opened), " ")
		if len(part) != 3 {
			return token{}, false
		}
		issued, err := strconv.ParseInt(part[2], 10, 64)
		return token{ids.MerchantID(part[0]), env, ids.KeyID(part[1]), time.UnixMilli(issued)}, err == nil
	}
	return token{}, false
}
