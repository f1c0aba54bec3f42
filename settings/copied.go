package settings

import (
	"context"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// Since is what became of the fields that a copy changed.
type Since uint8

// What may have become of them.
const (
	Changed   Since = iota // one of them has another text than the copy gave it
	Stands                 // all are as the copy left them
	TakenBack              // all are as they were before it
)

// Made is what a copy changed on a page, and what became of that.
type Made struct {
	Result
	Since Since
}

// ErrChangedSince: somebody has changed what a copy wrote, so that it cannot be undone as a whole. The history can take back a field alone.
var ErrChangedSince error = fault.New(fault.Conflict, "carry.changed_since")

// Copied reads what a copy changed on a page, by the version that it made. ErrNotFound where that version was no copy.
func (s *Service) Copied(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, number int64) (Made, error) {
	made, _, err := s.copied(ctx, m, env, p, number)
	return made, err
}

func (s *Service) copied(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, number int64) (Made, State, error) {
	if blank[p] == nil {
		return Made{}, State{}, ErrNotFound
	}
	past, err := s.Past(ctx, m, env, p, number)
	if err != nil {
		return Made{}, State{}, err
	}
	if past.Origin != Copied {
		return Made{}, State{}, ErrNotFound
	}
	now, err := s.Page(ctx, m, env, p)
	made, back := Made{Result{p, number, past.Changes}, Stands}, true
	for _, c := range past.Changes {
		if now.Values[c.Field] != c.To {
			made.Since = Changed
		}
		back = back && now.Values[c.Field] == c.From
	}
	if back {
		made.Since = TakenBack
	}
	return made, now, err
}

// UndoCopy gives the fields that copies changed the texts of before, on all of the pages or on none: as new changes, so that nothing is lost.
// ErrChangedSince: one of the fields has been changed since; ErrNotFound: one of the versions was no copy.
func (s *Service) UndoCopy(ctx context.Context, who activity.Actor, env ids.Environment, versions map[Page]int64) ([]Result, error) {
	var done []Result
	err := s.Tx.Do(ctx, func(ctx context.Context) error {
		done = nil
		if err := s.Staff.MayStill(ctx, who, auth.CopySettings, env); err != nil {
			return err
		}
		for p := range versions {
			if blank[p] == nil {
				return ErrNotFound
			}
		}
		for _, p := range Pages() {
			if versions[p] == 0 {
				continue
			}
			result, err := s.undoCopy(ctx, who, env, p, versions[p])
			if err != nil {
				return err
			}
			done = append(done, result)
		}
		return nil
	})
	return done, err
}

func (s *Service) undoCopy(ctx context.Context, who activity.Actor, env ids.Environment, p Page, number int64) (Result, error) {
	made, now, err := s.copied(ctx, who.Merchant, env, p, number)
	if err != nil {
		return Result{}, err
	}
	if made.Since != Stands {
		return Result{}, ErrChangedSince
	}
	return s.revert(ctx, who, env, Reversal{Page: p, Version: number, Opened: now.Version})
}
