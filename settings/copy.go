package settings

import (
	"context"
	"errors"
	"slices"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// Pick is what of a page is to be copied, and in which versions its two sides were looked at before.
type Pick struct {
	Page     Page
	Fields   []string
	From, To int64

	keep keepPair // see prepare
}

// What a copy refuses.
var (
	// ErrNothingPicked: no field was chosen.
	ErrNothingPicked error = fault.New(fault.Invalid, "carry.nothing")
	// ErrUnknownPick: what was chosen is no field of a page of settings. Keys and secrets are none.
	ErrUnknownPick error = fault.New(fault.Invalid, "carry.unknown")
	// ErrPickedTwice: a field was named twice.
	ErrPickedTwice error = fault.New(fault.Invalid, "carry.twice")
	// ErrSourceMoved: the side that is copied from has another version than the one that was looked at.
	ErrSourceMoved error = fault.New(fault.Conflict, "carry.moved")
)

// ParsePicks reads fields by page and name, as in "general.merchant_name", in the order of the pages. Each is a field of a page of settings, once, and
// there is at least one.
func ParsePicks(names []string) ([]Pick, error) {
	if len(names) == 0 {
		return nil, ErrNothingPicked
	}
	chosen := map[Page][]string{}
	for _, name := range names {
		page, field, _ := strings.Cut(name, ".")
		p := Page(page)
		if blank[p] == nil || !isField(p, field) {
			return nil, ErrUnknownPick
		}
		if slices.Contains(chosen[p], field) {
			return nil, ErrPickedTwice
		}
		chosen[p] = append(chosen[p], field)
	}
	var picks []Pick
	for _, p := range Pages() {
		if len(chosen[p]) > 0 {
			picks = append(picks, Pick{Page: p, Fields: chosen[p]})
		}
	}
	return picks, nil
}

// Copy carries what was picked of the other environment into an environment, in one transaction: either all of it, or nothing and a failure. Whoever acts
// may copy in both. Where either side has another version than the one that was looked at, it is a fault.Conflict; what the rules of the target refuse is
// a fault.Invalid, whose fields are named as ParsePicks takes them. Nothing but fields of pages of settings is ever written.
func (s *Service) Copy(ctx context.Context, who activity.Actor, to ids.Environment, picks ...Pick) ([]Result, error) {
	picks, err := s.prepareCopy(ctx, who.Merchant, to, picks)
	if err != nil {
		return nil, err
	}
	var done []Result
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		done = nil
		for _, env := range ids.Environments() {
			if err := s.Staff.MayStill(ctx, who, auth.CopySettings, env); err != nil {
				return err
			}
		}
		for _, pick := range picks {
			result, err := s.copyPage(ctx, who, to, pick)
			if err != nil {
				return err
			}
			done = append(done, result)
		}
		return nil
	})
	return done, err
}

func (s *Service) copyPage(ctx context.Context, who activity.Actor, to ids.Environment, pick Pick) (Result, error) {
	for _, field := range pick.Fields {
		if !isField(pick.Page, field) {
			return Result{}, ErrUnknownPick
		}
	}
	c, err := s.Compare(ctx, who.Merchant, pick.Page)
	if err != nil {
		return Result{}, err
	}
	if c.In(Other(to)).Version != pick.From {
		return Result{}, ErrSourceMoved
	}
	if err := s.mayHave(ctx, who.Merchant, to, pick.Page); err != nil {
		return Result{}, ofPage(pick.Page, fieldsRefused(err, pick.Fields))
	}
	edit := Edit{Page: pick.Page, Opened: pick.To, Values: c.picked(Other(to), pick.Fields), keep: pick.keep}
	done, err := s.write(ctx, who, to, edit, Version{Origin: Copied})
	return done, ofPage(pick.Page, err)
}

// prepareCopy does for each page what saving it would need beside the transaction.
func (s *Service) prepareCopy(ctx context.Context, m ids.MerchantID, to ids.Environment, picks []Pick) ([]Pick, error) {
	prepared := slices.Clone(picks)
	for i, pick := range prepared {
		from, err := s.Page(ctx, m, Other(to), pick.Page)
		if err != nil {
			return nil, err
		}
		if from.Version != pick.From {
			continue // it will be refused
		}
		if prepared[i].keep, err = s.prepare(ctx, m, to, Edit{Page: pick.Page, Opened: pick.To, Values: from.Values}); err != nil {
			return nil, err
		}
	}
	return prepared, nil
}

// ofPage names the fields of a refusal by their page too.
func ofPage(p Page, err error) error {
	var known *fault.Error
	if !errors.As(err, &known) || len(known.Fields) == 0 {
		return err
	}
	named := *known
	named.Fields = slices.Clone(known.Fields)
	for i := range named.Fields {
		named.Fields[i].Name = string(p) + "." + named.Fields[i].Name
	}
	return &named
}

// fieldsRefused says of each field what a page as a whole is refused for.
func fieldsRefused(err error, fields []string) error {
	var known *fault.Error
	if !errors.As(err, &known) || known.Kind != fault.Conflict {
		return err
	}
	refused := &fault.Error{Kind: fault.Invalid, Err: err}
	for _, field := range fields {
		refused.Fields = append(refused.Fields, fault.Field{Name: field, Message: known.Public})
	}
	return refused
}

// Review tells what the rules of the target refuse of what was picked, as Copy would, and changes nothing. nil: a copy would be taken.
func (s *Service) Review(ctx context.Context, m ids.MerchantID, to ids.Environment, picks ...Pick) error {
	var refused fault.Error
	for _, pick := range picks {
		c, err := s.Compare(ctx, m, pick.Page)
		if err != nil {
			return err
		}
		if _, err = s.next(c.In(to), Edit{Page: pick.Page, Values: c.picked(Other(to), pick.Fields)}); err == nil {
			err = fieldsRefused(s.mayHave(ctx, m, to, pick.Page), pick.Fields)
		}
		var known *fault.Error
		if errors.As(ofPage(pick.Page, err), &known) && known.Kind == fault.Invalid {
			refused.Kind, refused.Fields = fault.Invalid, append(refused.Fields, known.Fields...)
		} else if err != nil {
			return err
		}
	}
	if refused.Fields == nil {
		return nil
	}
	return &refused
}

// picked are the texts that fields have in an environment, empty ones too.
func (c Comparison) picked(from ids.Environment, fields []string) Values {
	values := Values{}
	for _, field := range fields {
		values[field] = c.In(from).Values[field]
	}
	return values
}
