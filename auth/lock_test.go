package auth_test

import (
	"context"
	"errors"
	"fmt"
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

const wrongPassword = "kopi susu di teras depan"

// try signs in and gives the error.
func (r *room) try(t *testing.T, email, password string) error {
	t.Helper()
	_, _, err := r.SignIn(t.Context(), email, password, auth.Visitor{})
	return err
}

// locks five times wrong.
func (r *room) lock(t *testing.T, email string) {
	t.Helper()
	for i := range 5 {
		err := r.try(t, email, wrongPassword)
		if want := map[bool]error{true: auth.ErrLocked, false: auth.ErrBadCredentials}[i == 4]; !errors.Is(err, want) {
			t.Fatalf("wrong password %d: %v, want %v", i+1, err, want)
		}
	}
}

// actions counts the entries of an action.
func (r *room) actions(t *testing.T, a activity.Action) (n int) {
	t.Helper()
	for _, line := range r.db.Dump(t) {
		if strings.HasPrefix(line, "activity ") && strings.Contains(line, "action="+string(a)+" ") {
			n++
		}
	}
	return n
}

// mails counts the messages of a kind.
func (b *box) mails(kind outbox.Kind) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

// C001, C005, C006: the fifth wrong password locks for exactly 15 minutes; what is tried meanwhile neither extends nor counts; then the budget is full.
func TestTheFifthWrongPasswordLocksForExactlyFifteenMinutes(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	for range 4 {
		wants(t, "one of four", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	}
	wants(t, "the right one after four", r.try(t, "a@example.test", goodPassword), nil)
	r.db.Clock.Move(1000 * time.Hour)
	r.lock(t, "a@example.test") // a success cleared the count: five again
	for _, at := range []time.Duration{0, time.Minute, 14*time.Minute - time.Millisecond} {
		r.db.Clock.Move(at)
		wants(t, "right during the lock", r.try(t, "a@example.test", goodPassword), auth.ErrLocked)
		wants(t, "wrong during the lock", r.try(t, "a@example.test", wrongPassword), auth.ErrLocked)
	}
	r.db.Clock.Move(time.Millisecond)
	for range 4 {
		wants(t, "the budget after the lock", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	}
	r.db.Clock.Move(time.Millisecond)
	wants(t, "the fifth after the lock", r.try(t, "a@example.test", wrongPassword), auth.ErrLocked)
	r.db.Clock.Move(15 * time.Minute)
	wants(t, "right at the end of the next lock", r.try(t, "a@example.test", goodPassword), nil)
	if mails := r.box.mails(outbox.AccountLocked); mails != 2 {
		t.Errorf("%d mails about two locks", mails)
	}
}

// Time alone does not clear the count (rules.md, Lock).
func TestTimeDoesNotClearTheCount(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	for i := range 5 {
		err := r.try(t, "a@example.test", wrongPassword)
		if errors.Is(err, auth.ErrLocked) != (i == 4) {
			t.Errorf("wrong password %d: %v", i+1, err)
		}
		r.db.Clock.Move(24 * time.Hour)
	}
}

// C004: during the lock nothing is hashed, and the answer is the same for every password and says how long it takes.
func TestDuringTheLockNothingIsComputed(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.lock(t, "a@example.test")
	r.Hasher = auth.NewHasher(0, storetest.Cost) // nobody gets through: a hash would end in ErrBusy
	before := r.db.Dump(t)
	r.db.Clock.Move(30 * time.Second)
	var answers []fault.Error
	for _, password := range []string{goodPassword, wrongPassword, "x", strings.Repeat("x", 1000)} {
		var f *fault.Error
		if err := r.try(t, "a@example.test", password); !errors.Is(err, auth.ErrLocked) || !errors.As(err, &f) {
			t.Fatalf("%v", err)
		}
		answers = append(answers, *f)
	}
	for _, a := range answers {
		if a.RetryAfter != 14*time.Minute+30*time.Second || a.Public.ID != answers[0].Public.ID {
			t.Errorf("answers differ: %+v", a)
		}
	}
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("an attempt during the lock changed:\n%s", diff)
	}
}

// node is the same portal on another node.
func (r *room) node(t *testing.T) *auth.Service {
	t.Helper()
	st := r.db.Another(t)
	d := st.ForAuth()
	d.Outbox, d.Onboarding, d.Hasher, d.Passkeys, d.Rules, d.Now = r.Outbox, r.Onboarding, auth.NewHasher(2, storetest.Cost), r.Passkeys, r.Rules, r.Now
	return auth.New(d)
}

// together runs attempts at the same time, spread over three nodes, and gives their answers.
func (r *room) together(t *testing.T, n int, email, password string) []error {
	t.Helper()
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	answers := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, _, answers[i] = nodes[i%len(nodes)].SignIn(t.Context(), email, password, auth.Visitor{}) })
	}
	wg.Wait()
	return answers
}

// C002, C017: fifty wrong passwords at the same moment on three nodes are five guesses, one lock, one entry, one mail.
func TestParallelWrongPasswordsAreFiveGuesses(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	locked := 0
	for _, err := range r.together(t, 50, "a@example.test", wrongPassword) {
		switch {
		case errors.Is(err, auth.ErrLocked):
			locked++
		case !errors.Is(err, auth.ErrBadCredentials):
			t.Errorf("unexpected answer: %v", err)
		}
	}
	if guesses := r.actions(t, activity.PasswordRefused); guesses != 5 || locked != 46 {
		t.Errorf("%d guesses and %d refusals because of the lock, want 5 and 46", guesses, locked)
	}
	if events, mails := r.actions(t, activity.AccountLocked), r.box.mails(outbox.AccountLocked); events != 1 || mails != 1 {
		t.Errorf("%d entries and %d mails about the lock, want one each", events, mails)
	}
}

// C003: people who sign in at the same moment with the right password do not get into each other's way.
func TestParallelRightPasswordsAllSucceed(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	for i, err := range r.together(t, 12, "a@example.test", goodPassword) {
		if err != nil {
			t.Errorf("sign-in %d: %v", i, err)
		}
	}
	for range 4 {
		wants(t, "the budget afterwards", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	}
}

// C007: one account is one counter, however its address is typed.
func TestEverySpellingOfAnAddressCounts(t *testing.T) {
	r := newRoom(t)
	r.member(t, "caf\u00e9@example.test", "0811111111", goodPassword)
	for i, spelling := range []string{"caf\u00e9@example.test", "CAFE\u0301@example.test", "  cafe\u0301@EXAMPLE.test", "Caf\u00c9@Example.Test ", "caf\u00e9@\uff45xample.test"} {
		if err := r.try(t, spelling, wrongPassword); errors.Is(err, auth.ErrLocked) != (i == 4) {
			t.Errorf("%q as number %d: %v", spelling, i+1, err)
		}
	}
}

// C008, C020: an address without an account, one whose sign-up nobody confirmed, and an account behave alike through seven attempts.
func TestUnknownAddressesLockLikeAccounts(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	if err := r.Register(t.Context(), signUp("waiting@example.test", "0822222222", goodPassword)); err != nil {
		t.Fatal(err)
	}
	story := func(email string) (lines []string) {
		for range 7 {
			var f *fault.Error
			if err := r.try(t, email, wrongPassword); !errors.As(err, &f) {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%s %v %v", f.Public.ID, f.Public.Args, f.RetryAfter))
			r.db.Clock.Move(time.Second)
		}
		return lines
	}
	want := story("a@example.test")
	for _, email := range []string{"nobody@example.test", "waiting@example.test"} {
		if diff := cmp.Diff(want, story(email)); diff != "" {
			t.Errorf("%s differs:\n%s", email, diff)
		}
	}
	wants(t, "the right password during the lock of a sign-up", r.try(t, "waiting@example.test", goodPassword), auth.ErrLocked)
}

// C008: addresses without an account share 65,536 locks, however many are tried, and nobody can tell which.
func TestAHundredThousandUnknownAddressesCostNoMoreThanTheirBuckets(t *testing.T) {
	r, other := newRoom(t), newRoom(t)
	seen, same := map[string]bool{}, 0
	for i := range 100_000 {
		address := fmt.Sprintf("nobody%d@example.test", i)
		bucket, err := r.Bucket(address)
		if err != nil {
			t.Fatal(err)
		}
		seen[bucket] = true
		if elsewhere, _ := other.Bucket(address); elsewhere == bucket {
			same++
		}
	}
	if len(seen) > 65536 || len(seen) < 45000 { // evenly spread they are about 51,300
		t.Errorf("%d buckets", len(seen))
	}
	if same > 50 {
		t.Errorf("%d addresses have the same bucket on another portal: its key does not matter", same)
	}
	again, _ := r.node(t).Bucket("nobody7@example.test")
	if here, _ := r.Bucket("NOBODY7@example.test"); here != again {
		t.Error("another node has another bucket for the same address")
	}
}

// C009: every path that checks a password counts into one budget, and each is refused during the lock.
func TestEveryPathCountsIntoOneBudget(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	p, err := r.db.People().ByEmail(t.Context(), "a@example.test")
	if err != nil {
		t.Fatal(err)
	}
	who := activity.Actor{Merchant: p.Merchant, Person: p.ID}
	for range 2 {
		wants(t, "sign in", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
		wants(t, "confirm password", r.CheckPassword(t.Context(), who, wrongPassword), auth.ErrWrongPassword)
	}
	if got := problem(t, r.CheckPassword(t.Context(), who, ""), "password"); got != "form.required" { // an empty field is no guess
		t.Errorf("an empty field: %q", got)
	}
	wants(t, "the fifth", r.CheckPassword(t.Context(), who, wrongPassword), auth.ErrLocked)
	wants(t, "sign in during the lock", r.try(t, "a@example.test", goodPassword), auth.ErrLocked)
	wants(t, "confirm password during the lock", r.CheckPassword(t.Context(), who, goodPassword), auth.ErrLocked)
}

// C009: the password of a sign-up is checked by two pages, which share its budget as well.
func TestTheConfirmationPageCountsToo(t *testing.T) {
	r := newRoom(t)
	if err := r.Register(t.Context(), signUp("a@example.test", "0811111111", goodPassword)); err != nil {
		t.Fatal(err)
	}
	link := r.box.token(t)
	for range 4 {
		wants(t, "confirm", r.Confirm(t.Context(), link, "another browser", wrongPassword, ""), auth.ErrWrongPassword)
	}
	wants(t, "sign in", r.try(t, "a@example.test", wrongPassword), auth.ErrLocked)
	wants(t, "confirm during the lock", r.Confirm(t.Context(), link, "another browser", goodPassword, ""), auth.ErrLocked)
	r.db.Clock.Move(15 * time.Minute)
	wants(t, "confirm after it", r.Confirm(t.Context(), link, "another browser", goodPassword, ""), nil)
}

func (r *room) person(t *testing.T, email string) auth.Person {
	t.Helper()
	p, err := r.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// An operator who lowers the limit below what has failed already shuts nobody out for good: one attempt at a time is left, and a wrong one locks.
func TestALowerLimitLeavesOneAttemptAtATime(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	for _, right := range []bool{true, false} {
		r.Rules.LockoutFailures = 5
		for range 4 {
			wants(t, "one of four", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
		}
		before := r.actions(t, activity.PasswordRefused)
		r.Rules.LockoutFailures = 3
		if right {
			wants(t, "the right one", r.try(t, "a@example.test", goodPassword), nil)
			continue
		}
		for _, err := range r.together(t, 9, "a@example.test", wrongPassword) {
			wants(t, "a wrong one", err, auth.ErrLocked)
		}
		if guesses := r.actions(t, activity.PasswordRefused) - before; guesses != 1 {
			t.Errorf("%d guesses, want 1", guesses)
		}
	}
}

// lockedMeanwhile locks an account as soon as an attempt has its slot, as another node with a lower limit may.
type lockedMeanwhile struct {
	auth.Locks
	until time.Time
}

// Swap implements auth.Locks.
func (l lockedMeanwhile) Swap(ctx context.Context, subject string, version int64, next auth.Lock) (bool, error) {
	if len(next.Pending) > 0 {
		next.Until = l.until
	}
	return l.Locks.Swap(ctx, subject, version, next)
}

// C004, C005, C010, C012: where a lock begins while a password is being checked, the right one proves nothing any more, and a wrong one does not count.
func TestALockThatBeginsMeanwhileHoldsForWhatIsBeingChecked(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	opening, _, err := r.SignIn(t.Context(), "a@example.test", goodPassword, auth.Visitor{})
	wants(t, "sign in", err, nil)
	locks := r.Locks
	for _, password := range []string{goodPassword, wrongPassword} {
		r.Locks = lockedMeanwhile{locks, r.db.Clock.Now().Add(time.Minute)}
		wants(t, "confirm password", r.CheckPassword(t.Context(), opening.Actor, password), auth.ErrLocked)
		r.Locks = locks
		r.db.Clock.Move(time.Minute)
	}
	for range 4 {
		wants(t, "the budget after the lock", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	}
}
