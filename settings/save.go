package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// Edit is what somebody wants to change on a page that they had before them in version Opened. Fields that are not in Values stay as they are.
type Edit struct {
	Page   Page
	Opened int64
	Values Values

	keep keepPair // nil: nothing was prepared
}

// Change is one field that has another text than before.
type Change struct{ Field, From, To string }

// Result is what became of an edit: the page's version now, and what is different in it. No changes: nothing was stored.
type Result struct {
	Page    Page
	Version int64
	Changes []Change
}

// Overtaken is the cause of a fault.Conflict: somebody has saved the page since it was opened.
type Overtaken struct {
	Page   Page
	Opened State   // as it was when it was opened; where that is not known, version -1 and the fields as they are
	Now    State   // as it is
	Last   Version // who saved it last, and when
}

// Error is for the log: it holds no value.
func (o *Overtaken) Error() string {
	return fmt.Sprintf("%s was opened in version %d and has version %d", o.Page, o.Opened.Version, o.Now.Version)
}

// Save stores what somebody changed in a page's form. What breaks a rule gives a fault.Invalid with a message per field, a page that somebody else has
// saved since it was opened an Overtaken; nothing is stored then.
func (s *Service) Save(ctx context.Context, who activity.Actor, env ids.Environment, e Edit) (Result, error) {
	var done Result
	var err error
	if e.keep, err = s.prepare(ctx, who.Merchant, env, e); err != nil {
		return Result{}, err
	}
	err = s.Tx.Do(ctx, func(ctx context.Context) (err error) {
		done, err = s.write(ctx, who, env, e, Version{Origin: Saved})
		return err
	})
	return done, err
}

// saved names, for the activity log, what it is to save each page.
var saved = map[Page]activity.Action{
	GeneralPage: activity.GeneralSettingsSaved,
	PaymentPage: activity.PaymentSettingsSaved,
	SnapPage:    activity.SnapSettingsSaved,
}

// write makes an edit the next version of its page, within the transaction of ctx; as says where it comes from.
func (s *Service) write(ctx context.Context, who activity.Actor, env ids.Environment, e Edit, as Version) (Result, error) {
	if err := s.Staff.MayStill(ctx, who, auth.EditSettings, env); err != nil {
		return Result{}, err
	}
	if err := s.mayHave(ctx, who.Merchant, env, e.Page); err != nil {
		return Result{}, err
	}
	now, err := s.Page(ctx, who.Merchant, env, e.Page)
	if err != nil {
		return Result{}, err
	}
	if now.Version != e.Opened {
		return Result{}, s.overtaken(ctx, who.Merchant, env, e, now)
	}
	next, err := s.next(now, e)
	if err != nil {
		return Result{}, err
	}
	done := Result{e.Page, now.Version, differences(e.Page, now.Values, next)}
	if len(done.Changes) == 0 {
		return done, nil
	}
	if as.Text, err = json.Marshal(next); err != nil {
		return Result{}, fmt.Errorf("encode settings: %w", err)
	}
	done.Version++
	as.Version, as.Person, as.At = done.Version, who.Person, s.Now()
	if err := s.Store.Put(ctx, who.Merchant, env, e.Page, as); err != nil {
		return Result{}, err
	}
	if err := s.withKeys(ctx, who, env, e, next); err != nil {
		return Result{}, err
	}
	return done, s.Log.Record(ctx, entry(who, env, e.Page, as))
}

// next is the page after an edit, in the form in which it is stored.
func (s *Service) next(now State, e Edit) (Values, error) {
	wanted := maps.Clone(now.Values)
	maps.Copy(wanted, e.Values)
	filled := blank[e.Page]()
	fill(filled, wanted)
	trim(filled)
	if err := s.checker.Check(filled); err != nil {
		return nil, err
	}
	settle(filled)
	next := ValuesOf(filled)
	for name, text := range now.Values {
		if !isField(e.Page, name) {
			next[name] = text // of a later version of the program
		}
	}
	return next, nil
}

func isField(p Page, name string) bool { return slices.Contains(Fields(p), name) }

// differences lists what is different in two states of a page, in the order of its form.
func differences(p Page, from, to Values) (changes []Change) {
	for _, name := range Fields(p) {
		if from[name] != to[name] {
			changes = append(changes, Change{name, from[name], to[name]})
		}
	}
	return changes
}

func entry(who activity.Actor, env ids.Environment, p Page, v Version) activity.Entry {
	e := activity.Entry{Actor: who, Environment: env, Action: saved[p], Outcome: activity.Done, At: v.At}
	switch v.Origin {
	case Reverted:
		e.Action, e.Target = activity.SettingsReverted, string(p)+"/"+strconv.FormatInt(v.Source, 10)
	case Copied:
		e.Action, e.Target = activity.SettingsCopied, string(p)+"/"+strconv.FormatInt(v.Version, 10)
	case Saved:
	}
	return e
}

// overtaken is the failure of an edit whose page has another version by now.
func (s *Service) overtaken(ctx context.Context, m ids.MerchantID, env ids.Environment, e Edit, now State) error {
	cause := &Overtaken{Page: e.Page, Now: now, Opened: State{Version: -1, Values: now.Values}}
	last, err := s.version(ctx, m, env, e.Page, now.Version)
	if err == nil {
		cause.Last = last
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	opened, err := s.version(ctx, m, env, e.Page, e.Opened)
	if err == nil || e.Opened == 0 { // before anything was saved, every field was empty
		cause.Opened.Version = e.Opened
		cause.Opened.Values, err = opened.values()
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return fault.Wrap(fault.Conflict, "settings.overtaken", cause)
}

// version reads one version of a page, or ErrNotFound.
func (s *Service) version(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, number int64) (Version, error) {
	found, err := s.Store.Versions(ctx, m, env, p, number+1, 1)
	if err != nil {
		return Version{}, err
	}
	if len(found) == 0 || found[0].Version != number {
		return Version{}, ErrNotFound
	}
	return found[0], nil
}
