package web

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/outbox"
)

// answerOf is all that somebody can learn from an answer, without the id that every one has.
func answerOf(t *testing.T, r *http.Response) string {
	t.Helper()
	headers := maps.Clone(r.Header)
	delete(headers, "X-Request-Id")
	return fmt.Sprint(r.StatusCode, headers, r.ContentLength, "\n", body(t, r))
}

func (b *browser) lock(email string) {
	b.t.Helper()
	for range 5 {
		b.post("/login", "email", email, "password", "some other password")
	}
}

// C001, C004: the answer to the fifth wrong password says that the account is locked, for how long, and whom to ask; during the lock the right
// password gets the very same answer as a wrong one, and nothing happens.
func TestALockedAccountAnswersTheSameToEveryPassword(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	b := p.browser(t)
	b.lock("a@example.test")
	p.db.Clock.Move(61 * time.Second)
	before := p.db.Dump(t)
	right := b.post("/login", "email", "a@example.test", "password", password)
	if right.StatusCode != http.StatusUnprocessableEntity || right.Header.Get("Retry-After") != "839" || len(right.Cookies()) != 0 {
		t.Errorf("%s, Retry-After %q, cookies %v", right.Status, right.Header.Get("Retry-After"), right.Cookies())
	}
	page := answerOf(t, right)
	for _, want := range []string{"try again in 14 minutes", "support@example.test", `data-countdown="839"`, `role="alert"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, password := range []string{"some other password", "x", strings.Repeat("x", 500)} {
		if diff := cmp.Diff(page, answerOf(t, b.post("/login", "email", "a@example.test", "password", password))); diff != "" {
			t.Errorf("password %.20q gets another answer:\n%s", password, diff)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("attempts during the lock changed:\n%s", diff)
	}
	p.db.Clock.Move(839 * time.Second)
	b.signIn("a@example.test")
}

// C008, C020: what an address is, shows in no answer: an account, a sign-up that nobody confirmed, nobody. Seven wrong passwords each.
func TestNoAnswerTellsWhatAnAddressIs(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	p.browser(t).register("b@example.test", "0822222222", password)
	story := func(email string) (answers []string) {
		b := p.browser(t)
		for range 7 {
			answer := answerOf(t, b.post("/login", "email", email, "password", "some other password"))
			answers = append(answers, strings.ReplaceAll(answer, email, "ADDRESS"))
		}
		return answers
	}
	want := story("a@example.test")
	for _, email := range []string{"b@example.test", "c@example.test"} {
		if diff := cmp.Diff(want, story(email)); diff != "" {
			t.Errorf("%s differs from an account:\n%s", email, diff)
		}
	}
}

// C012: a lock ends no session, or anybody could sign a merchant out; password prompts inside it are refused, with the same answer for every password.
func TestALockKeepsSessionsAndRefusesTheirPrompts(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	reveal := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	p.browser(t).lock("a@example.test")
	if r := b.get("/sandbox/dashboard"); r.StatusCode != http.StatusOK {
		t.Errorf("the session: %s", r.Status)
	}
	p.db.Clock.Move(auth.ProofLife + time.Millisecond)
	var answers []string
	for _, typed := range []string{password, "some other password"} {
		r := b.post(reveal, proofField, typed)
		if r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a prompt: %s", r.Status)
		}
		answers = append(answers, answerOf(t, r))
	}
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" || !strings.Contains(answers[0], "locked") || strings.Contains(answers[0], "SB-Mid-server-") {
		t.Errorf("right and wrong password differ, or the answer says nothing of the lock:\n%s\n%s", diff, answers[0])
	}
	p.db.Clock.Move(10 * time.Minute)
	if r := b.post(reveal, proofField, password); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "SB-Mid-server-") {
		t.Errorf("after the lock: %s", r.Status)
	}
}

// C016: one password tried on three hundred accounts from one address: a hundred guesses, then 429 with the time to wait; no account is locked by it,
// and others are not kept out. C015: a header changes nothing.
func TestSprayingFromOneAddressIsStopped(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("a@example.test", "0811111111")
	sprayer := p.browser(t)
	sprayer.address = "198.51.100.7"
	refused := 0
	for i := range 300 {
		r := sprayer.request(http.MethodPost, "/login", map[string][]string{"email": {fmt.Sprintf("shop%d@example.test", i)}, "password": {"Jakarta2026!!"}})
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i%250))
		answer := sprayer.send(r)
		if answer.StatusCode != http.StatusTooManyRequests {
			continue
		}
		refused++
		if answer.Header.Get("Retry-After") != "900" || !strings.Contains(body(t, answer), "15 minutes") {
			t.Fatalf("Retry-After %q", answer.Header.Get("Retry-After"))
		}
	}
	if refused != 200 {
		t.Errorf("%d of 300 were refused, want 200", refused)
	}
	p.mails.mu.Lock()
	defer p.mails.mu.Unlock()
	for _, m := range p.mails.sent {
		if m.Kind == outbox.AccountLocked {
			t.Errorf("an account was locked: %+v", m)
		}
	}
	p.browser(t).signIn("a@example.test")
	p.db.Clock.Move(15 * time.Minute)
	sprayer.signIn("a@example.test")
}

// The other limits of rules.md: ten registrations and ten resends per address and hour.
func TestRegistrationsAndResendsAreBoundedByAddress(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	for name, send := range map[string]func(i int) *http.Response{
		"register": func(i int) *http.Response {
			return b.register(fmt.Sprintf("a%d@example.test", i), "0811111111", password)
		},
		"resend": func(int) *http.Response { return b.post("/register/resend", "email", "a@example.test") },
	} {
		for i := range 11 {
			r := send(i)
			if want := map[bool]int{true: http.StatusTooManyRequests, false: http.StatusSeeOther}[i == 10]; r.StatusCode != want {
				t.Errorf("%s number %d: %s, want %d", name, i+1, r.Status, want)
			}
		}
		p.db.Clock.Move(time.Hour)
		if r := send(99); r.StatusCode != http.StatusSeeOther {
			t.Errorf("%s an hour later: %s", name, r.Status)
		}
	}
}
