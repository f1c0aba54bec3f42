package auth_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/passkeytest"
	"merchant-portal/store/storetest"
)

const budi, ani = "budi@example.test", "ani@example.test"

func twoMembers(t *testing.T) *room {
	t.Helper()
	r := newRoom(t)
	r.member(t, budi, "0811111111", goodPassword)
	r.member(t, ani, "0822222222", goodPassword)
	return r
}

// A passkey signs in without a password. It is no password that was typed, and a second factor that was shown.
func TestAPasskeySignsInWithoutAPassword(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	opening, p, err := r.SignInWithPasskey(t.Context(), d.show(r.askSignIn(t)), auth.Visitor{Address: "192.0.2.1", Browser: chrome})
	if err != nil || p.Email != budi || !opening.TypedAt.IsZero() || !opening.Factor || opening.Action != activity.SignedIn || opening.Actor.Person != p.ID || opening.PasswordSetAt != p.PasswordSetAt {
		t.Errorf("%+v of %s, %v", opening, p.Email, err)
	}
	f := r.factors(t, budi).Factors[0]
	if f.Name != "Laptop" || f.UsedAt.IsZero() || !f.UsedAt.Equal(r.db.Clock.Now().Truncate(time.Millisecond)) || bytes.Contains(f.Sealed, d.ID) {
		t.Errorf("stored: %+v", f)
	}
}

// C131: every part of an answer that is not as it must be refuses it, in the same words, as a new passkey and as a log-in.
func TestAPasskeyOfAnotherOriginOrWithoutVerificationIsRefused(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	for name, spoil := range map[string]func(*passkeytest.Device){
		"another site":            func(d *passkeytest.Device) { d.Origin = "https://evil.test" },
		"another scheme":          func(d *passkeytest.Device) { d.Origin = "http://portal.test" },
		"another port":            func(d *passkeytest.Device) { d.Origin = "https://portal.test:8443" },
		"a name below":            func(d *passkeytest.Device) { d.Origin = "https://a.portal.test" },
		"another relying party":   func(d *passkeytest.Device) { d.RP = "evil.test" },
		"inside another site":     func(d *passkeytest.Device) { d.Cross = true },
		"nobody verified":         func(d *passkeytest.Device) { d.Flags = passkeytest.Present },
		"nobody present":          func(d *passkeytest.Device) { d.Flags = passkeytest.Verified },
		"another key":             func(d *passkeytest.Device) { d.Key = newDevice(t).Key },
		"somebody else's handle":  func(d *passkeytest.Device) { d.Handle = []byte(r.person(t, ani).ID) },
		"no handle":               func(d *passkeytest.Device) { d.Handle = nil },
		"unknown id":              func(d *passkeytest.Device) { d.ID = []byte("another id, never seen") },
		"backed up all at once":   func(d *passkeytest.Device) { d.Flags |= passkeytest.Eligible | passkeytest.BackedUp },
		"backed up, not eligible": func(d *passkeytest.Device) { d.Flags |= passkeytest.BackedUp },
	} {
		wants(t, name, r.enter(t, d.but(spoil).show(r.askSignIn(t))), auth.ErrWrongPasskey)
		wants(t, "the right one after "+name, r.enter(t, d.show(r.askSignIn(t))), nil)
	}
	for name, spoil := range map[string]func(*passkeytest.Device){
		"another site":          func(d *passkeytest.Device) { d.Origin = "https://evil.test" },
		"another relying party": func(d *passkeytest.Device) { d.RP = "evil.test" },
		"nobody verified":       func(d *passkeytest.Device) { d.Flags = passkeytest.Present },
		"an id without end":     func(d *passkeytest.Device) { d.ID = bytes.Repeat([]byte("x"), 1024) },
	} {
		_, err := r.addPasskey(t, newDevice(t).but(spoil), budi)
		wants(t, "a new one: "+name, err, auth.ErrPasskeyNotAdded)
	}
	if n := len(r.factors(t, budi).Factors); n != 1 {
		t.Errorf("%d passkeys", n)
	}
}

// C131: a challenge is answered once, also in parallel on several nodes, whatever it is for.
func TestAChallengeIsAnsweredOnce(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	answer := d.show(r.askSignIn(t))
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	answers := make([]error, 4)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			_, _, answers[i] = nodes[i%len(nodes)].SignInWithPasskey(t.Context(), answer, auth.Visitor{Browser: chrome})
		})
	}
	wg.Wait()
	in := 0
	for _, err := range answers {
		if err == nil {
			in++
		} else {
			wants(t, "another one", err, auth.ErrWrongPasskey)
		}
	}
	if in != 1 {
		t.Errorf("%d log-ins with one answer", in)
	}
	second := newDevice(t)
	asked := r.newPasskey(t, budi)
	if _, err := r.AddPasskey(t.Context(), r.who(t, budi), chrome, "Phone", second.make(asked)); err != nil {
		t.Fatal(err)
	}
	_, err := r.AddPasskey(t.Context(), r.who(t, budi), chrome, "Phone", newDevice(t).make(asked))
	wants(t, "two passkeys for one challenge", err, auth.ErrPasskeyNotAdded)
}

// C131: a challenge lives for five minutes, to the millisecond.
func TestAChallengeLivesForFiveMinutes(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	asked := r.askSignIn(t)
	r.db.Clock.Move(auth.PasskeyLife - time.Millisecond)
	wants(t, "at the last moment", r.enter(t, d.show(asked)), nil)
	asked = r.askSignIn(t)
	r.db.Clock.Move(auth.PasskeyLife)
	wants(t, "too late", r.enter(t, d.show(asked)), auth.ErrWrongPasskey)
	asked = r.askSignIn(t)
	r.db.Clock.Move(-time.Minute)
	wants(t, "of the future", r.enter(t, d.show(asked)), auth.ErrWrongPasskey)
}

// C131: an answer serves the purpose that it was asked for, and the person that was asked.
func TestAnAnswerServesNoOtherPurposeAndNobodyElse(t *testing.T) {
	r := twoMembers(t)
	d, other := r.withPasskey(t, budi), r.withPasskey(t, ani)
	from := auth.Visitor{Browser: chrome}
	pending := r.first(t, budi)
	step, err := r.AskPasskeyStep(t.Context(), pending, from)
	wants(t, "step", err, nil)
	proof, err := r.AskPasskeyProof(t.Context(), r.who(t, budi))
	wants(t, "proof", err, nil)
	theirs, err := r.AskPasskeyStep(t.Context(), r.first(t, ani), from)
	wants(t, "step of another", err, nil)
	second := func(d device, asked auth.PasskeyRequest) error {
		_, _, err := r.SignInWithPasskeyStep(t.Context(), pending, d.show(asked), from)
		return err
	}
	prove := func(d device, asked auth.PasskeyRequest) error {
		return r.CheckProof(t.Context(), r.who(t, budi), chrome, auth.Proof{Password: goodPassword, Passkey: d.show(asked)})
	}
	wants(t, "step to sign in", r.enter(t, d.show(step)), auth.ErrWrongPasskey)
	wants(t, "proof to sign in", r.enter(t, d.show(proof)), auth.ErrWrongPasskey)
	wants(t, "step", second(d, step), nil)
	wants(t, "sign-in for the step", second(d, r.askSignIn(t)), auth.ErrWrongPasskey)
	wants(t, "proof for the step", second(d, proof), auth.ErrWrongPasskey)
	wants(t, "another's challenge", second(d, theirs), auth.ErrWrongPasskey)
	wants(t, "proof", prove(d, proof), nil)
	step, err = r.AskPasskeyStep(t.Context(), pending, from)
	wants(t, "step again", err, nil)
	wants(t, "another's passkey for the step", second(other, step), auth.ErrWrongPasskey)
	wants(t, "step for the proof", prove(d, step), auth.ErrWrongPasskey)
	proof, err = r.AskPasskeyProof(t.Context(), r.who(t, budi))
	wants(t, "proof again", err, nil)
	wants(t, "another's passkey for the proof", prove(other, proof), auth.ErrWrongPasskey)
	asked := r.newPasskey(t, budi)
	_, err = r.AddPasskey(t.Context(), r.who(t, ani), chrome, "Phone", newDevice(t).make(asked))
	wants(t, "to add for another", err, auth.ErrPasskeyNotAdded)
}

// C131: a counter that was seen already, or an older one, tells of a copy.
func TestACounterThatGoesBackIsRefused(t *testing.T) {
	r := twoMembers(t)
	d := newDevice(t)
	d.Counter = 5
	if _, err := r.addPasskey(t, d, budi); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		counter uint32
		want    error
	}{{6, nil}, {6, auth.ErrWrongPasskey}, {5, auth.ErrWrongPasskey}, {0, auth.ErrWrongPasskey}, {9, nil}} {
		d.Counter = c.counter
		wants(t, "counter", r.enter(t, d.show(r.askSignIn(t))), c.want)
	}
}

// C131: a passkey that was removed, and that of somebody who is disabled, opens nothing.
func TestAPasskeyOfNobodyActiveIsRefused(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	r.db.Exec(t, `UPDATE people SET state = 'disabled' WHERE email = $1`, budi)
	wants(t, "disabled", r.enter(t, d.show(r.askSignIn(t))), auth.ErrWrongPasskey)
	r.db.Exec(t, `UPDATE people SET state = 'active' WHERE email = $1`, budi)
	wants(t, "active again", r.enter(t, d.show(r.askSignIn(t))), nil)
	if err := r.RemoveFactor(t.Context(), r.who(t, budi), chrome, r.factors(t, budi).Factors[0].ID); err != nil {
		t.Fatal(err)
	}
	wants(t, "removed", r.enter(t, d.show(r.askSignIn(t))), auth.ErrWrongPasskey)
}

// C009, C010: wrong answers of a passkey that is known count to the lock, and while it lasts the right one is refused like everything else.
func TestWrongPasskeysLockLikeWrongPasswords(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	bad := d.but(func(d *passkeytest.Device) { d.Key = newDevice(t).Key })
	for range auth.DocumentedRules().LockoutFailures - 1 {
		wants(t, "wrong", r.enter(t, bad.show(r.askSignIn(t))), auth.ErrWrongPasskey)
	}
	wants(t, "the last one", r.enter(t, bad.show(r.askSignIn(t))), auth.ErrLocked)
	wants(t, "the right one", r.enter(t, d.show(r.askSignIn(t))), auth.ErrLocked)
	if n := r.entriesOf(t, activity.CodeRefused); n != auth.DocumentedRules().LockoutFailures {
		t.Errorf("%d refusals are written down", n)
	}
	r.db.Clock.Move(auth.DocumentedRules().LockoutDuration)
	wants(t, "after the lock", r.enter(t, d.show(r.askSignIn(t))), nil)
}

// C128: a right password in between does not clear the count of wrong passkeys; a right passkey does.
func TestAPasskeyClearsTheCount(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	bad := d.but(func(d *passkeytest.Device) { d.Key = newDevice(t).Key })
	for range auth.DocumentedRules().LockoutFailures - 1 {
		wants(t, "wrong", r.enter(t, bad.show(r.askSignIn(t))), auth.ErrWrongPasskey)
		r.first(t, budi)
	}
	wants(t, "right", r.enter(t, d.show(r.askSignIn(t))), nil)
	wants(t, "wrong again", r.enter(t, bad.show(r.askSignIn(t))), auth.ErrWrongPasskey)
}

// C039: asking leaves no row, and what was answered is forgotten when nobody can answer it any more.
func TestOnlyAnsweredChallengesLeaveARow(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	rows := func() int { return storetest.Count(r.db.Dump(t), "spent_challenges") }
	before := rows()
	for range 3 {
		r.askSignIn(t)
		r.newPasskey(t, budi)
	}
	wants(t, "unknown", r.enter(t, newDevice(t).show(r.askSignIn(t))), auth.ErrWrongPasskey)
	if rows() != before {
		t.Error("a challenge that was only asked left a row")
	}
	wants(t, "right", r.enter(t, d.show(r.askSignIn(t))), nil)
	r.db.Clock.Move(2*auth.PasskeyLife + time.Millisecond)
	wants(t, "right, later", r.enter(t, d.show(r.askSignIn(t))), nil)
	if n := rows(); n != 1 {
		t.Errorf("%d challenges are kept", n)
	}
}

// C129, C130: adding and removing a passkey is written down and mailed; with the first factor come recovery codes, with the last one they go.
func TestAddingAndRemovingAPasskeyIsTold(t *testing.T) {
	r := twoMembers(t)
	codes, err := r.addPasskey(t, newDevice(t), budi)
	if err != nil || len(codes) != auth.RecoveryCodeCount {
		t.Fatalf("%d recovery codes, %v", len(codes), err)
	}
	if m := r.box.sent[len(r.box.sent)-1]; m.Kind != outbox.PasskeyAdded || m.To != budi || m.Browser != chrome {
		t.Errorf("mail %+v", m)
	}
	if more, err := r.addPasskey(t, newDevice(t), budi); err != nil || len(more) != 0 {
		t.Errorf("a second one: %d codes, %v", len(more), err)
	}
	for _, f := range r.factors(t, budi).Factors {
		if err := r.RemoveFactor(t.Context(), r.who(t, budi), chrome, f.ID); err != nil {
			t.Fatal(err)
		}
	}
	if m := r.box.sent[len(r.box.sent)-1]; m.Kind != outbox.PasskeyRemoved || m.To != budi {
		t.Errorf("mail %+v", m)
	}
	if mine, err := r.MyFactors(t.Context(), r.person(t, budi).ID); err != nil || mine.CodesLeft != 0 {
		t.Errorf("%d codes are left, %v", mine.CodesLeft, err)
	}
	added, removed := r.entriesOf(t, activity.FactorAdded), r.entriesOf(t, activity.FactorRemoved)
	if added != 2 || removed != 2 {
		t.Errorf("%d added and %d removed are written down", added, removed)
	}
}

func (r *room) entriesOf(t *testing.T, what activity.Action) int {
	t.Helper()
	return strings.Count(strings.Join(r.db.Dump(t), "\n"), string(what))
}

// A passkey is one person's. Somebody has ten at most, each with a name that fits.
func TestPasskeysAreCountedAndNamed(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	_, err := r.addPasskey(t, d, ani)
	wants(t, "somebody's", err, auth.ErrFactorTaken)
	asked := r.newPasskey(t, budi)
	for name, want := range map[string]string{"": "form.required", "  ": "form.required", strings.Repeat("é", 61): "passkey.bad_name", "a\x00b": "passkey.bad_name", "\xff": "passkey.bad_name"} {
		_, err := r.AddPasskey(t.Context(), r.who(t, budi), chrome, name, newDevice(t).make(asked))
		if got := problem(t, err, "name"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	for range auth.MaxPasskeys - 2 {
		r.withPasskey(t, budi)
	}
	asked = r.newPasskey(t, budi)
	if _, err := r.AddPasskey(t.Context(), r.who(t, budi), chrome, strings.Repeat("é", 60), newDevice(t).make(r.newPasskey(t, budi))); err != nil {
		t.Fatal(err)
	}
	_, err = r.AddPasskey(t.Context(), r.who(t, budi), chrome, "One more", newDevice(t).make(asked))
	wants(t, "asked before the tenth", err, auth.ErrTooManyPasskeys)
	_, err = r.NewPasskey(t.Context(), r.who(t, budi))
	wants(t, "asked after", err, auth.ErrTooManyPasskeys)
	if n := len(r.factors(t, budi).Factors); n != auth.MaxPasskeys {
		t.Errorf("%d passkeys", n)
	}
}

// A passkey from outside the merchant's list of networks opens nothing.
func TestAPasskeyFromOutsideTheListIsRefused(t *testing.T) {
	r := newRoom(t)
	who := r.actor(t, budi, "0811111111")
	d := r.withPasskey(t, budi)
	wants(t, "save", r.SaveAllowList(t.Context(), r.typed(t, who, "203.0.113.0/24")), nil)
	opening, p, err := r.SignInWithPasskey(t.Context(), d.show(r.askSignIn(t)), auth.Visitor{Address: "192.0.2.9", Browser: chrome})
	wants(t, "outside", err, auth.ErrOutside)
	if opening != (auth.Opening{}) || p.ID != "" {
		t.Errorf("and opens %+v of %s", opening, p.ID)
	}
}
