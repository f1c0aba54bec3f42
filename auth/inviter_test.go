package auth_test

import (
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
)

// C056, C097: an invitation is worth what its sender may do. Who was demoted, deactivated or removed does not come back by one that they sent before; sent
// again by a colleague, it works.
func TestAnInvitationOfWhoMayNotInviteAnyMoreIsDead(t *testing.T) {
	for name, end := range map[string]func(r *room, boss, other activity.Actor) error{
		"demoted": func(r *room, boss, other activity.Actor) error {
			return r.SetRoles(t.Context(), boss, other.Person, auth.Roles{auth.FinanceStaff})
		},
		"deactivated": func(r *room, boss, other activity.Actor) error { return r.Disable(t.Context(), boss, other.Person) },
		"removed": func(r *room, boss, other activity.Actor) error {
			return r.RemoveColleague(t.Context(), boss, other.Person)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			boss := r.boss(t, "a@example.test", "0811111111")
			other := r.hire(t, boss.Merchant, "b@example.test", "+62822222222", auth.Administrator)
			token := r.invite(t, other, "second-address-of-b@example.test")
			_, _, err := r.Invited(t.Context(), token)
			wants(t, "before", err, nil)
			wants(t, name, end(r, boss, other), nil)
			_, _, err = r.Invited(t.Context(), token)
			wants(t, "looking", err, auth.ErrBadLink)
			wants(t, "joining", r.Join(t.Context(), joining(token)), auth.ErrBadLink)
			wants(t, "sent again", r.ResendInvitation(t.Context(), boss, r.invitation(t, boss.Merchant).ID), nil)
			wants(t, "joining by that", r.Join(t.Context(), joining(r.box.token(t))), nil)
		})
	}
}
