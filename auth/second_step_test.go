package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/outbox"
)

const chrome = "Chrome on Windows"

// authenticator is a phone.
type authenticator struct {
	r      *room
	secret string
}

// code gives the code of the step so many after the present one.
func (a authenticator) code(t *testing.T, after int64) string {
	t.Helper()
	step := a.r.db.Clock.Now().Unix()/30 + after
	code, err := hotp.GenerateCodeCustom(strings.ReplaceAll(a.secret, " ", ""), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrong is a code that is none of those that count.
func (a authenticator) wrong(t *testing.T) string {
	t.Helper()
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if code != a.code(t, -1) && code != a.code(t, 0) && code != a.code(t, 1) {
			return code
		}
	}
	t.Fatal("no wrong code")
	return ""
}

// withFactor makes a member with an authenticator, whose step of now is a minute after the one that was taken.
func (r *room) withFactor(t *testing.T, email, phone string) (authenticator, []string) {
	t.Helper()
	r.member(t, email, phone, goodPassword)
	return r.enrol(t, email)
}

func (r *room) enrol(t *testing.T, email string) (authenticator, []string) {
	t.Helper()
	p := r.person(t, email)
	who := auth.Identity{Person: p.ID, Email: p.Email, Merchant: p.Merchant}
	e, err := r.NewAuthenticator(who, "Portal")
	if err != nil {
		t.Fatal(err)
	}
	phone := authenticator{r, e.Secret}
	codes, err := r.AddAuthenticator(t.Context(), r.who(t, email), chrome, e.Sealed, phone.code(t, 0))
	if err != nil {
		t.Fatal(err)
	}
	r.db.Clock.Move(time.Minute)
	return phone, codes
}

func (r *room) who(t *testing.T, email string) activity.Actor {
	t.Helper()
	p := r.person(t, email)
	return activity.Actor{Merchant: p.Merchant, Person: p.ID}
}

// first is the first step: the right password gives no opening, and what the second step needs.
func (r *room) first(t *testing.T, email string) string {
	t.Helper()
	opening, _, err := r.SignIn(t.Context(), email, goodPassword, auth.Visitor{Browser: chrome})
	var needed *auth.CodeNeeded
	if !errors.As(err, &needed) || opening != (auth.Opening{}) {
		t.Fatalf("the right password gives %+v, %v", opening, err)
	}
	return needed.Pending
}

func (r *room) second(t *testing.T, pending, code string) error {
	t.Helper()
	opening, _, err := r.SignInWithCode(t.Context(), pending, code, auth.Visitor{Browser: chrome})
	if (err == nil) != opening.Factor {
		t.Errorf("%v, and the opening says that a factor was shown: %t", err, opening.Factor)
	}
	return err
}

// C127: a code counts in its own step, the one before and the one after, and not a second longer.
func TestACodeCountsAStepEitherWay(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	r.db.Clock.Move(time.Hour)
	for after, want := range map[int64]error{-2: auth.ErrWrongCode, 2: auth.ErrWrongCode} {
		wants(t, "two steps away", r.second(t, r.first(t, "a@example.test"), phone.code(t, after)), want)
	}
	for _, after := range []int64{-1, 0, 1} {
		wants(t, "a step away at most", r.second(t, r.first(t, "a@example.test"), phone.code(t, after)), nil)
	}
}

// C127: a step is taken once, and none before the last one taken.
func TestACodeCountsOnce(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	wants(t, "the first time", r.second(t, r.first(t, "a@example.test"), phone.code(t, 0)), nil)
	wants(t, "again", r.second(t, r.first(t, "a@example.test"), phone.code(t, 0)), auth.ErrWrongCode)
	wants(t, "an older one", r.second(t, r.first(t, "a@example.test"), phone.code(t, -1)), auth.ErrWrongCode)
	wants(t, "a newer one, with spaces and hyphens", r.second(t, r.first(t, "a@example.test"), " "+phone.code(t, 1)[:3]+" - "+phone.code(t, 1)[3:]), nil)
}

// C127: the code that set an authenticator up is used up by that.
func TestTheCodeThatSetsUpDoesNotSignIn(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	r.db.Clock.Move(-time.Minute)
	wants(t, "the first code", r.second(t, r.first(t, "a@example.test"), phone.code(t, 0)), auth.ErrWrongCode)
}

// C127: of parallel sign-ins with the same code, on three nodes, one succeeds.
func TestOneCodeSignsInOnceInParallel(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	pending, code := r.first(t, "a@example.test"), phone.code(t, 0)
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	answers := make([]error, 4) // one right and three wrong ones leave the account open
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			_, _, answers[i] = nodes[i%len(nodes)].SignInWithCode(t.Context(), pending, code, auth.Visitor{Browser: chrome})
		})
	}
	wg.Wait()
	in := 0
	for _, err := range answers {
		if err == nil {
			in++
		} else {
			wants(t, "another one", err, auth.ErrWrongCode)
		}
	}
	if in != 1 {
		t.Errorf("%d of %d signed in with one code", in, len(answers))
	}
}

// C128: wrong codes count to the lock, and the right password in between does not begin anew: not at log-in, not within a session.
func TestTypingThePasswordAgainGivesNoMoreCodes(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	who := r.who(t, "a@example.test")
	pending := r.first(t, "a@example.test")
	for i := range 4 {
		wants(t, "a wrong code", r.second(t, pending, phone.wrong(t)), auth.ErrWrongCode)
		pending = r.first(t, "a@example.test")
		wants(t, "the password within a session", r.CheckPassword(t.Context(), who, goodPassword), nil)
		if refused := r.actions(t, activity.CodeRefused); refused != i+1 {
			t.Errorf("%d entries about refused codes, want %d", refused, i+1)
		}
	}
	wants(t, "the fifth wrong code", r.second(t, pending, phone.wrong(t)), auth.ErrLocked)
	wants(t, "the right code during the lock", r.second(t, pending, phone.code(t, 0)), auth.ErrLocked)
	wants(t, "the right password during the lock", r.try(t, "a@example.test", goodPassword), auth.ErrLocked)
	if n := r.box.mails(outbox.AccountLocked); n != 1 || r.actions(t, activity.PasswordRefused) != 0 {
		t.Errorf("%d mails about the lock, %d entries about passwords", n, r.actions(t, activity.PasswordRefused))
	}
	r.db.Clock.Move(15 * time.Minute)
	wants(t, "the right code after it", r.second(t, r.first(t, "a@example.test"), phone.code(t, 0)), nil)
}

// C128: what clears the count is all that there is to show.
func TestARightCodeClearsTheCount(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	for round := range 2 {
		for range 2 {
			wants(t, "a wrong password", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
			wants(t, "a wrong code", r.second(t, r.first(t, "a@example.test"), phone.wrong(t)), auth.ErrWrongCode)
		}
		wants(t, "the right one", r.second(t, r.first(t, "a@example.test"), phone.code(t, 0)), nil)
		r.db.Clock.Move(time.Minute * time.Duration(round+1))
	}
}

// C016: wrong codes are failed log-ins of their address.
func TestWrongCodesAreThrottledByAddress(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	pending := r.first(t, "a@example.test")
	for i := range 100 {
		if i%4 == 0 {
			wants(t, "unlock", r.Unlock(t.Context(), "a@example.test"), nil)
		}
		_, _, err := r.SignInWithCode(t.Context(), pending, phone.wrong(t), auth.Visitor{Address: "192.0.2.1", Browser: chrome})
		wants(t, "a wrong code", err, auth.ErrWrongCode)
	}
	_, _, err := r.SignInWithCode(t.Context(), pending, phone.code(t, 0), auth.Visitor{Address: "192.0.2.1", Browser: chrome})
	if err == nil || errors.Is(err, auth.ErrWrongCode) || errors.Is(err, auth.ErrLocked) {
		t.Errorf("the right code after a hundred wrong ones: %v", err)
	}
	wants(t, "from elsewhere", r.second(t, pending, phone.code(t, 0)), nil)
}

// C010, C036: what is between the steps does not outlive ten minutes, another browser, another password, or the account.
func TestAFirstStepIsOverWhenAnythingChanges(t *testing.T) {
	for name, change := range map[string]func(r *room, t *testing.T, p auth.Person){
		"ten minutes":        func(r *room, _ *testing.T, _ auth.Person) { r.db.Clock.Move(auth.PendingLife) },
		"the clock set back": func(r *room, _ *testing.T, _ auth.Person) { r.db.Clock.Move(-time.Minute) },
		"another password": func(r *room, t *testing.T, p auth.Person) {
			r.db.Clock.Move(time.Second)
			wants(t, "change", r.ChangePassword(t.Context(), auth.Change{
				Who: activity.Actor{Merchant: p.Merchant, Person: p.ID}, Current: goodPassword, New: "bajigur hangat di warung sudut", Confirm: "bajigur hangat di warung sudut",
			}), nil)
		},
		"disabled": func(r *room, t *testing.T, p auth.Person) {
			r.db.Exec(t, `UPDATE people SET state = 'disabled' WHERE id = $1`, p.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			phone, _ := r.withFactor(t, "a@example.test", "0811111111")
			pending := r.first(t, "a@example.test")
			change(r, t, r.person(t, "a@example.test"))
			wants(t, "the second step", r.second(t, pending, phone.code(t, 0)), auth.ErrPendingOver)
		})
	}
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	pending := r.first(t, "a@example.test")
	_, _, err := r.SignInWithCode(t.Context(), pending, phone.code(t, 0), auth.Visitor{Browser: "Firefox on Linux"})
	wants(t, "another browser", err, auth.ErrPendingOver)
	for _, forged := range []string{"", "x", "!!", pending[:len(pending)-2], pending + "AA"} {
		wants(t, "forged", r.second(t, forged, phone.code(t, 0)), auth.ErrPendingOver)
	}
	r.db.Clock.Move(auth.PendingLife - time.Millisecond)
	wants(t, "a millisecond before ten minutes", r.second(t, pending, phone.code(t, 0)), nil)
}

// Once the last factor is removed no code is right, and none is a guess: the first step begins again, and is all that there is to show.
func TestCodesOfAFactorThatIsGoneLockNobody(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	pending := r.first(t, "a@example.test")
	if _, err := r.ClearFactors(t.Context(), "a@example.test"); err != nil {
		t.Fatal(err)
	}
	for range auth.DocumentedRules().LockoutFailures + 1 {
		wants(t, "the second step", r.second(t, pending, phone.code(t, 0)), auth.ErrPendingOver)
	}
	wants(t, "the password alone", r.try(t, "a@example.test", goodPassword), nil)
}

// The mail about a new browser comes after both steps: a stranger with the password alone has not got in.
func TestANewBrowserIsNewsAfterBothSteps(t *testing.T) {
	r := newRoom(t)
	phone, _ := r.withFactor(t, "a@example.test", "0811111111")
	wants(t, "the first browser", r.second(t, r.first(t, "a@example.test"), phone.code(t, 0)), nil)
	firefox := auth.Visitor{Browser: "Firefox on Linux"}
	_, _, err := r.SignIn(t.Context(), "a@example.test", goodPassword, firefox)
	var needed *auth.CodeNeeded
	if !errors.As(err, &needed) || r.box.mails(outbox.NewBrowser) != 0 {
		t.Fatalf("%v, %d mails after the first step", err, r.box.mails(outbox.NewBrowser))
	}
	r.db.Clock.Move(time.Minute)
	if _, _, err := r.SignInWithCode(t.Context(), needed.Pending, phone.code(t, 0), firefox); err != nil || r.box.mails(outbox.NewBrowser) != 1 {
		t.Errorf("%v, %d mails after both", err, r.box.mails(outbox.NewBrowser))
	}
}
