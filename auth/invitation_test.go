package auth_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

// invite invites an address as Customer Service and gives the token of the mail.
func (r *room) invite(t *testing.T, who activity.Actor, email string) string {
	t.Helper()
	if err := r.Invite(t.Context(), who, email, []string{"customer_service"}); err != nil {
		t.Fatal(err)
	}
	return r.box.token(t)
}

func joining(token string) auth.Joining {
	return auth.Joining{
		Token: token, FullName: "Budi Santoso", Phone: "0833333333", Password: goodPassword, Confirm: goodPassword, Language: "id", Address: "127.0.0.3",
	}
}

// invitation is the only one of a merchant.
func (r *room) invitation(t *testing.T, m ids.MerchantID) auth.Invitation {
	t.Helper()
	all, err := r.MyInvitations(t.Context(), m)
	if err != nil || len(all) != 1 {
		t.Fatalf("invitations: %v, %v", all, err)
	}
	return all[0]
}

// C056: whoever opens the link becomes the person of the invited address, with the invited roles, and nobody else knows the password.
func TestAnInvitationMakesThePersonOfItsAddress(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	token := r.invite(t, boss, " Budi@Example.test ")
	if mail := r.box.sent[len(r.box.sent)-1]; mail.Kind != outbox.Invited || mail.To != "Budi@Example.test" || mail.By != "a@example.test" || mail.Language != "en" {
		t.Errorf("mailed %+v", mail)
	}
	if _, err := r.db.People().ByEmail(t.Context(), "budi@example.test"); err == nil {
		t.Fatal("an invitation is an account")
	}
	if err := r.Join(t.Context(), joining(token)); err != nil {
		t.Fatal(err)
	}
	p := r.person(t, "budi@example.test")
	if p.Merchant != boss.Merchant || p.Name != "Budi Santoso" || p.Email != "Budi@Example.test" || p.Phone != "+62833333333" || p.Language != "id" ||
		!slices.Equal(p.Roles, auth.Roles{auth.CustomerService}) || p.State != auth.Active {
		t.Errorf("joined as %+v", p)
	}
	if _, who, err := r.SignIn(t.Context(), "budi@example.test", goodPassword, auth.Visitor{Address: "127.0.0.3", Browser: "Firefox"}); err != nil || who.ID != p.ID {
		t.Errorf("log in: %v", err)
	}
	wants(t, "once more", r.Join(t.Context(), joining(token)), auth.ErrBadLink)
	if want := []string{"merchant.registered", "user.invited", "user.joined"}; !slices.Equal(r.written(t), want) {
		t.Errorf("written down: %v", r.written(t))
	}
	if n := storetest.Count(r.db.Dump(t), "invitations"); n != 0 {
		t.Errorf("%d invitations are left", n)
	}
}

// C056, C058: to the millisecond, judged when the form is sent. Sent again it lives for another seven days, and the first link is dead.
func TestAnInvitationLivesForSevenDays(t *testing.T) {
	for name, tt := range map[string]struct {
		age  time.Duration
		want error
	}{
		"just before":         {auth.InvitationLife - time.Millisecond, nil},
		"at the end":          {auth.InvitationLife, auth.ErrBadLink},
		"a clock of before":   {-time.Minute, auth.ErrBadLink},
		"another node's skew": {-5 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			boss := r.boss(t, "a@example.test", "0811111111")
			first := r.invite(t, boss, "budi@example.test")
			r.db.Clock.Move(24 * time.Hour)
			if err := r.ResendInvitation(t.Context(), boss, r.invitation(t, boss.Merchant).ID); err != nil {
				t.Fatal(err)
			}
			second := r.box.token(t)
			wants(t, "the link of before", r.Join(t.Context(), joining(first)), auth.ErrBadLink)
			r.db.Clock.Move(tt.age)
			_, _, err := r.Invited(t.Context(), second)
			wants(t, "looking", err, tt.want)
			wants(t, "joining", r.Join(t.Context(), joining(second)), tt.want)
		})
	}
}

// C059: of twenty at once on three nodes one wins, and there is one person.
func TestTwentyAcceptancesMakeOnePerson(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	token := r.invite(t, boss, "budi@example.test")
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	var joined atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			in := joining(token)
			in.Phone = fmt.Sprintf("08333333%02d", i)
			if err := nodes[i%3].Join(t.Context(), in); err == nil {
				joined.Add(1)
			} else if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if people := storetest.Count(r.db.Dump(t), "people"); joined.Load() != 1 || people != 2 {
		t.Errorf("%d joined, %d people", joined.Load(), people)
	}
}

// C024: a link that is unknown, withdrawn or none at all is the same as one that is too old or used.
func TestDeadInvitationLinksAreOneAnswer(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	withdrawn := r.invite(t, boss, "budi@example.test")
	if err := r.WithdrawInvitation(t.Context(), boss, r.invitation(t, boss.Merchant).ID); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"withdrawn": withdrawn, "unknown": auth.NewToken(), "none": "", "odd": "%00"} {
		_, _, err := r.Invited(t.Context(), token)
		wants(t, name, err, auth.ErrBadLink)
		wants(t, name, r.Join(t.Context(), joining(token)), auth.ErrBadLink)
	}
}

// C066: what is refused leaves the link usable, and says which field.
func TestARefusedAcceptanceLeavesTheLink(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	token := r.invite(t, boss, "budi@example.test")
	for name, tt := range map[string]struct {
		edit        func(*auth.Joining)
		field, want string
	}{
		"no name":          {func(in *auth.Joining) { in.FullName = " " }, "full_name", "form.required"},
		"no number":        {func(in *auth.Joining) { in.Phone = "12" }, "phone", "form.phone_length"},
		"somebody's":       {func(in *auth.Joining) { in.Phone = "0811111111" }, "phone", "profile.phone_taken"},
		"short":            {func(in *auth.Joining) { in.Password, in.Confirm = "short", "short" }, "password", "password.too_short"},
		"the merchant's":   {func(in *auth.Joining) { in.Password = "toko bunga 12"; in.Confirm = in.Password }, "password", "password.context"},
		"not the same":     {func(in *auth.Joining) { in.Confirm += "x" }, "confirm_password", "password.not_the_same"},
		"no such language": {func(in *auth.Joining) { in.Language = "fr" }, "-", "form.not_valid"},
	} {
		in := joining(token)
		tt.edit(&in)
		if got := problem(t, r.Join(t.Context(), in), tt.field); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if err := r.Join(t.Context(), joining(token)); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// C023: an address with an account elsewhere is invited like any other, and its owner alone is told; the link that nobody got opens nothing. Colleagues, who
// stand in the list anyway, and what is no address are refused at the field.
func TestOnlyTheOwnerLearnsThatAnAddressIsTaken(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	r.boss(t, "b@example.test", "0822222222")
	r.hire(t, boss.Merchant, "c@example.test", "+62844444444", auth.Developer)
	off := r.hire(t, boss.Merchant, "d@example.test", "+62855555555", auth.Developer)
	if err := r.Disable(t.Context(), boss, off.Person); err != nil {
		t.Fatal(err)
	}
	if r.invite(t, boss, "B@example.test") != "" {
		t.Error("the owner of an account got a link")
	}
	if mail := r.box.sent[len(r.box.sent)-1]; mail.Kind != outbox.InvitedElsewhere || mail.To != "b@example.test" {
		t.Errorf("mailed %+v", mail)
	}
	r.invitation(t, boss.Merchant)
	for email, want := range map[string]string{
		"b@EXAMPLE.test": "invitation.is_invited", "C@example.test": "invitation.is_member", "a@example.test": "invitation.is_member",
		"d@example.test": "invitation.is_disabled", "nobody": "form.not_an_address", "": "form.required", "x@y.test, z@y.test": "form.not_an_address",
	} {
		err := r.Invite(t.Context(), boss, email, []string{"finance"})
		if got := problem(t, err, "email"); got != want {
			t.Errorf("%q: %q, want %q", email, got, want)
		}
	}
	if got := problem(t, r.Invite(t.Context(), boss, "new@example.test", []string{"root"}), "role"); got != "staff.no_role" {
		t.Errorf("a role that there is not: %q", got)
	}
}

// Sign-ups of an address that wait for their confirmation are over once it has joined; and who signed up meanwhile cannot join.
func TestAnAddressBecomesOneAccount(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	token := r.invite(t, boss, "budi@example.test")
	second := r.invite(t, r.boss(t, "b@example.test", "0822222222"), "budi@example.test")
	if err := r.Register(t.Context(), signUp("budi@example.test", "0844444444", goodPassword)); err != nil {
		t.Fatal(err)
	}
	waiting := r.box.token(t)
	wants(t, "join", r.Join(t.Context(), joining(token)), nil)
	wants(t, "the sign-up", r.Confirm(t.Context(), waiting, "the browser's secret", "", "127.0.0.1"), auth.ErrBadLink)
	in := joining(second)
	in.Phone = "0855555555"
	wants(t, "another merchant", r.Join(t.Context(), in), auth.ErrEmailTaken)
}

// Twenty mails within an hour, sent again and withdrawn ones included; exactly an hour after the first of them there is another.
func TestAMerchantSendsTwentyInvitationsAnHour(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	r.invite(t, boss, "0@example.test")
	one := r.invitation(t, boss.Merchant).ID
	r.db.Clock.Move(time.Minute)
	if err := r.ResendInvitation(t.Context(), boss, one); err != nil {
		t.Fatal(err)
	}
	for i := range 18 {
		r.invite(t, boss, fmt.Sprintf("%d@example.test", i+1))
	}
	wants(t, "withdraw", r.WithdrawInvitation(t.Context(), boss, one), nil)
	r.db.Clock.Move(59*time.Minute - time.Millisecond)
	before := r.db.Dump(t)
	if kind := fault.KindOf(r.Invite(t.Context(), boss, "0@example.test", []string{"finance"})); kind != fault.TooMany {
		t.Errorf("the 21st: kind %d", kind)
	}
	if !slices.Equal(before, r.db.Dump(t)) {
		t.Error("a refused invitation changed something")
	}
	r.db.Clock.Move(time.Millisecond)
	r.invite(t, boss, "0@example.test")
	if kind := fault.KindOf(r.Invite(t.Context(), boss, "20@example.test", []string{"finance"})); kind != fault.TooMany {
		t.Errorf("the next: kind %d", kind)
	}
	r.invite(t, r.boss(t, "b@example.test", "0822222222"), "20@example.test") // another merchant's count is its own
}

// A merchant's people and invitations fit on one page.
func TestAMerchantHasNoMorePeopleThanThePageShows(t *testing.T) {
	r := newRoom(t)
	boss := r.boss(t, "a@example.test", "0811111111")
	for i := range auth.MaxStaff - 2 {
		r.hire(t, boss.Merchant, fmt.Sprintf("p%d@example.test", i), fmt.Sprintf("+62833%06d", i), auth.FinanceStaff)
	}
	r.invite(t, boss, "last@example.test")
	err := r.Invite(t.Context(), boss, "more@example.test", []string{"finance"})
	if got := problem(t, err, "email"); got != "staff.full" {
		t.Errorf("one more: %q", got)
	}
}
