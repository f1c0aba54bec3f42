package settings

import (
	"context"
	"slices"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// errNothingChosen: a reversal without a field that the change has.
var errNothingChosen error = fault.New(fault.Invalid, "settings.revert_none")

// Reversal says what of an earlier change is to be taken back: the fields named (nil: all that it changed) get the text that they had before it. What the
// change left alone is not touched, whatever is named. Opened is the version of the page that somebody has before them.
type Reversal struct {
	Page    Page
	Version int64
	Fields  []string
	Opened  int64
}

// Revert takes changes back, all of them or none. Each becomes a new change, which names the one that it takes back; its rules are those of any save, and so
// are its refusals. ErrNotFound: there is no such version of that page in this environment. A result without changes: it is as it was before anyway.
func (s *Service) Revert(ctx context.Context, who activity.Actor, env ids.Environment, reversals ...Reversal) ([]Result, error) {
	var all []Result
	err := s.Tx.Do(ctx, func(ctx context.Context) error {
		all = nil
		for _, r := range reversals {
			done, err := s.revert(ctx, who, env, r)
			if err != nil {
				return err
			}
			all = append(all, done)
		}
		return nil
	})
	return all, err
}

func (s *Service) revert(ctx context.Context, who activity.Actor, env ids.Environment, r Reversal) (Result, error) {
	past, err := s.Past(ctx, who.Merchant, env, r.Page, r.Version)
	if err != nil {
		return Result{}, err
	}
	before := Values{}
	for _, c := range past.Changes {
		if r.Fields == nil || slices.Contains(r.Fields, c.Field) {
			before[c.Field] = c.From
		}
	}
	if len(before) == 0 {
		return Result{}, errNothingChosen
	}
	return s.write(ctx, who, env, Edit{Page: r.Page, Opened: r.Opened, Values: before}, Version{Origin: Reverted, Source: r.Version})
}
