package keys

import (
	"context"
	"slices"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

// UseDays is how many days of use are shown, today included.
const UseDays = 30

// Use is how a key was used.
type Use struct {
	Key
	Last    LastUse // At zero: it was not used
	Days    []DayUse
	Refused []Refusal // of the same days
}

// DayUse is the requests of one day. Begin is its midnight.
type DayUse struct {
	Begin    time.Time
	Requests int64
}

// UseOf gives the use of a key over the days until now, as they are in a zone of whole hours; ErrNotFound where there is no such key.
func (s *Service) UseOf(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, zone *time.Location) (Use, error) {
	key, err := s.Store.Get(ctx, m, env, id)
	if err != nil {
		return Use{}, err
	}
	used := Use{Key: key}
	lasts, err := s.Uses.Last(ctx, m, env)
	if err != nil {
		return Use{}, err
	}
	used.Last = lasts[id]
	year, month, day := s.Now().In(zone).Date()
	first := time.Date(year, month, day-UseDays+1, 0, 0, 0, 0, zone)
	perDay, err := s.Uses.PerDay(ctx, m, env, id, first, UseDays)
	if err != nil {
		return Use{}, err
	}
	for i, requests := range perDay {
		used.Days = append(used.Days, DayUse{first.AddDate(0, 0, i), requests})
	}
	refused, err := s.Uses.Refusals(ctx, m, env, first)
	used.Refused = slices.DeleteFunc(refused, func(r Refusal) bool { return r.Key != id || r.Environment != env })
	return used, err
}

// RefusedFor is for how long a refused request is told of on the page of an environment's keys.
const RefusedFor = 24 * time.Hour

// Refused gives what was refused lately of an environment's credentials, and of the other's against this one, the latest first. Of credentials of an
// environment whose keys the roles do not let see it gives nothing (C092).
func (s *Service) Refused(ctx context.Context, m ids.MerchantID, roles auth.Roles, env ids.Environment) ([]Refusal, error) {
	refused, err := s.Uses.Refusals(ctx, m, env, s.Now().Add(-RefusedFor))
	return slices.DeleteFunc(refused, func(r Refusal) bool { return !roles.May(auth.SeeKeys, r.Environment) }), err
}
