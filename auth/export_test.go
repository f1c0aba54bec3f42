package auth

import (
	"context"

	"merchant-portal/internal/activity"
)

// Try lets tests stand between an attempt's slot and its result.
func (s *Service) Try(ctx context.Context, p Person, right func() (bool, error)) error {
	return s.try(ctx, known(p), activity.Actor{}, func() (verdict, error) {
		ok, err := right()
		return ofPassword(ok), err
	})
}

// TryStranger counts a wrong password for an address without an account, without computing anything.
func (s *Service) TryStranger(ctx context.Context, address string) error {
	who, err := s.stranger(EmailKey(address))
	if err != nil {
		return err
	}
	return s.try(ctx, who, activity.Actor{}, func() (verdict, error) { return wrongPassword, nil })
}

// Bucket gives the lock of an address without an account.
func (s *Service) Bucket(address string) (string, error) {
	who, err := s.stranger(EmailKey(address))
	return who.subject, err
}

// TypedAllowList gives the stored form of a list that somebody typed.
func TypedAllowList(text string) (string, error) {
	l, err := typedAllowList(text)
	return l.String(), err
}
