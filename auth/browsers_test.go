package auth_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

// A sign-in from a browser that somebody never used before is told to them, once; the very first one is no news, and a wrong password tells nothing.
func TestASignInFromANewBrowserIsToldOnce(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.member(t, "b@example.test", "0822222222", goodPassword)
	from := func(email, browser, password string) {
		r.SignIn(t.Context(), email, password, auth.Visitor{Address: "192.0.2.1", Browser: browser}) //nolint:errcheck // what it mails is looked at
	}
	for _, step := range []struct {
		email, browser, password string
		want                     int
	}{
		{"a@example.test", "Chrome on Windows", goodPassword, 0},
		{"a@example.test", "Chrome on Windows", goodPassword, 0},
		{"a@example.test", "Firefox on Linux", wrongPassword, 0},
		{"a@example.test", "Firefox on Linux", goodPassword, 1},
		{"a@example.test", "Firefox on Linux", goodPassword, 1},
		{"b@example.test", "Safari on iOS", goodPassword, 1},
		{"a@example.test", "Safari on iOS", goodPassword, 2},
	} {
		from(step.email, step.browser, step.password)
		if got := r.box.mails(outbox.NewBrowser); got != step.want {
			t.Errorf("after %s with %s: %d mails, want %d", step.email, step.browser, got, step.want)
		}
	}
	told := r.box.sent[len(r.box.sent)-1]
	if told.To != "a@example.test" || told.Browser != "Safari on iOS" || told.Address != "192.0.2.1" || told.At != storetest.Start.UnixMilli() {
		t.Errorf("told: %+v", told)
	}
}

// At the same moment on three nodes it is one new browser, and all sign-ins succeed; of many browsers the newest fifty are remembered.
func TestANewBrowserIsOneOnEveryNode(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	if _, _, err := r.SignIn(t.Context(), "a@example.test", goodPassword, auth.Visitor{Browser: "Chrome on Windows"}); err != nil {
		t.Fatal(err)
	}
	nodes := []*auth.Service{r.Service, r.node(t), r.node(t)}
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			_, _, err := nodes[i%3].SignIn(t.Context(), "a@example.test", goodPassword, auth.Visitor{Browser: "Firefox on Linux"})
			wants(t, "sign in", err, nil)
		})
	}
	wg.Wait()
	if n := r.box.mails(outbox.NewBrowser); n != 1 {
		t.Errorf("%d mails about one new browser", n)
	}
	p := r.person(t, "a@example.test").ID
	for i := range 60 {
		r.db.Clock.Move(time.Second)
		if _, err := r.Browsers.Add(t.Context(), p, fmt.Sprintf("Browser %d", i), r.db.Clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if known, err := r.Browsers.Of(t.Context(), p); err != nil || len(known) != 50 {
		t.Errorf("%d browsers are remembered, %v", len(known), err)
	}
}
