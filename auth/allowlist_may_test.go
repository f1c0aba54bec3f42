package auth_test

import (
	"slices"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
)

// C096: a list is saved by who may do so at that very moment, whatever the request found when it came.
func TestWhoMayNotAnyMoreSavesNoList(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	demoted := r.hire(t, boss.Merchant, "d@example.test", "+62844444444", auth.Developer)
	disabled := r.hire(t, boss.Merchant, "e@example.test", "+62855555555", auth.Developer)
	removed := r.hire(t, boss.Merchant, "f@example.test", "+62866666666", auth.Developer)
	save := func(who activity.Actor) error {
		stored, err := r.AllowList(t.Context(), who.Merchant)
		wants(t, "load", err, nil)
		who.Address = "192.0.2.9"
		return r.SaveAllowList(t.Context(), auth.NewAllowList{Who: who, Text: "192.0.2.0/24", Version: stored.Version})
	}
	wants(t, "demote", r.SetRoles(t.Context(), boss, demoted.Person, auth.Roles{auth.FinanceStaff}), nil)
	wants(t, "deactivate", r.Disable(t.Context(), boss, disabled.Person), nil)
	wants(t, "remove", r.RemoveColleague(t.Context(), boss, removed.Person), nil)
	before := r.db.Dump(t)
	for name, who := range map[string]activity.Actor{"demoted": demoted, "disabled": disabled, "removed": removed} {
		if kind := fault.KindOf(save(who)); kind != fault.Forbidden && kind != fault.NotFound {
			t.Errorf("%s: %v", name, kind)
		}
	}
	if after := r.db.Dump(t); !slices.Equal(before, after) {
		t.Error("it changed something")
	}
	wants(t, "the Administrator", save(boss), nil)
}
