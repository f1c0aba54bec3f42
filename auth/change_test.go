package auth_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/outbox"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// person reads somebody as stored.
func person(t *testing.T, db *storetest.DB, email string) auth.Person {
	t.Helper()
	p, err := db.People().ByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// node is the service as another node of the portal runs it, with the queue of the database.
func node(db *storetest.DB, st *store.Store, rules auth.Rules) *auth.Service {
	d := st.ForAuth()
	d.Onboarding, d.Hasher, d.Passkeys, d.Rules, d.Now = nothingElse{}, auth.NewHasher(2, storetest.Cost), home(), rules, db.Clock.Now
	return auth.New(d)
}

func change(p auth.Person, current, chosen string) auth.Change {
	return auth.Change{
		Who: activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: "192.0.2.7"}, Browser: "Firefox on Linux",
		Current: current, New: chosen, Confirm: chosen,
	}
}

// kinds lists what would be mailed since the last call.
func (b *box) kinds() (kinds []outbox.Kind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent {
		kinds = append(kinds, m.Kind)
	}
	b.sent = nil
	return kinds
}

// C052, C046: no password is ever had twice: not the present one, none of the past ones however they were hashed, on no path. Unicode forms of a
// password are one; case and spaces make another.
func TestNoPasswordIsEverUsedTwice(t *testing.T) {
	r := newRoom(t)
	had := []string{"caf\u00e9 di pojok jalan"}
	r.member(t, "a@example.test", "0811111111", had[0])
	for i := range 5 {
		chosen := fmt.Sprintf("kata yang ke-%d di teras", i)
		if i == 2 { // the cost is raised: this one was hashed at an older one, and is made anew at the next sign-in
			r.db.Exec(t, `UPDATE people SET password_hash = $1`, weakHash(had[len(had)-1]))
			_, _, err := r.SignIn(t.Context(), "a@example.test", had[len(had)-1], auth.Visitor{})
			wants(t, "sign in", err, nil)
			if salt := strings.Split(weakHash(""), "$")[4]; !strings.Contains(person(t, r.db, "a@example.test").PasswordHash, fmt.Sprintf("m=%d,t=%d,p=1$%s", storetest.Cost.Memory, storetest.Cost.Time, salt)) {
				t.Error("the sign-in did not keep the salt at another cost")
			}
		}
		if i == 3 { // and this one is replaced without
			r.db.Exec(t, `UPDATE people SET password_hash = $1`, weakHash(had[len(had)-1]))
		}
		wants(t, chosen, r.ChangePassword(t.Context(), change(person(t, r.db, "a@example.test"), had[len(had)-1], chosen)), nil)
		had = append(had, chosen)
	}
	p, present := person(t, r.db, "a@example.test"), had[len(had)-1]
	for _, used := range append(slices.Clone(had), "cafe\u0301 di pojok jalan") {
		if got := problem(t, r.ChangePassword(t.Context(), change(p, present, used)), "new_password"); got != "password.used_before" {
			t.Errorf("change to %q: %q", used, got)
		}
		if got := problem(t, r.ResetPassword(t.Context(), auth.Reset{Token: r.link(t, "a@example.test"), New: used, Confirm: used}), "new_password"); got != "password.used_before" {
			t.Errorf("reset to %q: %q", used, got)
		}
		r.db.Clock.Move(2 * time.Hour) // for the next link
	}
	for _, fresh := range []string{"Caf\u00e9 di pojok jalan", "caf\u00e9  di pojok jalan"} {
		wants(t, fresh, r.ChangePassword(t.Context(), change(person(t, r.db, "a@example.test"), present, fresh)), nil)
		present = fresh
	}
	if n := storetest.Count(r.db.Dump(t), "past_passwords"); n != len(had)+1 {
		t.Errorf("%d past passwords, want %d", n, len(had)+1)
	}
}

// C052: the salt stays for life, at a change, a reset and a rehash: so however many past ones there are, one hash is compared with all.
func TestTenThousandPastPasswordsCostOneHash(t *testing.T) {
	h := auth.NewHasher(1, auth.DocumentedCost())
	present, err := h.Hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(present, "$")
	var past []string
	for i := range 10_000 { // made of the present one's: hashes of nobody's passwords, with its salt
		parts[5] = fmt.Sprintf("%05d", i) + strings.Repeat("A", 38)
		past = append(past, strings.Join(parts, "$"))
	}
	rehashed, err := h.Rehash(t.Context(), "another one altogether", present)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	renewed, used, err := h.Renew(t.Context(), "another one altogether", present, past)
	if took := time.Since(begin); err != nil || used || took > 10*time.Second {
		t.Errorf("%v, used %v, took %s", err, used, took)
	}
	if renewed != rehashed {
		t.Errorf("%q and %q: the salt did not stay", renewed, rehashed)
	}
	if _, used, err := h.Renew(t.Context(), "another one altogether", present, append(past, rehashed)); err != nil || !used {
		t.Errorf("the last of all: %v, used %v", err, used)
	}
}

// C051, C012: a change asks for the current password; a wrong one counts to the lock like any other, and during the lock the right one is refused.
func TestAChangeNeedsTheCurrentPasswordWhichCountsToTheLock(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	p := person(t, r.db, "a@example.test")
	const chosen = "sepeda biru di gudang"
	if got := problem(t, r.ChangePassword(t.Context(), change(p, "", chosen)), "current_password"); got != "form.required" {
		t.Errorf("empty: %q", got)
	}
	for i := range 4 {
		wants(t, fmt.Sprint("wrong ", i), r.ChangePassword(t.Context(), change(p, "another password", chosen)), auth.ErrWrongPassword)
	}
	wants(t, "the fifth", r.ChangePassword(t.Context(), change(p, "another password", chosen)), auth.ErrLocked)
	wants(t, "the right one during the lock", r.ChangePassword(t.Context(), change(p, goodPassword, chosen)), auth.ErrLocked)
	_, _, err := r.SignIn(t.Context(), "a@example.test", goodPassword, auth.Visitor{})
	wants(t, "sign in", err, auth.ErrLocked)
	if person(t, r.db, "a@example.test").PasswordHash != p.PasswordHash {
		t.Error("the password changed")
	}
	r.db.Clock.Move(15 * time.Minute)
	wants(t, "after the lock", r.ChangePassword(t.Context(), change(p, goodPassword, chosen)), nil)
}

// What breaks a rule is refused before anything is hashed: the gate, which nobody gets through here, is not even asked, and no attempt is counted.
func TestANewPasswordIsJudgedBeforeAnythingIsHashed(t *testing.T) {
	r := newRoom(t)
	r.member(t, "sariwijaya@example.test", "0811111111", goodPassword)
	p, token := person(t, r.db, "sariwijaya@example.test"), r.link(t, "sariwijaya@example.test")
	r.Hasher = auth.NewHasher(0, storetest.Cost)
	for chosen, want := range map[string]string{
		"short": "password.too_short", strings.Repeat("x", 129): "password.too_long", "qwertyuiop123": "password.common",
		"sariwijaya12": "password.context", "toko bunga 1": "password.context",
	} {
		if got := problem(t, r.ChangePassword(t.Context(), change(p, "another password", chosen)), "new_password"); got != want {
			t.Errorf("change to %q: %q, want %q", chosen, got, want)
		}
		if got := problem(t, r.ResetPassword(t.Context(), auth.Reset{Token: token, New: chosen, Confirm: chosen}), "new_password"); got != want {
			t.Errorf("reset to %q: %q, want %q", chosen, got, want)
		}
	}
	in := change(p, goodPassword, "sepeda biru di gudang")
	in.Confirm = "sepeda biru di garasi"
	if got := problem(t, r.ChangePassword(t.Context(), in), "confirm_password"); got != "password.not_the_same" {
		t.Errorf("two that differ: %q", got)
	}
}

// C055, C061: a change is written down, mailed to the owner, and ends every reset link; the age begins anew.
func TestAChangeIsLoggedMailedAndEndsResetLinks(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	token := r.link(t, "a@example.test")
	r.box.kinds()
	r.db.Clock.Move(time.Minute)
	wants(t, "change", r.ChangePassword(t.Context(), change(person(t, r.db, "a@example.test"), goodPassword, "sepeda biru di gudang")), nil)
	if len(r.box.sent) != 1 {
		t.Fatalf("sent %v", r.box.sent)
	}
	got, at := r.box.sent[0], r.db.Clock.Now()
	want := outbox.Message{
		Kind: outbox.PasswordChanged, To: "a@example.test", Language: "en", Zone: "Asia/Jakarta", At: at.UnixMilli(),
		Address: "192.0.2.7", Browser: "Firefox on Linux",
	}
	if want.Token = got.Token; got != want || len(got.Token) < 26 {
		t.Errorf("mail %+v, want %+v", got, want)
	}
	if set := person(t, r.db, "a@example.test").PasswordSetAt; !set.Equal(at) {
		t.Errorf("set at %s, want %s", set, at)
	}
	if dump := strings.Join(r.db.Dump(t), "\n"); strings.Count(dump, string(activity.PasswordChanged)) != 1 {
		t.Error("the activity log does not have it once")
	}
	wants(t, "the link", r.ResetOpened(t.Context(), token), auth.ErrBadLink)
}

// C053: of changes at the same moment on two nodes one applies; the others change nothing and are told so.
func TestOfParallelChangesOneApplies(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	p := person(t, r.db, "a@example.test")
	nodes := []*auth.Service{node(r.db, r.db.Store, auth.DocumentedRules()), node(r.db, r.db.Another(t), auth.DocumentedRules())}
	var wg sync.WaitGroup
	outcomes := make(chan error, 4)
	for i := range 4 {
		wg.Go(func() {
			outcomes <- nodes[i%2].ChangePassword(t.Context(), change(p, goodPassword, fmt.Sprintf("sepeda biru nomor %d", i)))
		})
	}
	wg.Wait()
	close(outcomes)
	won := 0
	for err := range outcomes {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, auth.ErrPasswordChanged) && !errors.Is(err, auth.ErrWrongPassword): // it read the password before or after the winner
			t.Errorf("unexpected: %v", err)
		}
	}
	dump := r.db.Dump(t)
	if past, jobs := storetest.Count(dump, "past_passwords"), storetest.Count(dump, "river_job"); won != 1 || past != 1 || jobs != 1 {
		t.Errorf("%d changes, %d past passwords, %d mails, want one each", won, past, jobs)
	}
}
