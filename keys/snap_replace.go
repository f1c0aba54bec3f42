package keys

import (
	"context"
	"slices"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

// ReplacePublicKey puts a merchant's new public key in place of the present one, which goes on verifying until the overlap is over, exactly, as with a rotation
// (C085). What Register refuses as a public key is refused here (C090). It gives the new key and the one that ends.
func (s *Service) ReplacePublicKey(ctx context.Context, who activity.Actor, env ids.Environment, text string, overlap Overlap) (issued, old Key, err error) {
	der, _, err := ParsePublicKey(text)
	if err != nil {
		return Key{}, Key{}, err
	}
	err = s.change(ctx, who, env, func(ctx context.Context, now time.Time) error {
		all, err := s.Store.List(ctx, who.Merchant, env)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(k Key) bool { return k.Kind == PublicKey && k.EndsAt.IsZero() })
		if i < 0 {
			return ErrNotRegistered
		}
		given, err := s.given(ctx, who.Merchant, der)
		if err != nil {
			return err
		}
		if issued, err = s.replace(ctx, who, all[i], given, overlap, now); err != nil {
			return err
		}
		old, err = s.Store.Get(ctx, who.Merchant, env, all[i].ID)
		return err
	})
	if err != nil {
		return Key{}, Key{}, err
	}
	return issued, old, nil
}
