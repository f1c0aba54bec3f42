package auth

import (
	"context"
	"errors"
	"strings"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
)

// Profile is what somebody may change about themselves. Lengths are in characters.
type Profile struct {
	FullName string `form:"full_name" validate:"required,line,max=100"`
	Phone    string `form:"phone" validate:"required,phone"`
	Language string `form:"language" validate:"oneof=en id"`
	Timezone string `form:"timezone" validate:"oneof=Asia/Jakarta Asia/Makassar Asia/Jayapura"`
	Theme    string `form:"theme" validate:"oneof=system light dark"`
}

// errPhoneInUse is ErrPhoneTaken for somebody who is looking at the field.
var errPhoneInUse error = fault.InvalidField("phone", "profile.phone_taken", nil)

func profileOf(p Person) Profile {
	return Profile{FullName: p.Name, Phone: p.Phone, Language: p.Language, Timezone: p.Timezone, Theme: p.Theme}
}

// MyProfile gives the profile of whoever acts.
func (s *Service) MyProfile(ctx context.Context, who activity.Actor) (Profile, error) {
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	return profileOf(p), err
}

// SaveProfile stores the profile of whoever acts, with an entry about it. What is stored already is neither written nor noted. What breaks a rule gives
// a fault.Invalid with a message per field, a phone number of somebody else included.
func (s *Service) SaveProfile(ctx context.Context, who activity.Actor, p Profile) error {
	p.FullName, p.Phone = strings.TrimSpace(p.FullName), strings.TrimSpace(p.Phone)
	if err := s.checker.Check(p); err != nil {
		return err
	}
	p.Phone = form.NormalPhone(p.Phone)
	err := s.Tx.Do(ctx, func(ctx context.Context) error {
		stored, err := s.MyProfile(ctx, who)
		if err != nil || stored == p {
			return err
		}
		if err := s.People.SetProfile(ctx, who.Merchant, who.Person, p); err != nil {
			return err
		}
		return s.Log.Record(ctx, activity.Entry{
			Actor: who, Action: activity.ProfileSaved, Target: string(who.Person), Outcome: activity.Done, At: s.Now(),
		})
	})
	if errors.Is(err, ErrPhoneTaken) {
		return errPhoneInUse
	}
	return err
}
