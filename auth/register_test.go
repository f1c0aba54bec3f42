package auth_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/store/storetest"
)

func TestALinkLivesForSevenDays(t *testing.T) {
	for after, want := range map[time.Duration]error{auth.RegistrationLife: nil, auth.RegistrationLife + time.Millisecond: auth.ErrBadLink} {
		r := newRoom(t)
		if err := r.Register(t.Context(), signUp("a@example.test", "0811111111", goodPassword)); err != nil {
			t.Fatal(err)
		}
		r.db.Clock.Move(after)
		wants(t, after.String(), r.Confirm(t.Context(), r.box.token(t), "the browser's secret", "", ""), want)
	}
}

func TestEveryMailedLinkOfARegistrationWorksUntilOneIsUsed(t *testing.T) {
	r := newRoom(t)
	if err := r.Register(t.Context(), signUp("a@example.test", "0811111111", goodPassword)); err != nil {
		t.Fatal(err)
	}
	first := r.box.token(t)
	if err := r.Resend(t.Context(), " A@example.test", ""); err != nil {
		t.Fatal(err)
	}
	second := r.box.token(t)
	for name, token := range map[string]string{"first": first, "second": second} {
		ask, err := r.Opened(t.Context(), token, "the browser's secret")
		if ask || err != nil || first == second {
			t.Errorf("%s: %v, %v", name, ask, err)
		}
	}
	wants(t, "confirm", r.Confirm(t.Context(), first, "the browser's secret", "", ""), nil)
	wants(t, "the other link", r.Confirm(t.Context(), second, "the browser's secret", "", ""), auth.ErrBadLink)
}

func TestAskingForAnUnknownAddressSendsNothing(t *testing.T) {
	r := newRoom(t)
	wants(t, "resend", r.Resend(t.Context(), "nobody@example.test", ""), nil)
	if len(r.box.sent) != 0 {
		t.Errorf("sent %v", r.box.sent)
	}
}

func TestBadLinksAllGetOneAnswer(t *testing.T) {
	r := newRoom(t)
	for _, token := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		_, err := r.Opened(t.Context(), token, "")
		wants(t, "open "+token, err, auth.ErrBadLink)
		wants(t, "confirm "+token, r.Confirm(t.Context(), token, "", goodPassword, ""), auth.ErrBadLink)
	}
}

func TestTwentyParallelConfirmationsMakeOneMerchant(t *testing.T) {
	r := newRoom(t)
	if err := r.Register(t.Context(), signUp("a@example.test", "0811111111", goodPassword)); err != nil {
		t.Fatal(err)
	}
	token := r.box.token(t)
	var wg sync.WaitGroup
	outcomes := make(chan error, 20)
	for range 20 {
		wg.Go(func() { outcomes <- r.Confirm(t.Context(), token, "the browser's secret", "", "") })
	}
	wg.Wait()
	close(outcomes)
	won := 0
	for err := range outcomes {
		if err == nil {
			won++
		} else if !errors.Is(err, auth.ErrBadLink) {
			t.Error(err)
		}
	}
	if n := storetest.Count(r.db.Dump(t), "merchants"); won != 1 || n != 1 {
		t.Errorf("%d confirmations won, %d merchants, want 1 and 1", won, n)
	}
}

func TestATakenPhoneIsSaidAtTheConfirmationAndChangesNothing(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	if err := r.Register(t.Context(), signUp("b@example.test", "+62811111111", goodPassword)); err != nil {
		t.Fatal(err)
	}
	before := r.db.Dump(t)
	wants(t, "confirm", r.Confirm(t.Context(), r.box.token(t), "the browser's secret", "", ""), auth.ErrPhoneTaken)
	if diff := cmp.Diff(before, r.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

func TestOnlyTheNewestRegistrationsOfAnAddressAreKept(t *testing.T) {
	r := newRoom(t)
	var tokens []string
	for i := range 7 {
		r.db.Clock.Move(time.Second)
		if err := r.Register(t.Context(), signUp("a@example.test", fmt.Sprintf("08111111%02d", i), goodPassword)); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, r.box.token(t))
	}
	for i, token := range tokens {
		_, err := r.Opened(t.Context(), token, "")
		if kept := err == nil; kept != (i >= 2) {
			t.Errorf("registration %d: %v", i, err)
		}
	}
}

func TestTheNewestRegistrationStaysAmongOthersOfTheSameMillisecond(t *testing.T) {
	r := newRoom(t)
	for i := range 25 {
		in := signUp("a@example.test", "0811111111", goodPassword)
		in.Address = fmt.Sprintf("192.0.2.%d", i) // one alone may not sign up so often
		if err := r.Register(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Opened(t.Context(), r.box.token(t), ""); err != nil {
			t.Fatalf("its link: %v", err)
		}
	}
	if n := storetest.Count(r.db.Dump(t), "registrations"); n != 5 {
		t.Errorf("%d registrations are kept, want 5", n)
	}
}

// C007: one account is one address, however it is typed.
func TestOneAddressHoweverItIsTyped(t *testing.T) {
	want := auth.EmailKey("sari.é@example.test")
	for _, typed := range []string{" Sari.É@Example.TEST ", "sari.e\u0301@example.test", "ｓａｒｉ.é@example.test", "SARI.E\u0301@EXAMPLE.TEST\t"} {
		if got := auth.EmailKey(typed); got != want {
			t.Errorf("EmailKey(%q) = %q, want %q", typed, got, want)
		}
	}
	if auth.EmailKey("sari@example.test") == auth.EmailKey("sara@example.test") {
		t.Error("two addresses are one")
	}
}
