package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
)

// refusingSessions refuses each request with an error.
type refusingSessions struct {
	Sessions
	err error
}

// FindCtx implements scs.CtxStore.
func (s refusingSessions) FindCtx(context.Context, string) ([]byte, bool, error) {
	return nil, false, s.err
}

// refusal asks for a page and gives how the portal answers err.
func refusal(t *testing.T, language string, err error) (answer *http.Response, page, log string) {
	t.Helper()
	p := newPortal(t, func(o *Options) { o.Sessions = refusingSessions{o.Sessions, err} })
	b := p.browser(t)
	b.cookies[sessionCookie] = "some-token"
	r := b.request(http.MethodGet, "/sandbox/dashboard", nil)
	r.Header.Set("Accept-Language", language)
	answer = b.send(r)
	return answer, body(t, answer), p.log.String()
}

// C016: who comes too often gets a 429 that says when to come again, in both languages, and one line in the log.
func TestTooManyAttemptsAreA429ThatSaysWhen(t *testing.T) {
	now := time.Date(2026, time.May, 4, 8, 0, 0, 0, time.UTC)
	throttle := auth.NewThrottle(1, 12*time.Minute, func() time.Time { return now })
	if _, err := throttle.Take("192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute/2 + time.Millisecond)
	_, err := throttle.Take("192.0.2.1")
	for language, sentences := range map[string][]string{
		"en": {"Too many attempts", "Try again in 12 minutes."},
		"id": {"Terlalu banyak percobaan", "Coba lagi dalam 12 menit."},
	} {
		answer, page, log := refusal(t, language, err)
		if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "690" {
			t.Errorf("%s: %s, Retry-After %q", language, answer.Status, answer.Header.Get("Retry-After"))
		}
		for _, sentence := range sentences {
			if !strings.Contains(page, sentence) {
				t.Errorf("%s: the page lacks %q\n%s", language, sentence, page)
			}
		}
		if strings.Count(log, "\n") != 1 || !strings.Contains(log, "status=429") {
			t.Errorf("%s: the log has not one line about it:\n%s", language, log)
		}
	}
}

// Whoever waits as long as Retry-After says is not refused for the same reason again.
func TestRetryAfterIsRoundedUp(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2", 90*time.Second - 1: "90", time.Hour: "3600",
	} {
		for _, kind := range []fault.Kind{fault.TooMany, fault.Unavailable} {
			answer, _, _ := refusal(t, "en", &fault.Error{Kind: kind, RetryAfter: wait})
			if got := answer.Header.Get("Retry-After"); got != want {
				t.Errorf("%s of kind %d: Retry-After %q, want %q", wait, kind, got, want)
			}
		}
	}
}
