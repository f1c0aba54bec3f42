package auth_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/store/storetest"
)

// actor registers somebody who then acts.
func (r *room) actor(t *testing.T, email, phone string) activity.Actor {
	t.Helper()
	r.member(t, email, phone, goodPassword)
	p, err := r.People.ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	return activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: "127.0.0.1"}
}

func saved(dump []string) (entries int) {
	for _, line := range dump {
		if strings.Contains(line, "action=profile.saved") {
			entries++
		}
	}
	return entries
}

func TestAProfileIsSavedWithOneEntryAndOnlyIfItChanges(t *testing.T) {
	r := newRoom(t)
	who, other := r.actor(t, "a@example.test", "0811111111"), r.actor(t, "b@example.test", "0822222222")
	untouched, err := r.MyProfile(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	before := r.db.Dump(t)
	same := auth.Profile{FullName: " Sari ", Phone: "0811111111", Language: "en", Timezone: "Asia/Jakarta", Theme: "system"}
	if err := r.SaveProfile(t.Context(), who, same); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("saving what is stored changed:\n%s", diff)
	}
	typed := auth.Profile{FullName: "Sari Dewi ", Phone: " 0833333333", Language: "id", Timezone: "Asia/Makassar", Theme: "dark"}
	want := auth.Profile{FullName: "Sari Dewi", Phone: "+62833333333", Language: "id", Timezone: "Asia/Makassar", Theme: "dark"}
	if err := r.SaveProfile(t.Context(), who, typed); err != nil {
		t.Fatal(err)
	}
	if got, err := r.MyProfile(t.Context(), who); err != nil || got != want {
		t.Errorf("stored %+v, %v, want %+v", got, err, want)
	}
	if got, err := r.MyProfile(t.Context(), other); err != nil || got != untouched {
		t.Errorf("the other person has %+v, %v", got, err)
	}
	if n := saved(r.db.Dump(t)); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

func TestAProfileThatBreaksARuleIsNotStored(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "a@example.test", "0811111111")
	r.actor(t, "b@example.test", "0822222222")
	good := auth.Profile{FullName: "Sari", Phone: "0811111111", Language: "id", Timezone: "Asia/Jakarta", Theme: "light"}
	before := r.db.Dump(t)
	for name, tt := range map[string]struct {
		edit           func(*auth.Profile)
		field, message string
	}{
		"no name":             {func(p *auth.Profile) { p.FullName = "  " }, "full_name", "form.required"},
		"name of two lines":   {func(p *auth.Profile) { p.FullName = "Sari\nDewi" }, "full_name", "form.bad_character"},
		"name that is long":   {func(p *auth.Profile) { p.FullName = strings.Repeat("ä", 101) }, "full_name", "form.too_long"},
		"no phone":            {func(p *auth.Profile) { p.Phone = "" }, "phone", "form.required"},
		"no phone number":     {func(p *auth.Profile) { p.Phone = "0811x" }, "phone", "form.phone_character"},
		"phone of another":    {func(p *auth.Profile) { p.Phone = "+62822222222" }, "phone", "profile.phone_taken"},
		"unknown language":    {func(p *auth.Profile) { p.Language = "fr" }, "language", "form.not_valid"},
		"unknown time zone":   {func(p *auth.Profile) { p.Timezone = "Europe/Berlin" }, "timezone", "form.not_valid"},
		"unknown theme":       {func(p *auth.Profile) { p.Theme = "pink" }, "theme", "form.not_valid"},
		"nothing chosen":      {func(p *auth.Profile) { p.Theme = "" }, "theme", "form.not_valid"},
		"a choice of several": {func(p *auth.Profile) { p.Theme = "light dark" }, "theme", "form.not_valid"},
	} {
		typed := good
		tt.edit(&typed)
		if got := problem(t, r.SaveProfile(t.Context(), who, typed), tt.field); got != tt.message {
			t.Errorf("%s: %q, want %q", name, got, tt.message)
		}
	}
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	good.FullName = strings.Repeat("ä", 100)
	if err := r.SaveProfile(t.Context(), who, good); err != nil {
		t.Errorf("a name of 100 characters: %v", err)
	}
}

// One act, one transaction: without its entry nothing is stored.
func TestAProfileWithoutItsEntryIsNotStored(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, "a@example.test", "0811111111")
	r.db.Exec(t, `ALTER TABLE activity RENAME TO elsewhere`)
	typed := auth.Profile{FullName: "Sari Dewi", Phone: "0811111111", Language: "id", Timezone: "Asia/Jakarta", Theme: "light"}
	if err := r.SaveProfile(t.Context(), who, typed); err == nil {
		t.Error("saved without an entry")
	}
	if got, err := r.MyProfile(t.Context(), who); err != nil || got.FullName != "Sari" {
		t.Errorf("stored %+v, %v", got, err)
	}
	if n := storetest.Count(r.db.Dump(t), "people"); n != 1 {
		t.Errorf("%d people", n)
	}
}
