package auth_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

// boss is the Administrator of a merchant of their own.
func (r *room) boss(t *testing.T, email, phone string) activity.Actor {
	t.Helper()
	r.member(t, email, phone, goodPassword)
	p := r.person(t, email)
	return activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: "127.0.0.1"}
}

// hire adds somebody to a merchant, without an invitation.
func (r *room) hire(t *testing.T, m ids.MerchantID, email, phone string, roles ...auth.Role) activity.Actor {
	t.Helper()
	p := auth.Person{
		ID: ids.New[ids.PersonID](), Merchant: m, Name: "Budi", Email: email, Phone: phone, Roles: roles, Language: "id",
		PasswordHash: "none", PasswordSetAt: r.db.Clock.Now(), CreatedAt: r.db.Clock.Now(),
	}
	if err := r.db.Staff().Add(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return activity.Actor{Merchant: m, Person: p.ID, Address: "127.0.0.2"}
}

// written is what the activity log holds, sorted.
func (r *room) written(t *testing.T) (found []string) {
	t.Helper()
	for _, line := range r.db.Dump(t) {
		if !strings.HasPrefix(line, "activity ") {
			continue
		}
		for _, field := range strings.Fields(line) {
			if name, is := strings.CutPrefix(field, "action="); is {
				found = append(found, name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// C097: whoever acts may be everything but the object of it, so the last Administrator stays.
func TestNobodyChangesThemself(t *testing.T) {
	r := newRoom(t)
	who := r.boss(t, "a@example.test", "0811111111")
	before := r.db.Dump(t)
	wants(t, "own roles", r.SetRoles(t.Context(), who, who.Person, auth.Roles{auth.Administrator, auth.FinanceStaff}), auth.ErrYourself)
	wants(t, "deactivate", r.Disable(t.Context(), who, who.Person), auth.ErrYourself)
	wants(t, "activate", r.Enable(t.Context(), who, who.Person), auth.ErrYourself)
	wants(t, "remove", r.RemoveColleague(t.Context(), who, who.Person), auth.ErrYourself)
	if after := r.db.Dump(t); !slices.Equal(before, after) {
		t.Error("it changed something")
	}
}

// C097: Administrators who demote, deactivate and remove each other at the same moment on three nodes leave one at least.
func TestParallelDemotionsLeaveAnAdministrator(t *testing.T) {
	r := newRoom(t)
	first := r.boss(t, "a@example.test", "0811111111")
	all := []activity.Actor{first}
	for i := range 2 {
		all = append(all, r.hire(t, first.Merchant, fmt.Sprintf("b%d@example.test", i), fmt.Sprintf("+6282222222%d", i), auth.Administrator))
	}
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	var wg sync.WaitGroup
	for i, who := range all {
		for j, whom := range all {
			if i == j {
				continue
			}
			wg.Go(func() {
				var err error
				switch (i + j) % 3 {
				case 0:
					err = nodes[i].SetRoles(t.Context(), who, whom.Person, auth.Roles{auth.CustomerService})
				case 1:
					err = nodes[i].Disable(t.Context(), who, whom.Person)
				default:
					err = nodes[i].RemoveColleague(t.Context(), who, whom.Person)
				}
				if kind := fault.KindOf(err); err != nil && kind != fault.Forbidden && kind != fault.NotFound {
					t.Errorf("%d on %d: %v", i, j, err)
				}
			})
		}
	}
	wg.Wait()
	left, err := r.Administrators(t.Context(), first.Merchant)
	if err != nil || len(left) != 1 {
		t.Errorf("%d Administrators are left, %v", len(left), err)
	}
}

// C096: somebody who may not manage users any more changes nothing, whatever their page still offers.
func TestWhoMayNotManageChangesNobody(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	target := r.hire(t, boss.Merchant, "c@example.test", "+62833333333", auth.FinanceStaff)
	for name, who := range map[string]activity.Actor{
		"developer": r.hire(t, boss.Merchant, "d@example.test", "+62844444444", auth.Developer),
		"disabled":  r.hire(t, boss.Merchant, "e@example.test", "+62855555555", auth.Administrator),
		"removed":   r.hire(t, boss.Merchant, "f@example.test", "+62866666666", auth.Administrator),
	} {
		switch name {
		case "disabled":
			wants(t, name, r.Disable(t.Context(), boss, who.Person), nil)
		case "removed":
			wants(t, name, r.RemoveColleague(t.Context(), boss, who.Person), nil)
		}
		before := r.db.Dump(t)
		for what, err := range map[string]error{
			"roles": r.SetRoles(t.Context(), who, target.Person, auth.Roles{auth.Administrator}), "deactivate": r.Disable(t.Context(), who, target.Person),
			"activate": r.Enable(t.Context(), who, target.Person), "remove": r.RemoveColleague(t.Context(), who, target.Person),
			"invite": r.Invite(t.Context(), who, "new@example.test", []string{"finance"}), "optional": r.MakeFactorsOptional(t.Context(), who),
			"require": r.RequireFactors(t.Context(), who, 1),
		} {
			if kind := fault.KindOf(err); err == nil || kind != fault.Forbidden && kind != fault.NotFound {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if after := r.db.Dump(t); !slices.Equal(before, after) {
			t.Errorf("%s changed something", name)
		}
	}
}

// Each change is written down, and the person is told who made it. What is so already is neither.
func TestAChangeIsWrittenDownAndTold(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	id := r.hire(t, boss.Merchant, "c@example.test", "+62833333333", auth.FinanceStaff).Person
	start := len(r.box.sent)
	for _, step := range []struct {
		act  func() error
		mail outbox.Kind // "": nothing changes
	}{
		{func() error { return r.SetRoles(t.Context(), boss, id, auth.Roles{auth.Developer}) }, outbox.RolesChanged},
		{func() error { return r.SetRoles(t.Context(), boss, id, auth.Roles{auth.Developer}) }, ""},
		{func() error { return r.Enable(t.Context(), boss, id) }, ""},
		{func() error { return r.Disable(t.Context(), boss, id) }, outbox.AccountDisabled},
		{func() error { return r.Disable(t.Context(), boss, id) }, ""},
		{func() error { return r.Enable(t.Context(), boss, id) }, outbox.AccountEnabled},
		{func() error { return r.RemoveColleague(t.Context(), boss, id) }, outbox.AccountRemoved},
	} {
		if err := step.act(); err != nil {
			t.Fatal(err)
		}
		if step.mail == "" {
			continue
		}
		got := r.box.sent[len(r.box.sent)-1]
		if got.Kind != step.mail || got.To != "c@example.test" || got.Language != "id" || got.By != "a@example.test" || got.Token != "" {
			t.Errorf("mailed %+v, want %s", got, step.mail)
		}
	}
	if n := len(r.box.sent) - start; n != 4 {
		t.Errorf("%d mails, want 4", n)
	}
	want := []string{"merchant.registered", "user.disabled", "user.enabled", "user.removed", "user.roles_changed"}
	if got := r.written(t); !slices.Equal(got, want) {
		t.Errorf("written down: %v, want %v", got, want)
	}
	wants(t, "a removed person", r.Enable(t.Context(), boss, id), auth.ErrNotFound)
}

// A removed person's address and number are free; what they could get in with is gone, and the log still knows them.
func TestARemovedPersonLeavesANameAlone(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	id := r.hire(t, boss.Merchant, "c@example.test", "+62833333333", auth.FinanceStaff).Person
	at := r.db.Clock.Now()
	_, browserErr := r.db.Browsers().Add(t.Context(), id, "Chrome on Windows", at)
	for _, err := range []error{
		browserErr, r.db.Factors().Add(t.Context(), boss.Merchant, id, auth.Factor{ID: "F", Kind: auth.TOTP, Name: "phone", Sealed: []byte("x"), CreatedAt: at}),
		r.db.RecoveryCodes().Replace(t.Context(), id, [][]byte{[]byte("code")}), r.db.Passwords().AddPast(t.Context(), id, []byte("past"), at),
		r.RemoveColleague(t.Context(), boss, id),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dump := r.db.Dump(t)
	for _, table := range []string{"second_factors", "recovery_codes", "known_browsers", "past_passwords", "kept_forms"} {
		if n := storetest.Count(dump, table); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
	p, err := r.db.People().ByID(t.Context(), boss.Merchant, id)
	if err != nil || p.State != auth.Removed || p.Email != "c@example.test" || p.Name != "Budi" || p.PasswordHash != "" {
		t.Errorf("the row is %+v, %v", p, err)
	}
	r.member(t, "c@example.test", "0833333333", goodPassword)
	if again := r.person(t, "c@example.test"); again.ID == id || again.Merchant == boss.Merchant {
		t.Error("who signs up with a freed address is somebody else's person")
	}
}

// C093: people and invitations of another merchant are not there, whatever is to be done with them.
func TestAnotherMerchantsPeopleAreNotThere(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	other := r.boss(t, "b@example.test", "0822222222")
	theirs := r.hire(t, other.Merchant, "c@example.test", "+62833333333", auth.FinanceStaff).Person
	if err := r.Invite(t.Context(), other, "d@example.test", []string{"finance"}); err != nil {
		t.Fatal(err)
	}
	invited, err := r.MyInvitations(t.Context(), other.Merchant)
	if err != nil || len(invited) != 1 {
		t.Fatal(invited, err)
	}
	before := r.db.Dump(t)
	_, personErr := r.Colleague(t.Context(), boss.Merchant, theirs)
	_, invitationErr := r.InvitationOf(t.Context(), boss.Merchant, invited[0].ID)
	for what, err := range map[string]error{
		"look at a person": personErr, "look at an invitation": invitationErr,
		"roles":    r.SetRoles(t.Context(), boss, theirs, auth.Roles{auth.Developer}),
		"disable":  r.Disable(t.Context(), boss, theirs),
		"remove":   r.RemoveColleague(t.Context(), boss, theirs),
		"resend":   r.ResendInvitation(t.Context(), boss, invited[0].ID),
		"withdraw": r.WithdrawInvitation(t.Context(), boss, invited[0].ID),
	} {
		wants(t, what, err, auth.ErrNotFound)
	}
	if after := r.db.Dump(t); !slices.Equal(before, after) {
		t.Error("something changed")
	}
}

// C095: roles are what there is, at least one, each once.
func TestOnlyRolesThatThereAreCanBeChosen(t *testing.T) {
	for _, tt := range []struct {
		chosen []string
		want   auth.Roles
	}{
		{[]string{"finance", "administrator"}, auth.Roles{auth.Administrator, auth.FinanceStaff}},
		{[]string{"finance", "finance"}, auth.Roles{auth.FinanceStaff}},
		{nil, nil}, {[]string{""}, nil}, {[]string{"finance", "root"}, nil}, {[]string{"Administrator"}, nil}, {[]string{"finance,administrator"}, nil},
	} {
		got, err := auth.ChooseRoles(tt.chosen)
		if !slices.Equal(got, tt.want) || errors.Is(err, auth.ErrNoRole) != (tt.want == nil) {
			t.Errorf("%q: %v, %v", tt.chosen, got, err)
		}
	}
}
