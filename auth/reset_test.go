package auth_test

import (
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

const resetTo = "layang-layang merah putih"

// link asks for a reset link and gives its token as mailed.
func (r *room) link(t *testing.T, email string) string {
	t.Helper()
	wants(t, "answer", r.AnswerReset(t.Context(), outbox.Message{Kind: outbox.ResetRequested, To: email}), nil)
	if m := r.box.sent[len(r.box.sent)-1]; m.Kind != outbox.ResetPassword {
		t.Fatalf("the last mail is %+v", m)
	}
	return r.box.token(t)
}

func reset(token, chosen string) auth.Reset {
	return auth.Reset{Token: token, New: chosen, Confirm: chosen, From: auth.Visitor{Address: "192.0.2.8", Browser: "Safari on iPhone"}}
}

// C058, C124: one hour, judged when the new password is sent; a link of the future was made before a clock was set back.
func TestAResetLinkLivesForLessThanAnHour(t *testing.T) {
	r := newRoom(t)
	for i, tt := range []struct {
		after time.Duration
		want  error
	}{{0, nil}, {time.Hour - time.Millisecond, nil}, {time.Hour, auth.ErrBadLink}, {-10 * time.Second, nil}, {-10*time.Second - time.Millisecond, auth.ErrBadLink}} {
		email := fmt.Sprintf("p%d@example.test", i)
		r.member(t, email, fmt.Sprintf("081111111%d", i), goodPassword)
		token := r.link(t, email)
		r.db.Clock.Move(tt.after)
		wants(t, "look "+tt.after.String(), r.ResetOpened(t.Context(), token), tt.want)
		wants(t, tt.after.String(), r.ResetPassword(t.Context(), reset(token, resetTo)), tt.want)
	}
}

// C024, C067: whatever is wrong with a link, or if there is none, the answer is the same, and nothing changes.
func TestBadResetLinksGetOneAnswer(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	expired := r.link(t, "a@example.test")
	r.db.Clock.Move(time.Hour)
	used := r.link(t, "a@example.test")
	wants(t, "reset", r.ResetPassword(t.Context(), reset(used, resetTo)), nil)
	before := r.db.Dump(t)
	for name, token := range map[string]string{
		"none": "", "malformed": "x", "unknown": "AAAAAAAAAAAAAAAAAAAAAAAAAA", "used": used, "expired": expired, "digest": string(auth.TokenDigest(used)),
	} {
		wants(t, name+": look", r.ResetOpened(t.Context(), token), auth.ErrBadLink)
		for _, chosen := range []string{"sepeda biru di gudang", "short", ""} { // what was typed makes no difference
			wants(t, name, r.ResetPassword(t.Context(), reset(token, chosen)), auth.ErrBadLink)
		}
	}
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("bad links changed:\n%s", diff)
	}
}

// C060, C066: looking and refused passwords leave a link usable.
func TestARefusedPasswordLeavesTheLinkUsable(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	token := r.link(t, "a@example.test")
	for chosen, want := range map[string]string{"short": "password.too_short", "qwertyuiop123": "password.common", goodPassword: "password.used_before"} {
		wants(t, "look", r.ResetOpened(t.Context(), token), nil)
		if got := problem(t, r.ResetPassword(t.Context(), reset(token, chosen)), "new_password"); got != want {
			t.Errorf("%q: %q, want %q", chosen, got, want)
		}
	}
	wants(t, "a good one", r.ResetPassword(t.Context(), reset(token, resetTo)), nil)
	_, _, err := r.SignIn(t.Context(), "a@example.test", resetTo, auth.Visitor{})
	wants(t, "sign in", err, nil)
}

// C059: of twenty posts at the same moment on two nodes one changes the password, once, with one mail and one entry.
func TestTwentyParallelResetsChangeThePasswordOnce(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	token := r.link(t, "a@example.test")
	nodes := []*auth.Service{node(r.db, r.db.Store, auth.DocumentedRules()), node(r.db, r.db.Another(t), auth.DocumentedRules())}
	var wg sync.WaitGroup
	outcomes := make(chan error, 20)
	for i := range 20 {
		wg.Go(func() {
			outcomes <- nodes[i%2].ResetPassword(t.Context(), reset(token, fmt.Sprintf("layang-layang nomor %d", i)))
		})
	}
	wg.Wait()
	close(outcomes)
	won := 0
	for err := range outcomes {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, auth.ErrBadLink) && fault.KindOf(err) != fault.Unavailable: // too many for this machine
			t.Errorf("unexpected: %v", err)
		}
	}
	dump := r.db.Dump(t)
	past, jobs, entries := storetest.Count(dump, "past_passwords"), storetest.Count(dump, "river_job"), strings.Count(strings.Join(dump, "\n"), string(activity.PasswordReset))
	if won != 1 || past != 1 || jobs != 1 || entries != 1 {
		t.Errorf("%d successes, %d past passwords, %d mails, %d entries, want one each", won, past, jobs, entries)
	}
}

// C061, C055: on success all links of the account die, and the owner is told.
func TestTheOtherLinksDieOnSuccess(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.member(t, "b@example.test", "0822222222", goodPassword)
	first, second, others := r.link(t, "a@example.test"), r.link(t, " A@Example.test "), r.link(t, "b@example.test")
	r.box.kinds()
	wants(t, "reset", r.ResetPassword(t.Context(), reset(second, resetTo)), nil)
	wants(t, "the other link", r.ResetOpened(t.Context(), first), auth.ErrBadLink)
	wants(t, "somebody else's", r.ResetOpened(t.Context(), others), nil)
	if kinds := r.box.kinds(); !cmp.Equal(kinds, []outbox.Kind{outbox.PasswordChanged}) {
		t.Errorf("mailed %v", kinds)
	}
}

// C064: a thousand requests send three mails an hour, successes in between or not, and lock nobody. At most three links live.
func TestAThousandRequestsSendThreeMails(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.box.kinds()
	ask := func(times int) (mails int) {
		for range times {
			wants(t, "answer", r.AnswerReset(t.Context(), outbox.Message{Kind: outbox.ResetRequested, To: "a@example.test"}), nil)
		}
		return len(r.box.kinds())
	}
	if n := ask(1000); n != 3 {
		t.Errorf("%d mails, want 3", n)
	}
	r.db.Clock.Move(time.Hour - time.Millisecond)
	if n := ask(5); n != 0 {
		t.Errorf("%d more within the hour", n)
	}
	r.db.Clock.Move(time.Millisecond)
	token := r.link(t, "a@example.test")
	wants(t, "reset", r.ResetPassword(t.Context(), reset(token, resetTo)), nil)
	r.box.kinds()
	if n := ask(5); n != 2 {
		t.Errorf("%d mails after a success, want the other two of this hour", n)
	}
	_, _, err := r.SignIn(t.Context(), "a@example.test", resetTo, auth.Visitor{})
	wants(t, "sign in", err, nil)
}

// C064: where links live for longer than an hour, no more than three live.
func TestNoMoreThanThreeLinksLive(t *testing.T) {
	r := newRoom(t)
	r.Rules.ResetLinkTTL = 24 * time.Hour
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.box.kinds()
	for range 23 {
		wants(t, "answer", r.AnswerReset(t.Context(), outbox.Message{To: "a@example.test"}), nil)
		r.db.Clock.Move(time.Hour)
	}
	if n := len(r.box.kinds()); n != 3 {
		t.Errorf("%d mails, want 3", n)
	}
	r.db.Clock.Move(time.Hour)
	r.link(t, "a@example.test")
}

// C064: also when two workers answer at the same moment.
func TestParallelRequestsMakeNoMoreThanThreeLinks(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	nodes := []*auth.Service{node(r.db, r.db.Store, auth.DocumentedRules()), node(r.db, r.db.Another(t), auth.DocumentedRules())}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			wants(t, "answer", nodes[i%2].AnswerReset(t.Context(), outbox.Message{To: "a@example.test"}), nil)
		})
	}
	wg.Wait()
	if dump := r.db.Dump(t); storetest.Count(dump, "password_resets") != 3 || storetest.Count(dump, "river_job") != 3 {
		t.Errorf("%d links, %d mails", storetest.Count(dump, "password_resets"), storetest.Count(dump, "river_job"))
	}
}

// C022: the request runs the same statements and queues the same message whether or not there is an account.
func TestAskingDoesTheSameForKnownAndUnknownAddresses(t *testing.T) {
	r := newRoom(t)
	r.member(t, "known@example.test", "0811111111", goodPassword)
	ask := func(email string) (read, wrote []string) {
		r.box.kinds()
		r.db.Statements()
		wants(t, email, r.AskReset(t.Context(), email, auth.Visitor{Address: "192.0.2.1"}), nil)
		if len(r.box.sent) != 1 || r.box.sent[0].Kind != outbox.ResetRequested || r.box.sent[0].To != email {
			t.Errorf("queued %+v", r.box.sent)
		}
		return r.db.Statements()
	}
	knownRead, knownWrote := ask("known@example.test")
	unknownRead, unknownWrote := ask("unknown@example.test")
	if diff := cmp.Diff([][]string{knownRead, knownWrote}, [][]string{unknownRead, unknownWrote}); diff != "" {
		t.Errorf("the work differs:\n%s", diff)
	}
	r.box.kinds()
	wants(t, "answer", r.AnswerReset(t.Context(), outbox.Message{To: "unknown@example.test"}), nil)
	if len(r.box.sent) != 0 {
		t.Errorf("mailed %v", r.box.sent)
	}
}

// rules.md, Throttling: ten requests of one network within an hour, whoever they are about.
func TestResetRequestsOfOneAddressAreThrottled(t *testing.T) {
	r := newRoom(t)
	for i := range 10 {
		wants(t, "ask", r.AskReset(t.Context(), fmt.Sprintf("p%d@example.test", i), auth.Visitor{Address: "192.0.2.1"}), nil)
	}
	if err := r.AskReset(t.Context(), "p@example.test", auth.Visitor{Address: "192.0.2.1"}); fault.KindOf(err) != fault.TooMany {
		t.Errorf("the eleventh: %v", err)
	}
	wants(t, "another network", r.AskReset(t.Context(), "p@example.test", auth.Visitor{Address: "192.0.2.2"}), nil)
	if len(r.box.sent) != 11 {
		t.Errorf("%d requests queued, want 11", len(r.box.sent))
	}
	r.db.Clock.Move(time.Hour)
	wants(t, "an hour later", r.AskReset(t.Context(), "p@example.test", auth.Visitor{Address: "192.0.2.1"}), nil)
	if got := problem(t, r.AskReset(t.Context(), "nobody", auth.Visitor{}), "email"); got != "form.not_an_address" {
		t.Errorf("no address: %q", got)
	}
}

// C011: a reset during the lock changes the password; the lock and its end stay.
func TestAResetLeavesTheLockAsItIs(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	for range 5 {
		r.SignIn(t.Context(), "a@example.test", "another password", auth.Visitor{}) //nolint:errcheck // wrong on purpose
	}
	subject := auth.LockOf(person(t, r.db, "a@example.test").ID)
	before, version, err := r.db.Locks().Load(t.Context(), subject)
	if err != nil || before.Until.IsZero() {
		t.Fatalf("lock %+v, %v", before, err)
	}
	r.db.Clock.Move(time.Minute)
	wants(t, "reset", r.ResetPassword(t.Context(), reset(r.link(t, "a@example.test"), resetTo)), nil)
	after, now, err := r.db.Locks().Load(t.Context(), subject)
	if diff := cmp.Diff(before, after); err != nil || diff != "" || version != now {
		t.Errorf("the lock changed: %v\n%s", err, diff)
	}
	_, _, err = r.SignIn(t.Context(), "a@example.test", resetTo, auth.Visitor{})
	wants(t, "sign in during the lock", err, auth.ErrLocked)
	r.db.Clock.Move(14 * time.Minute)
	_, _, err = r.SignIn(t.Context(), "a@example.test", resetTo, auth.Visitor{})
	wants(t, "sign in after it", err, nil)
}

// C057: what is stored of a link opens nothing, and dead rows go.
func TestLinksAreStoredAsDigestsAndNotForLong(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	token := r.link(t, "a@example.test")
	if dump := strings.Join(r.db.Dump(t), "\n"); strings.Contains(dump, token) || storetest.Count(r.db.Dump(t), "password_resets") != 1 {
		t.Error("the token stands in the database")
	}
	r.db.Clock.Move(time.Hour + time.Millisecond)
	r.link(t, "a@example.test")
	if n := storetest.Count(r.db.Dump(t), "password_resets"); n != 1 {
		t.Errorf("%d links are stored, want the living one", n)
	}
}
