package auth_test

import (
	"errors"
	"fmt"
	"slices"
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

// suspicion makes somebody log in from a browser that is new, and gives the token of the link in the mail about it.
func (r *room) suspicion(t *testing.T, email, browser string) string {
	t.Helper()
	for _, b := range []string{"the first one", browser} {
		_, _, err := r.SignIn(t.Context(), email, goodPassword, auth.Visitor{Address: "192.0.2.1", Browser: b})
		wants(t, "sign in", err, nil)
	}
	if m := r.box.sent[len(r.box.sent)-1]; m.Kind != outbox.NewBrowser || m.To != email {
		t.Fatalf("the last mail is %+v", m)
	}
	return r.box.token(t)
}

var elsewhere = auth.Visitor{Address: "192.0.2.8", Browser: "Safari on iPhone"}

// C124: seven days, judged when the button is pressed; a link of the future was made before a clock was set back.
func TestAnAlarmLinkLivesForLessThanSevenDays(t *testing.T) {
	r := newRoom(t)
	const week = 7 * 24 * time.Hour
	for i, tt := range []struct {
		after time.Duration
		want  error
	}{{0, nil}, {week - time.Millisecond, nil}, {week, auth.ErrBadLink}, {-10 * time.Second, nil}, {-10*time.Second - time.Millisecond, auth.ErrBadLink}} {
		email := fmt.Sprintf("p%d@example.test", i)
		r.member(t, email, fmt.Sprintf("081111111%d", i), goodPassword)
		token := r.suspicion(t, email, "Firefox on Linux")
		r.db.Clock.Move(tt.after)
		_, err := r.AlarmOpened(t.Context(), token)
		wants(t, "look "+tt.after.String(), err, tt.want)
		wants(t, tt.after.String(), r.RaiseAlarm(t.Context(), token, elsewhere), tt.want)
	}
}

// An alarm is noted and mails a fresh link, whatever was mailed before; all links of before are dead. The lock stays.
func TestAnAlarmKillsResetLinksAndMailsAFreshOne(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	token := r.suspicion(t, "a@example.test", "Firefox on Linux")
	var stolen []string
	for range 3 {
		stolen = append(stolen, r.link(t, "a@example.test"))
	}
	r.lock(t, "a@example.test")
	r.box.kinds()
	r.db.Clock.Move(time.Minute)
	wants(t, "raise", r.RaiseAlarm(t.Context(), token, elsewhere), nil)
	got, at := r.box.sent[0], r.db.Clock.Now()
	want := outbox.Message{
		Kind: outbox.ResetPassword, To: "a@example.test", Language: "en", Zone: "Asia/Jakarta", Token: got.Token, At: at.UnixMilli(),
		Address: elsewhere.Address, Browser: elsewhere.Browser,
	}
	if len(r.box.sent) != 1 || got != want || r.actions(t, activity.AlarmRaised) != 1 {
		t.Errorf("mails %+v, want %+v; noted %d times", r.box.sent, want, r.actions(t, activity.AlarmRaised))
	}
	for _, link := range stolen {
		wants(t, "a link of before", r.ResetOpened(t.Context(), link), auth.ErrBadLink)
	}
	wants(t, "the lock", r.try(t, "a@example.test", goodPassword), auth.ErrLocked)
	wants(t, "the fresh link", r.ResetPassword(t.Context(), reset(got.Token, resetTo)), nil)
}

// Whoever got in and added a passkey of their own is out: that and the password work no more. A factor from before such mails stays its owner's.
func TestAnAlarmShutsOutWhoeverAddedAFactor(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	owners := r.withPasskey(t, "a@example.test")
	r.db.Clock.Move(auth.AlarmLife)
	intruders := r.withPasskey(t, "a@example.test")
	if m := r.box.sent[len(r.box.sent)-1]; m.Kind != outbox.PasskeyAdded {
		t.Fatalf("the last mail is %+v", m)
	}
	token := r.box.token(t)
	wants(t, "the intruder before", r.enter(t, intruders.show(r.askSignIn(t))), nil)
	wants(t, "raise", r.RaiseAlarm(t.Context(), token, elsewhere), nil)
	wants(t, "the intruder's passkey", r.enter(t, intruders.show(r.askSignIn(t))), auth.ErrWrongPasskey)
	wants(t, "the password", r.try(t, "a@example.test", goodPassword), auth.ErrBadCredentials)
	wants(t, "the owner's passkey", r.enter(t, owners.show(r.askSignIn(t))), nil)
	if n := r.actions(t, activity.FactorRemoved); n != 1 {
		t.Errorf("%d removed factors are noted", n)
	}
	link := r.box.token(t)
	if got := problem(t, r.ResetPassword(t.Context(), reset(link, goodPassword)), "new_password"); got != "password.used_before" {
		t.Errorf("the password that an intruder knows: %q", got)
	}
	wants(t, "reset", r.ResetPassword(t.Context(), reset(link, resetTo)), nil)
	if left := r.factors(t, "a@example.test"); len(left.Factors) != 1 || left.CodesLeft != 0 {
		t.Errorf("left: %d factors, %d codes", len(left.Factors), left.CodesLeft)
	}
}

// With the last factor go the codes that stand in for it.
func TestAnAlarmLeavesNoRecoveryCodesWithoutAFactor(t *testing.T) {
	r := newRoom(t)
	r.withFactor(t, "a@example.test", "0811111111")
	wants(t, "raise", r.RaiseAlarm(t.Context(), r.box.token(t), elsewhere), nil)
	if left := r.factors(t, "a@example.test"); len(left.Factors) != 0 || left.CodesLeft != 0 {
		t.Errorf("left: %d factors, %d codes", len(left.Factors), left.CodesLeft)
	}
}

// Recovery codes do not tell when they were made: those that an intruder had made, or has seen, end with an alarm, whatever factor is left.
func TestAnAlarmEndsTheRecoveryCodesOfAnIntruder(t *testing.T) {
	r := newRoom(t)
	r.withFactor(t, "a@example.test", "0811111111")
	r.db.Clock.Move(auth.AlarmLife)
	codes, err := r.NewRecoveryCodes(t.Context(), r.who(t, "a@example.test"), chrome, r.factors(t, "a@example.test").CodesMark)
	if err != nil {
		t.Fatal(err)
	}
	if m := r.box.sent[len(r.box.sent)-1]; m.Kind != outbox.RecoveryCodesMade {
		t.Fatalf("the last mail is %+v", m)
	}
	wants(t, "raise", r.RaiseAlarm(t.Context(), r.box.token(t), elsewhere), nil)
	wants(t, "reset", r.ResetPassword(t.Context(), reset(r.box.token(t), goodPassword+" dua")), nil)
	_, _, err = r.SignIn(t.Context(), "a@example.test", goodPassword+" dua", auth.Visitor{Browser: chrome})
	var needed *auth.CodeNeeded
	if !errors.As(err, &needed) {
		t.Fatal(err)
	}
	wants(t, "the intruder's recovery code", r.second(t, needed.Pending, codes[0]), auth.ErrWrongCode)
}

// Used again, a link changes nothing and is no error; so it is for those who come at the same moment, on three nodes.
func TestTwentyParallelAlarmsAreOne(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	token := r.suspicion(t, "a@example.test", "Firefox on Linux")
	r.box.kinds()
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			from := auth.Visitor{Address: fmt.Sprintf("192.0.2.%d", i)}
			wants(t, "raise", nodes[i%3].RaiseAlarm(t.Context(), token, from), nil)
		})
	}
	wg.Wait()
	if kinds := r.box.kinds(); !slices.Equal(kinds, []outbox.Kind{outbox.ResetPassword}) || r.actions(t, activity.AlarmRaised) != 1 {
		t.Errorf("mails %v, noted %d times", kinds, r.actions(t, activity.AlarmRaised))
	}
	if used, err := r.AlarmOpened(t.Context(), token); err != nil || !used {
		t.Errorf("afterwards: used %v, %v", used, err)
	}
}

// C024: whatever is wrong with a link, the answer is the same, and nothing changes: also where its person is no longer there.
func TestBadAlarmLinksGetOneAnswer(t *testing.T) {
	r := newRoom(t)
	tokens := map[string]string{"unknown": auth.NewToken(), "empty": "", "no token": "<b>"}
	for i, state := range []string{"disabled", "removed"} {
		email := state + "@example.test"
		r.member(t, email, fmt.Sprintf("081111111%d", i), goodPassword)
		tokens[state] = r.suspicion(t, email, "Firefox on Linux")
		r.db.Exec(t, `UPDATE people SET state = $1 WHERE email = $2`, state, email)
	}
	before := r.db.Dump(t)
	for name, token := range tokens {
		_, err := r.AlarmOpened(t.Context(), token)
		wants(t, "look, "+name, err, auth.ErrBadLink)
		wants(t, name, r.RaiseAlarm(t.Context(), token, elsewhere), auth.ErrBadLink)
	}
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("bad links changed:\n%s", diff)
	}
}

// C057: of a link a digest is stored, and not for long.
func TestAlarmLinksAreStoredAsDigestsAndNotForLong(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	token := r.suspicion(t, "a@example.test", "Firefox on Linux")
	dump := r.db.Dump(t)
	if strings.Contains(strings.Join(dump, "\n"), token) || storetest.Count(dump, "alarm_links") != 1 {
		t.Error("the token is stored, or no link is")
	}
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{auth.AlarmLife, 1}, {time.Millisecond, 0}} {
		r.db.Clock.Move(tt.after)
		r.link(t, "a@example.test") // every wish for a reset link tidies up
		if n := storetest.Count(r.db.Dump(t), "alarm_links"); n != tt.want {
			t.Errorf("%d links are left, want %d", n, tt.want)
		}
	}
}

// A change of the password is mailed with such a link too, and the eleventh try of an hour from one network is one too many, right or wrong.
func TestAlarmsOfOneNetworkAreLimited(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	wants(t, "change", r.ChangePassword(t.Context(), change(r.person(t, "a@example.test"), goodPassword, resetTo)), nil)
	token := r.box.token(t)
	for range 10 {
		wants(t, "guess", r.RaiseAlarm(t.Context(), auth.NewToken(), elsewhere), auth.ErrBadLink)
	}
	if err := r.RaiseAlarm(t.Context(), token, elsewhere); fault.KindOf(err) != fault.TooMany {
		t.Errorf("the eleventh: %v", err)
	}
	wants(t, "from another network", r.RaiseAlarm(t.Context(), token, auth.Visitor{Address: "203.0.113.5"}), nil)
}
