package keys

import (
	"context"
	"slices"
	"strings"
	"time"

	"merchant-portal/internal/ids"
)

// Put stores a key with a text and an end, as rotations leave it.
func (s *Service) Put(ctx context.Context, m ids.MerchantID, env ids.Environment, kind Kind, text string, ends time.Time) (Key, error) {
	k, err := s.seal(m, env, kind, drawn(text), s.Now())
	if err != nil {
		return Key{}, err
	}
	current, err := s.Store.List(ctx, m, env)
	if err != nil {
		return Key{}, err
	}
	for _, other := range current {
		if other.Kind == kind && other.EndsAt.IsZero() { // one at most has no end
			if err := s.Store.SetEnd(ctx, m, env, other.ID, ends); err != nil {
				return Key{}, err
			}
		}
	}
	return k, s.Store.Add(ctx, k)
}

// TokenOf makes an access token that was asked for at a moment.
func (s *Service) TokenOf(m ids.MerchantID, env ids.Environment, key ids.KeyID, issued time.Time) (string, error) {
	return s.sealToken(token{m, env, key, issued})
}

// VariantNames lists the names of all mistakes that the tables of the bench have.
func VariantNames() (names []string) {
	for _, v := range tokenVariants {
		names = append(names, v.Name)
	}
	for _, v := range requestVariants {
		names = append(names, v.Name)
	}
	for _, m := range bodyMistakes {
		names = append(names, m.name)
	}
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "signature.")
	}
	slices.Sort(names)
	return slices.Compact(names)
}
