package auth_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

const day = 24 * time.Hour

func TestAPasswordEndsAtItsGreatestAge(t *testing.T) {
	rules, set := auth.DocumentedRules(), storetest.Start
	for age, want := range map[time.Duration][2]bool{ // soon, too old
		0: {false, false}, 76*day - time.Millisecond: {false, false}, 76 * day: {true, false}, 90*day - time.Millisecond: {true, false}, 90 * day: {false, true},
	} {
		left, soon := rules.PasswordEndsSoon(set, set.Add(age))
		if got := [2]bool{soon, rules.PasswordTooOld(set, set.Add(age))}; got != want || left != 90*day-age {
			t.Errorf("at %s: soon and too old are %v, %s left, want %v", age, got, left, want)
		}
	}
	rules.PasswordMaxAge = 9 * day
	if _, soon := rules.PasswordEndsSoon(set, set.Add(5*day)); soon {
		t.Error("of nine days more than the last third is soon")
	}
}

// days lists which reminders were mailed since the last call, by the days they tell.
func (r *room) days(t *testing.T) (days []int) {
	t.Helper()
	wants(t, "remind", r.Remind(t.Context()), nil)
	for _, m := range r.box.sent {
		if m.Kind == outbox.PasswordExpires {
			days = append(days, m.Days)
		}
	}
	r.box.kinds()
	return days
}

// rules.md, Rotation: a mail goes out 14, 7 and 1 days before, once each; none once it is too late.
func TestRemindersComeFourteenSevenAndOneDayBefore(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	for _, tt := range []struct {
		move time.Duration
		want []int
	}{
		{76*day - time.Millisecond, nil}, {time.Millisecond, []int{14}}, {0, nil}, {7*day - time.Millisecond, nil}, {time.Millisecond, []int{7}}, {time.Hour, nil},
		{6*day - time.Hour, []int{1}}, {day - time.Millisecond, nil}, {time.Millisecond, nil}, {day, nil},
	} {
		r.db.Clock.Move(tt.move)
		if got := r.days(t); !cmp.Equal(got, tt.want) {
			t.Errorf("at %s: %v, want %v", r.db.Clock.Now().Sub(storetest.Start), got, tt.want)
		}
	}
}

func TestOnlyTheMostUrgentReminderIsSent(t *testing.T) {
	for name, tt := range map[string]struct {
		age  time.Duration
		want []int
	}{"three days left": {87 * day, []int{3}}, "an hour left": {90*day - time.Hour, []int{1}}, "ten days and a bit left": {79*day + time.Hour, []int{11}}} {
		r := newRoom(t)
		r.member(t, "a@example.test", "0811111111", goodPassword)
		r.db.Clock.Move(tt.age)
		if got := append(r.days(t), r.days(t)...); !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestAReminderTellsWhenThePasswordEnds(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.box.kinds()
	r.db.Clock.Move(76 * day)
	wants(t, "remind", r.Remind(t.Context()), nil)
	want := []outbox.Message{{
		Kind: outbox.PasswordExpires, To: "a@example.test", Language: "en", Zone: "Asia/Jakarta", Days: 14,
		Until: storetest.Start.Add(90 * day).UnixMilli(),
	}}
	if diff := cmp.Diff(want, r.box.sent); diff != "" {
		t.Errorf("mailed:\n%s", diff)
	}
}

// Of an age that is set shorter, no reminder is due from the first day on.
func TestAReminderAsLongAsTheAgeIsNeverSent(t *testing.T) {
	for age, want := range map[time.Duration][]int{day: nil, 7 * day: {1}, 14 * day: {7, 1}, 15 * day: {14, 7, 1}} {
		r := newRoom(t)
		r.Rules.PasswordMaxAge = age
		r.member(t, "a@example.test", "0811111111", goodPassword)
		var got []int
		for range age / time.Hour {
			got = append(got, r.days(t)...)
			r.db.Clock.Move(time.Hour)
		}
		if !cmp.Equal(got, want) {
			t.Errorf("age %s: %v, want %v", age, got, want)
		}
	}
}

func TestANewPasswordBeginsRemindersAnew(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.db.Clock.Move(89 * day)
	if got := r.days(t); !cmp.Equal(got, []int{1}) {
		t.Errorf("first: %v", got)
	}
	wants(t, "change", r.ChangePassword(t.Context(), change(person(t, r.db, "a@example.test"), goodPassword, resetTo)), nil)
	r.db.Clock.Move(76 * day)
	if got := r.days(t); !cmp.Equal(got, []int{14}) {
		t.Errorf("then: %v", got)
	}
}

// Many people are reminded in one go, and three nodes at the same moment mail each of them once.
func TestThreeNodesSendOneReminder(t *testing.T) {
	db := storetest.New(t)
	const people = 130 // more than are looked up at a time
	for i := range people {
		m := ids.MerchantID(fmt.Sprintf("G%09d", i))
		err := db.People().Create(t.Context(), auth.Merchant{ID: m, Name: "Toko", CreatedAt: storetest.Start}, auth.Person{
			ID: ids.PersonID("of " + m), Merchant: m, Name: "Sari", Email: string(m) + "@example.test", Phone: string(m), Language: "en",
			PasswordHash: "hash", PasswordSetAt: storetest.Start, CreatedAt: storetest.Start,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	db.Clock.Move(76 * day)
	var wg sync.WaitGroup
	for range 3 {
		other := node(db, db.Another(t), auth.DocumentedRules())
		wg.Go(func() { wants(t, "remind", other.Remind(t.Context()), nil) })
	}
	wg.Wait()
	if n := storetest.Count(db.Dump(t), "river_job"); n != people {
		t.Errorf("%d mails to %d people", n, people)
	}
}
