package auth_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

func (r *room) enrolment(t *testing.T, email string) auth.Enrolment {
	t.Helper()
	p := r.person(t, email)
	e, err := r.NewAuthenticator(auth.Identity{Person: p.ID, Email: p.Email, Merchant: p.Merchant}, "Portal")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (r *room) factors(t *testing.T, email string) auth.SecondFactors {
	t.Helper()
	mine, err := r.MyFactors(t.Context(), r.person(t, email).ID)
	if err != nil {
		t.Fatal(err)
	}
	return mine
}

// C127, C130: a new authenticator is stored once its first code is right, within 15 minutes, for the person it was drawn for.
func TestAnAuthenticatorIsStoredWithItsFirstCode(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.member(t, "b@example.test", "0822222222", goodPassword)
	before := r.db.Dump(t)
	e := r.enrolment(t, "a@example.test")
	phone := authenticator{r, e.Secret}
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("drawing one changed:\n%s", diff)
	}
	for _, want := range []string{"otpauth://totp/Portal:a@example.test?", "secret=" + strings.ReplaceAll(e.Secret, " ", ""), "issuer=Portal", "digits=6", "period=30", "algorithm=SHA1"} {
		if !strings.Contains(e.URI, want) {
			t.Errorf("%s lacks %s", e.URI, want)
		}
	}
	add := func(email, sealed, code string) error {
		codes, err := r.AddAuthenticator(t.Context(), r.who(t, email), chrome, sealed, code)
		if (err == nil) != (len(codes) == auth.RecoveryCodeCount) {
			t.Errorf("%d recovery codes, %v", len(codes), err)
		}
		return err
	}
	wants(t, "a wrong code", add("a@example.test", e.Sealed, phone.wrong(t)), auth.ErrWrongCode)
	if id := problem(t, add("a@example.test", e.Sealed, ""), "code"); id != "form.required" {
		t.Errorf("no code: %q", id)
	}
	wants(t, "somebody else's", add("b@example.test", e.Sealed, phone.code(t, 0)), auth.ErrEnrolOver)
	wants(t, "forged", add("a@example.test", e.Sealed+"AA", phone.code(t, 0)), auth.ErrEnrolOver)
	if n := len(r.factors(t, "a@example.test").Factors); n != 0 {
		t.Fatalf("%d factors before the right code", n)
	}
	r.db.Clock.Move(15*time.Minute - time.Millisecond)
	wants(t, "in time", add("a@example.test", e.Sealed, phone.code(t, 0)), nil)
	wants(t, "a second one", add("a@example.test", e.Sealed, phone.code(t, 1)), auth.ErrFactorTaken)
	other := r.enrolment(t, "b@example.test")
	r.db.Clock.Move(15 * time.Minute)
	wants(t, "too late", add("b@example.test", other.Sealed, authenticator{r, other.Secret}.code(t, 0)), auth.ErrEnrolOver)
	if added, mails := r.actions(t, activity.FactorAdded), r.box.mails(outbox.AuthenticatorAdded); added != 1 || mails != 1 {
		t.Errorf("%d entries, %d mails about it", added, mails)
	}
}

// C009: the first code of a new authenticator asks the same gate: wrong ones lock, and a right one does not clear the count.
func TestFirstCodesCountToTheLock(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	e := r.enrolment(t, "a@example.test")
	phone := authenticator{r, e.Secret}
	add := func(code string) error {
		_, err := r.AddAuthenticator(t.Context(), r.who(t, "a@example.test"), chrome, e.Sealed, code)
		return err
	}
	for range 4 {
		wants(t, "a wrong one", add(phone.wrong(t)), auth.ErrWrongCode)
	}
	wants(t, "a right one", add(phone.code(t, 0)), nil)
	wants(t, "the fifth wrong one, a password", r.try(t, "a@example.test", wrongPassword), auth.ErrLocked)
	wants(t, "a right one during the lock", add(phone.code(t, 1)), auth.ErrLocked)
}

// C129: ten codes, each of which counts once, in place of the authenticator; the owner is told how many are left.
func TestARecoveryCodeCountsOnce(t *testing.T) {
	r := newRoom(t)
	phone, codes := r.withFactor(t, "a@example.test", "0811111111")
	if len(codes) != 10 {
		t.Fatalf("%d codes", len(codes))
	}
	seen := map[string]bool{}
	for _, code := range codes {
		if digits := strings.ReplaceAll(code, "-", ""); len(digits) != 20 || strings.Trim(digits, "0123456789") != "" || seen[code] {
			t.Errorf("the code %q", code)
		}
		seen[code] = true
	}
	wants(t, "as shown", r.second(t, r.first(t, "a@example.test"), codes[0]), nil)
	wants(t, "again", r.second(t, r.first(t, "a@example.test"), codes[0]), auth.ErrWrongCode)
	wants(t, "without hyphens", r.second(t, r.first(t, "a@example.test"), " "+strings.ReplaceAll(codes[1], "-", "")+" "), nil)
	wants(t, "in a proof", r.CheckProof(t.Context(), r.who(t, "a@example.test"), chrome, auth.Proof{Password: goodPassword, Code: codes[2]}), nil)
	wants(t, "the authenticator still works", r.second(t, r.first(t, "a@example.test"), phone.code(t, 0)), nil)
	if left, used := r.factors(t, "a@example.test").CodesLeft, r.actions(t, activity.RecoveryCodeUsed); left != 7 || used != 3 {
		t.Errorf("%d left, %d entries", left, used)
	}
	var told []int
	for _, m := range r.box.sent {
		if m.Kind == outbox.RecoveryCodeUsed {
			told = append(told, m.Count)
		}
	}
	if diff := cmp.Diff([]int{9, 8, 7}, told); diff != "" {
		t.Errorf("the mails say how many are left:\n%s", diff)
	}
}

// C129: of parallel sign-ins with one recovery code, one succeeds; a digest in somebody else's row is nobody's code.
func TestOneRecoveryCodeSignsInOnceInParallel(t *testing.T) {
	r := newRoom(t)
	_, codes := r.withFactor(t, "a@example.test", "0811111111")
	r.withFactor(t, "b@example.test", "0822222222")
	pending := r.first(t, "a@example.test")
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	answers := make([]error, 4)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			_, _, answers[i] = nodes[i%len(nodes)].SignInWithCode(t.Context(), pending, codes[0], auth.Visitor{Browser: chrome})
		})
	}
	wg.Wait()
	in := 0
	for _, err := range answers {
		if err == nil {
			in++
		}
	}
	if mails := r.box.mails(outbox.RecoveryCodeUsed); in != 1 || mails != 1 {
		t.Errorf("%d signed in with one code, %d mails: %v", in, mails, answers)
	}
	r.db.Exec(t, `UPDATE recovery_codes SET person_id = $1 WHERE person_id = $2`, r.person(t, "b@example.test").ID, r.person(t, "a@example.test").ID)
	wants(t, "moved", r.second(t, r.first(t, "b@example.test"), codes[1]), auth.ErrWrongCode)
}

// C129: new codes kill the old ones; a page that is sent twice makes none, in parallel neither; who has no factor gets none.
func TestNewRecoveryCodesReplaceTheOld(t *testing.T) {
	r := newRoom(t)
	_, old := r.withFactor(t, "a@example.test", "0811111111")
	who, mark := r.who(t, "a@example.test"), r.factors(t, "a@example.test").CodesMark
	made := make([][]string, 3)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			codes, err := r.NewRecoveryCodes(t.Context(), who, chrome, mark)
			if made[i] = codes; err != nil {
				wants(t, "sent twice", err, auth.ErrCodesReplaced)
			}
		})
	}
	wg.Wait()
	var fresh []string
	for _, codes := range made {
		fresh = append(fresh, codes...)
	}
	if mails, entries := r.box.mails(outbox.RecoveryCodesMade), r.actions(t, activity.RecoveryCodesMade); len(fresh) != 10 || mails != 1 || entries != 1 {
		t.Fatalf("%d codes, %d mails, %d entries", len(fresh), mails, entries)
	}
	wants(t, "an old one", r.second(t, r.first(t, "a@example.test"), old[0]), auth.ErrWrongCode)
	wants(t, "a new one", r.second(t, r.first(t, "a@example.test"), fresh[0]), nil)
	r.member(t, "b@example.test", "0822222222", goodPassword)
	_, err := r.NewRecoveryCodes(t.Context(), r.who(t, "b@example.test"), chrome, r.factors(t, "b@example.test").CodesMark)
	wants(t, "without a factor", err, auth.ErrNotFound)
}

// C130: with the last factor the recovery codes go, the owner is told, and the password alone opens the account again.
func TestWithTheLastFactorTheRecoveryCodesGo(t *testing.T) {
	r := newRoom(t)
	r.withFactor(t, "a@example.test", "0811111111")
	r.withFactor(t, "b@example.test", "0822222222")
	who, mine := r.who(t, "a@example.test"), r.factors(t, "a@example.test")
	wants(t, "somebody else's", r.RemoveFactor(t.Context(), who, chrome, r.factors(t, "b@example.test").Factors[0].ID), auth.ErrNotFound)
	wants(t, "remove", r.RemoveFactor(t.Context(), who, chrome, mine.Factors[0].ID), nil)
	wants(t, "again", r.RemoveFactor(t.Context(), who, chrome, mine.Factors[0].ID), auth.ErrNotFound)
	if left := r.factors(t, "a@example.test"); len(left.Factors) != 0 || left.CodesLeft != 0 {
		t.Errorf("left: %+v", left)
	}
	if mails, entries := r.box.mails(outbox.AuthenticatorRemoved), r.actions(t, activity.FactorRemoved); mails != 1 || entries != 1 {
		t.Errorf("%d mails, %d entries", mails, entries)
	}
	wants(t, "the password alone", r.try(t, "a@example.test", goodPassword), nil)
	if other := r.factors(t, "b@example.test"); len(other.Factors) != 1 || other.CodesLeft != 10 {
		t.Errorf("the other one has %+v", other)
	}
}

// C130: a proof is one attempt at both; a wrong password uses no code up, and each wrong one counts.
func TestAProofIsOneAttemptAtPasswordAndCode(t *testing.T) {
	r := newRoom(t)
	phone, codes := r.withFactor(t, "a@example.test", "0811111111")
	who := r.who(t, "a@example.test")
	check := func(password, code string) error {
		return r.CheckProof(t.Context(), who, chrome, auth.Proof{Password: password, Code: code})
	}
	for _, field := range []string{"password", "code"} {
		if id := problem(t, check("", ""), field); id != "form.required" {
			t.Errorf("%s: %q", field, id)
		}
	}
	wants(t, "a wrong password", check(wrongPassword, codes[0]), auth.ErrWrongPassword)
	wants(t, "the right one", check(goodPassword, codes[0]), nil)
	wants(t, "a wrong password", check(wrongPassword, phone.code(t, 0)), auth.ErrWrongPassword)
	wants(t, "a wrong code", check(goodPassword, phone.wrong(t)), auth.ErrWrongCode)
	wants(t, "a password within the session", r.CheckPassword(t.Context(), who, goodPassword), nil)
	wants(t, "a wrong code", check(goodPassword, phone.wrong(t)), auth.ErrWrongCode)
	again := auth.Change{Who: who, Current: goodPassword, New: goodPassword, Confirm: goodPassword}
	if id := problem(t, r.ChangePassword(t.Context(), again), "new_password"); id != "password.used_before" { // the current one was right
		t.Errorf("changing the password: %q", id)
	}
	wants(t, "a wrong code", check(goodPassword, phone.wrong(t)), auth.ErrWrongCode)
	wants(t, "the fifth in a row", check(goodPassword, phone.wrong(t)), auth.ErrLocked)
	wants(t, "right during the lock", check(goodPassword, phone.code(t, 0)), auth.ErrLocked)
	if p, c := r.actions(t, activity.PasswordRefused), r.actions(t, activity.CodeRefused); p != 2 || c != 4 {
		t.Errorf("%d entries about passwords, %d about codes", p, c)
	}
}

// C115, C129: no code, recovery code or secret stands anywhere in the database, in an entry or in a mail.
func TestNoCodeIsStoredOrTold(t *testing.T) {
	r := newRoom(t)
	phone, codes := r.withFactor(t, "a@example.test", "0811111111")
	used := phone.code(t, 0)
	wants(t, "a code", r.second(t, r.first(t, "a@example.test"), used), nil)
	wants(t, "a recovery code", r.second(t, r.first(t, "a@example.test"), codes[0]), nil)
	wants(t, "a wrong one", r.second(t, r.first(t, "a@example.test"), "987654321098"), auth.ErrWrongCode)
	said := strings.Join(r.db.Dump(t), "\n")
	for _, m := range r.box.sent {
		m.Token = ""
		said += strings.Join([]string{string(m.Kind), m.To, m.Address, m.Browser}, " ")
	}
	secret := strings.ReplaceAll(phone.secret, " ", "")
	for _, canary := range append([]string{secret, phone.secret, used, "987654321098"}, codes...) {
		if strings.Contains(said, canary) || strings.Contains(said, strings.ReplaceAll(canary, "-", "")) {
			t.Errorf("%s stands in the database or in a mail", canary)
		}
	}
}

// The merchant requires a factor of everybody: whoever asks for that has one, whoever has none is told, and the last one of somebody stays.
func TestAMerchantMayRequireAFactorOfEverybody(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.db.Exec(t, `INSERT INTO people (id, merchant_id, name, email, email_key, phone, roles, language, timezone, theme, password_hash, password_set_at, created_at)
		SELECT 'COLLEAGUE', merchant_id, 'Budi', 'b@example.test', 'b@example.test', '+62822222222', roles, language, timezone, theme, password_hash, password_set_at, created_at
		FROM people WHERE email = 'a@example.test'`)
	who := r.who(t, "a@example.test")
	wants(t, "without one", r.RequireFactors(t.Context(), who, 7), auth.ErrNeedFactorFirst)
	r.enrol(t, "a@example.test")
	if err := r.RequireFactors(t.Context(), who, 5); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a time that is not offered: %v", err)
	}
	at := r.db.Clock.Now()
	wants(t, "with one", r.RequireFactors(t.Context(), who, 7), nil)
	from, err := r.Requirements.FactorFrom(t.Context(), who.Merchant)
	if err != nil || !from.Equal(at.Add(7*24*time.Hour)) {
		t.Errorf("from %v, %v", from, err)
	}
	if n := r.box.mails(outbox.FactorRequired); n != 1 || r.box.sent[len(r.box.sent)-1].To != "b@example.test" {
		t.Errorf("%d mails", n)
	}
	last := r.factors(t, "a@example.test").Factors[0].ID
	wants(t, "removing the last one", r.RemoveFactor(t.Context(), who, chrome, last), auth.ErrFactorRequired)
	wants(t, "optional again", r.MakeFactorsOptional(t.Context(), who), nil)
	wants(t, "removing it then", r.RemoveFactor(t.Context(), who, chrome, last), nil)
	if on, off := r.actions(t, activity.FactorsRequired), r.actions(t, activity.FactorsOptional); on != 1 || off != 1 {
		t.Errorf("entries: %d and %d", on, off)
	}
}

// A factor is missing from exactly the moment on that the merchant set.
func TestAFactorIsMissingFromTheMomentOn(t *testing.T) {
	from := storetest.Start.Add(time.Hour)
	for _, tt := range []struct {
		who     auth.Identity
		at      time.Time
		missing bool
		left    time.Duration
	}{
		{auth.Identity{FactorFrom: from}, from.Add(-time.Millisecond), false, time.Millisecond},
		{auth.Identity{FactorFrom: from}, from, true, 0},
		{auth.Identity{FactorFrom: from, HasFactor: true}, from.Add(time.Hour), false, 0},
		{auth.Identity{FactorFrom: time.UnixMilli(0)}, from, false, 0},
		{auth.Identity{}, from, false, 0},
	} {
		left, due := tt.who.FactorDue(tt.at)
		if tt.who.FactorMissing(tt.at) != tt.missing || due != (tt.left > 0) || due && left != tt.left {
			t.Errorf("%+v: missing %t, %s left, %t", tt.who, tt.who.FactorMissing(tt.at), left, due)
		}
	}
}

// The operator's way back: all factors and codes go, it is written down as nobody's act, and the owner is told.
func TestTheOperatorClearsFactors(t *testing.T) {
	r := newRoom(t)
	_, codes := r.withFactor(t, "a@example.test", "0811111111")
	_, err := r.ClearFactors(t.Context(), "nobody@example.test")
	wants(t, "nobody", err, auth.ErrNotFound)
	pending := r.first(t, "a@example.test")
	for _, want := range []int{1, 0} {
		if removed, err := r.ClearFactors(t.Context(), " A@example.test"); err != nil || removed != want {
			t.Errorf("%d removed, want %d: %v", removed, want, err)
		}
	}
	wants(t, "a recovery code", r.second(t, pending, codes[0]), auth.ErrPendingOver)
	wants(t, "the password alone", r.try(t, "a@example.test", goodPassword), nil)
	if mails, entries := r.box.mails(outbox.FactorsCleared), r.actions(t, activity.FactorRemoved); mails != 1 || entries != 1 {
		t.Errorf("%d mails, %d entries", mails, entries)
	}
}
