package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// MaxStaff is how many people and invitations a merchant may have together: all of them stand on one page.
const MaxStaff = 200

// What may stand in the way of a change to somebody.
var (
	// ErrYourself: nobody changes, deactivates or removes themself. So whoever acts stays an Administrator, and the last one stays (C097).
	ErrYourself error = fault.New(fault.Conflict, "staff.yourself")
	// ErrNoRole: everybody has at least one role, and only those that there are.
	ErrNoRole error = fault.InvalidField("role", "staff.no_role", nil)
)

// Member is one of a merchant's people, as the list shows them (C098).
type Member struct {
	ID         ids.PersonID
	Name       string
	Email      string
	Roles      Roles
	State      State
	LastSignIn time.Time // zero Unix time: never
}

// Staff stores who works for a merchant. Who was removed is not among them.
type Staff interface {
	// List gives all of a merchant, by address.
	List(ctx context.Context, m ids.MerchantID) ([]Member, error)
	// Add adds a person to a merchant. ErrEmailTaken or ErrPhoneTaken where a unique value exists.
	Add(ctx context.Context, p Person) error
	// SetRoles gives a person other roles.
	SetRoles(ctx context.Context, m ids.MerchantID, p ids.PersonID, roles Roles) error
	// SetState deactivates somebody or lets them in again.
	SetState(ctx context.Context, m ids.MerchantID, p ids.PersonID, s State) error
	// Remove frees the address and the number of a person and drops what they could get in with, and what was kept for them. Name and
	// address stay readable, for the activity log.
	Remove(ctx context.Context, m ids.MerchantID, p ids.PersonID) error
}

// MyStaff lists the people of a merchant, by address.
func (s *Service) MyStaff(ctx context.Context, m ids.MerchantID) ([]Member, error) {
	return s.Staff.List(ctx, m)
}

// Administrators lists those of a merchant who can log in: they can give what somebody else lacks.
func (s *Service) Administrators(ctx context.Context, m ids.MerchantID) ([]Member, error) {
	all, err := s.Staff.List(ctx, m)
	return slices.DeleteFunc(all, func(p Member) bool { return p.State != Active || !slices.Contains(p.Roles, Administrator) }), err
}

// Colleague gives one of the people of a merchant, or ErrNotFound: also for somebody of another merchant (C093), and for who was removed.
func (s *Service) Colleague(ctx context.Context, m ids.MerchantID, id ids.PersonID) (Person, error) {
	p, err := s.People.ByID(ctx, m, id)
	if err == nil && p.State == Removed {
		return Person{}, ErrNotFound
	}
	return p, err
}

// ChooseRoles reads the roles that were chosen in a form, in the order of AllRoles: ErrNoRole for none, and for a name that no role has.
func ChooseRoles(chosen []string) (Roles, error) {
	var rs Roles
	for _, r := range AllRoles() {
		if slices.Contains(chosen, string(r)) {
			rs = append(rs, r)
		}
	}
	for _, name := range chosen {
		if !slices.Contains(rs, Role(name)) {
			return nil, ErrNoRole
		}
	}
	if len(rs) == 0 {
		return nil, ErrNoRole
	}
	return rs, nil
}

// SetRoles gives a colleague other roles. With the same ones nothing happens.
func (s *Service) SetRoles(ctx context.Context, who activity.Actor, id ids.PersonID, roles Roles) error {
	return s.alter(ctx, who, id, activity.UserRolesChanged, outbox.RolesChanged, func(ctx context.Context, p Person) (bool, error) {
		if slices.Equal(p.Roles, roles) {
			return false, nil
		}
		return true, s.Staff.SetRoles(ctx, p.Merchant, p.ID, roles)
	})
}

// Disable keeps a colleague out until Enable.
func (s *Service) Disable(ctx context.Context, who activity.Actor, id ids.PersonID) error {
	return s.setState(ctx, who, id, Disabled, activity.UserDisabled, outbox.AccountDisabled)
}

// Enable lets a colleague in again, with the password of before.
func (s *Service) Enable(ctx context.Context, who activity.Actor, id ids.PersonID) error {
	return s.setState(ctx, who, id, Active, activity.UserEnabled, outbox.AccountEnabled)
}

func (s *Service) setState(
	ctx context.Context, who activity.Actor, id ids.PersonID, next State, what activity.Action, mail outbox.Kind,
) error {
	return s.alter(ctx, who, id, what, mail, func(ctx context.Context, p Person) (bool, error) {
		if p.State == next {
			return false, nil
		}
		return true, s.Staff.SetState(ctx, p.Merchant, p.ID, next)
	})
}

// RemoveColleague removes somebody for good. Their address can be invited again, and is another person then.
func (s *Service) RemoveColleague(ctx context.Context, who activity.Actor, id ids.PersonID) error {
	return s.alter(ctx, who, id, activity.UserRemoved, outbox.AccountRemoved, func(ctx context.Context, p Person) (bool, error) {
		return true, s.Staff.Remove(ctx, p.Merchant, p.ID)
	})
}

// alter makes a change to a colleague, if whoever acts may do that at this very moment: two who demote each other at once do not both succeed (C097). With
// it end all sessions and reset links of the person (C036), it is written down, and the person is told. make reports whether there was anything to change.
func (s *Service) alter(
	ctx context.Context, who activity.Actor, id ids.PersonID, what activity.Action, mail outbox.Kind,
	act func(ctx context.Context, p Person) (changed bool, err error),
) error {
	if id == who.Person {
		return ErrYourself
	}
	at := s.Now()
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		boss, err := s.mayStill(ctx, who, ManageUsers)
		if err != nil {
			return err
		}
		p, err := s.Colleague(ctx, who.Merchant, id)
		if err != nil {
			return err
		}
		changed, err := act(ctx, p)
		if err != nil || !changed {
			return err
		}
		if err := s.Sessions.EndAll(ctx, p.ID, ""); err != nil {
			return err
		}
		if err := s.Resets.EndAll(ctx, p.ID, at); err != nil {
			return err
		}
		if err := s.note(ctx, who, what, string(p.ID), at); err != nil {
			return err
		}
		return s.Outbox.Enqueue(ctx, outbox.Message{
			Kind: mail, To: p.Email, Language: p.Language, Zone: p.Timezone, At: at.UnixMilli(), By: boss.Email, Merchant: string(p.Merchant),
		})
	})
}

// mayStill reads, in the transaction of ctx, who acts: a refusal where they do not have the permission any more, which belongs to no environment.
func (s *Service) mayStill(ctx context.Context, who activity.Actor, permission Permission) (Person, error) {
	return s.mayStillIn(ctx, who, permission, "")
}

func (s *Service) mayStillIn(ctx context.Context, who activity.Actor, permission Permission, env ids.Environment) (Person, error) {
	p, err := s.Colleague(ctx, who.Merchant, who.Person)
	if err == nil && (p.State != Active || !p.Roles.May(permission, env)) {
		return Person{}, Missing(permission, env)
	}
	return p, err
}

func (s *Service) note(ctx context.Context, who activity.Actor, what activity.Action, target string, at time.Time) error {
	return s.Log.Record(ctx, activity.Entry{Actor: who, Action: what, Target: target, Outcome: activity.Done, At: at})
}

// NoteRefusal writes down that somebody sent a form without the permission for it.
func (s *Service) NoteRefusal(ctx context.Context, who activity.Actor, m MissingPermission) error {
	return s.Log.Record(ctx, activity.Entry{
		Actor: who, Environment: m.Environment, Action: activity.AccessRefused, Target: m.Permission, Outcome: activity.Refused, At: s.Now(),
	})
}

// taken reports which of a merchant's people has an address, however it is written.
func taken(all []Member, email string) (Member, bool) {
	i := slices.IndexFunc(all, func(p Member) bool { return EmailKey(p.Email) == EmailKey(strings.TrimSpace(email)) })
	if i < 0 {
		return Member{}, false
	}
	return all[i], true
}
