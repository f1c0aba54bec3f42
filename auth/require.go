package auth

import (
	"context"
	"slices"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// Requirements stores what a merchant requires of all its people.
type Requirements interface {
	// FactorFrom gives from when on everybody needs a second factor; zero Unix time: nobody does.
	FactorFrom(ctx context.Context, m ids.MerchantID) (time.Time, error)
	// SetFactorFrom stores that; zero Unix time: nobody does.
	SetFactorFrom(ctx context.Context, m ids.MerchantID, from time.Time) error
	// WithoutFactor lists the active people of a merchant who have no second factor.
	WithoutFactor(ctx context.Context, m ids.MerchantID) ([]Person, error)
}

// ErrNeedFactorFirst: whoever requires a second factor of everyone has one: nobody shuts themselves out.
var ErrNeedFactorFirst error = fault.New(fault.Conflict, "require.have_one_first")

// required reads a FactorFrom.
func required(from time.Time) bool { return from.UnixMilli() > 0 }

// FactorRequired reports whether the merchant requires a second factor, from now on or later.
func (i *Identity) FactorRequired() bool { return required(i.FactorFrom) }

// FactorMissing reports whether nothing may be done before a second factor is there: at exactly the moment that the merchant set it is so.
func (i *Identity) FactorMissing(now time.Time) bool {
	return i.FactorRequired() && !i.HasFactor && !now.Before(i.FactorFrom)
}

// FactorDue reports for how long there is still time to set up a second factor, and whether one has to be.
func (i *Identity) FactorDue(now time.Time) (left time.Duration, due bool) {
	if !i.FactorRequired() || i.HasFactor {
		return 0, false
	}
	left = i.FactorFrom.Sub(now)
	return left, left > 0
}

// graces are the times, in days, that people may be given to set up a second factor.
var graces = []int{0, 1, 3, 7, 14, 30}

// Graces lists them.
func Graces() []int { return slices.Clone(graces) }

// RequireFactors has everybody of the merchant need a second factor after so many days, one of Graces. Who has none is told. ErrNeedFactorFirst.
func (s *Service) RequireFactors(ctx context.Context, who activity.Actor, days int) error {
	if !slices.Contains(graces, days) {
		return fault.InvalidField("grace", "form.required", nil)
	}
	at := s.moment()
	from := at.Add(time.Duration(days) * day)
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		if _, err := s.mayStill(ctx, who, ManageUsers); err != nil {
			return err
		}
		mine, err := s.Factors.Of(ctx, who.Person)
		if err != nil {
			return err
		}
		if len(mine) == 0 {
			return ErrNeedFactorFirst
		}
		if err := s.Requirements.SetFactorFrom(ctx, who.Merchant, from); err != nil {
			return err
		}
		if err := s.Log.Record(ctx, activity.Entry{Actor: who, Action: activity.FactorsRequired, Outcome: activity.Done, At: at}); err != nil {
			return err
		}
		without, err := s.Requirements.WithoutFactor(ctx, who.Merchant)
		if err != nil {
			return err
		}
		for _, p := range without {
			if err := s.Outbox.Enqueue(ctx, outbox.Message{
				Kind: outbox.FactorRequired, To: p.Email, Language: p.Language, Zone: p.Timezone, Until: from.UnixMilli(),
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// MakeFactorsOptional ends the requirement. Factors stay as they are.
func (s *Service) MakeFactorsOptional(ctx context.Context, who activity.Actor) error {
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		if _, err := s.mayStill(ctx, who, ManageUsers); err != nil {
			return err
		}
		if err := s.Requirements.SetFactorFrom(ctx, who.Merchant, time.UnixMilli(0)); err != nil {
			return err
		}
		return s.Log.Record(ctx, activity.Entry{Actor: who, Action: activity.FactorsOptional, Outcome: activity.Done, At: s.Now()})
	})
}
