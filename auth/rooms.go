package auth

import (
	"context"
	"slices"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// What other rooms ask of this one.

// MayStill reads, in the transaction of ctx, who acts: a refusal (see Missing) where they do not have the permission in the environment any more, and
// ErrNotFound where they are gone.
func (s *Service) MayStill(ctx context.Context, who activity.Actor, permission Permission, env ids.Environment) error {
	_, err := s.mayStillIn(ctx, who, permission, env)
	return err
}

// TellAdministrators mails a letter, in the transaction of ctx, to the merchant's Administrators who can log in, and to whoever did what it tells of. To,
// Language, Zone and By are filled in; By stays empty where nobody did it.
func (s *Service) TellAdministrators(ctx context.Context, who activity.Actor, letter outbox.Message) error {
	if who.Person != "" {
		p, err := s.Colleague(ctx, who.Merchant, who.Person)
		if err != nil {
			return err
		}
		letter.By = p.Email
	}
	return s.tellAdministrators(ctx, who, letter)
}

func (s *Service) tellAdministrators(ctx context.Context, who activity.Actor, letter outbox.Message) error {
	staff, err := s.AllowLists.Staff(ctx, who.Merchant)
	if err != nil {
		return err
	}
	for _, p := range staff {
		if p.ID != who.Person && !slices.Contains(p.Roles, Administrator) {
			continue
		}
		letter.To, letter.Language, letter.Zone = p.Email, p.Language, p.Timezone
		if err := s.Outbox.Enqueue(ctx, letter); err != nil {
			return err
		}
	}
	return nil
}
