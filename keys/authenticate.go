package keys

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// ErrUnknown: what was shown is nobody's credential. Nothing is counted for anybody.
var ErrUnknown error = fault.New(fault.Forbidden, "fault.forbidden")

// RefusedError: what was shown is known, and does not open what it was shown for.
type RefusedError struct {
	Reason Reason
	Key    Key // which one it was; without an id where no key is known
}

// Error is for the log.
func (e *RefusedError) Error() string { return "refused: " + string(e.Reason) }

// maxPresented is more than any key has: what is longer is not looked up.
const maxPresented = 256

// Authenticate gives the server key that a request shows, if it opens the environment that the request is aimed at ("": the key alone says which one); else
// ErrUnknown or a RefusedError, which is counted for the key's merchant (C088). The key is looked up by its digest (C087) and until its end exactly
// (C085). from is the client's address.
func (s *Service) Authenticate(ctx context.Context, presented string, aimed ids.Environment, from string) (Key, error) {
	k, err := s.find(ctx, presented)
	if errors.Is(err, ErrNotFound) {
		return Key{}, ErrUnknown
	}
	if err != nil {
		return Key{}, err
	}
	now := s.Now()
	if reason := unfit(k, aimed, now); reason != "" {
		return Key{}, s.refuse(k, reason, now, from)
	}
	return k, s.use(ctx, k, now, from)
}

// find gives the key with a text: from memory, if nothing of its merchant has changed since it was read.
func (s *Service) find(ctx context.Context, presented string) (Key, error) {
	if presented == "" || len(presented) > maxPresented {
		return Key{}, ErrNotFound
	}
	digest := sha256.Sum256([]byte(presented))
	if known, ok := s.byDigest.get(digest); ok {
		generation, err := s.Current.Generation(ctx, known.value.Merchant)
		if err != nil {
			return Key{}, err
		}
		if generation == known.generation {
			return known.value, nil
		}
	}
	k, generation, err := s.Current.FindAt(ctx, digest[:])
	if err != nil {
		return Key{}, err
	}
	s.byDigest.put(digest, generation, k)
	return k, nil
}

// unfit says why a key does not open an environment at a moment, "" where it does.
func unfit(k Key, aimed ids.Environment, at time.Time) Reason {
	switch {
	case !k.LiveAt(at):
		return Ended
	case k.Kind != Server:
		return WrongKind
	case aimed != "" && k.Environment != aimed:
		return OtherEnvironment
	}
	return ""
}

// refuse counts a refusal for the key's merchant.
func (s *Service) refuse(k Key, reason Reason, at time.Time, from string) error {
	s.Uses.Refuse(k.Merchant, Refusal{Environment: k.Environment, Reason: reason, Key: k.ID, At: at, From: from})
	return &RefusedError{Reason: reason, Key: k}
}

// use counts a request that a key has opened. The first one is written before it is answered: "unused" is what undoing a rotation rests on. A key that was
// ended meanwhile opens nothing.
func (s *Service) use(ctx context.Context, k Key, at time.Time, from string) error {
	if k.FirstUsedAt.IsZero() {
		err := s.Store.MarkUsed(ctx, k.Merchant, k.Environment, k.ID, at)
		if errors.Is(err, ErrNotFound) {
			return s.refuse(k, Ended, at, from)
		}
		if err != nil {
			return err
		}
	}
	s.Uses.Count(k, at, from)
	return nil
}
