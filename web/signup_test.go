package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

// C019: a new portal has nobody in it.
func TestANewPortalHasNoAccount(t *testing.T) {
	p := newPortal(t)
	for _, table := range []string{"people", "merchants", "sessions", "registrations", "access_keys"} {
		if n := storetest.Count(p.db.Dump(t), table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

// C023: signing up with a taken address looks the same as with a free one; its owner gets a mail.
func TestATakenAddressLooksTheSame(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("taken@example.test", "0811111111")
	free := p.browser(t).register("free@example.test", "0822222222", password)
	people := storetest.Count(p.db.Dump(t), "people")
	taken := p.browser(t).register("Taken@Example.test", "0833333333", password)
	if free.StatusCode != taken.StatusCode || free.Header.Get("Location") != taken.Header.Get("Location") || body(t, free) != body(t, taken) {
		t.Errorf("free: %s, taken: %s", free.Status, taken.Status)
	}
	if len(free.Cookies()) != 1 || len(taken.Cookies()) != 1 || free.Cookies()[0].Name != taken.Cookies()[0].Name {
		t.Errorf("cookies differ: %v and %v", free.Cookies(), taken.Cookies())
	}
	if m := p.mails.last(t); m.Kind != outbox.AlreadyRegistered || m.To != "taken@example.test" || m.Token != "" {
		t.Errorf("the owner got %+v", m)
	}
	dump := p.db.Dump(t)
	if storetest.Count(dump, "people") != people || strings.Contains(strings.Join(dump, "\n"), "+6233333333") {
		t.Error("the second sign-up left something")
	}
}

// rules.md, Registration: a stranger who signs up with my address cannot use my click.
func TestInAnotherBrowserTheConfirmationAsksForThePassword(t *testing.T) {
	p := newPortal(t)
	p.browser(t).register("a@example.test", "0811111111", password)
	link := "/register/confirm?token=" + p.mails.last(t).Token
	owner := p.browser(t)
	owner.get(link)
	if page := body(t, owner.get("/register/confirm")); !strings.Contains(page, `name="password"`) {
		t.Error("the page does not ask for the password")
	}
	for _, wrong := range []string{"", "another password altogether"} {
		if r := owner.post("/register/confirm", "password", wrong); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("password %q: %s", wrong, r.Status)
		}
	}
	if n := storetest.Count(p.db.Dump(t), "people"); n != 0 {
		t.Fatal("somebody was made without the password")
	}
	if r := owner.post("/register/confirm", "password", password); r.StatusCode != http.StatusSeeOther {
		t.Errorf("right password: %s", r.Status)
	}
	if r := owner.post("/register/confirm", "password", password); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("second time: %s", r.Status)
	}
}

func TestConfirmationMakesTheMerchantWhole(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	b.signUp("a@example.test", "0811111111")
	dump := p.db.Dump(t)
	for table, want := range map[string]int{"merchants": 1, "people": 1, "environments": 2, "access_keys": 2, "registrations": 0, "registration_links": 0, "activity": 2} {
		if got := storetest.Count(dump, table); got != want {
			t.Errorf("%s: %d rows, want %d", table, got, want)
		}
	}
	// C091: Production has no keys before it is active.
	if strings.Contains(strings.Join(dump, "\n"), "access_keys id") && regexp.MustCompile(`access_keys .*environment=production`).MatchString(strings.Join(dump, "\n")) {
		t.Error("there are Production keys")
	}
	b.signIn("a@example.test")
	if page := body(t, b.get("/production/settings/access-keys")); !strings.Contains(page, "No Production keys yet") || strings.Contains(page, "Mid-server-") {
		t.Error("the Production page does not say why it has no keys")
	}
}

func TestUnconfirmedShowsOnlyAfterTheRightPassword(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	b.register("a@example.test", "0811111111", password)
	const hint = "not confirmed yet"
	if page := body(t, b.post("/login", "email", "a@example.test", "password", password)); !strings.Contains(page, hint) {
		t.Error("the right password does not lead on")
	}
	wrong := body(t, b.post("/login", "email", "a@example.test", "password", "some other password"))
	unknown := body(t, b.post("/login", "email", "x@example.test", "password", "some other password"))
	if strings.Contains(wrong, hint) || wrong != strings.ReplaceAll(unknown, "x@example.test", "a@example.test") {
		t.Error("a wrong password tells that the address is registered")
	}
}

// C106: nothing that is typed becomes a header or another receiver of a mail.
func TestAddressesCarryNothingElse(t *testing.T) {
	p := newPortal(t)
	for _, address := range []string{
		"a@example.test\r\nBcc: b@example.test", "a@example.test,b@example.test", "Sari <a@example.test>", "a@example.test\n", "\"a b\"@example.test", "a@b", "a@[127.0.0.1]",
		"a@example.test\x00", "a b@example.test", "a@exam\u202eple.test", strings.Repeat("a", 250) + "@example.test",
	} {
		if r := p.browser(t).register(address, "0811111111", password); r.StatusCode != http.StatusUnprocessableEntity && strings.TrimSpace(address) != "a@example.test" {
			t.Errorf("%q: %s", address, r.Status)
		}
	}
	for _, m := range p.mails.sent {
		if m.To != "a@example.test" {
			t.Errorf("a mail goes to %q", m.To)
		}
	}
}

// C004, C009: the confirmation page says what is wrong with the password, beside the field: missing, wrong, or the fifth wrong one, after which
// the right one gets the same answer as any other.
func TestTheConfirmationSaysWhatIsWrongWithThePassword(t *testing.T) {
	p := newPortal(t)
	p.browser(t).register("a@example.test", "0811111111", password)
	b := p.browser(t)
	b.get("/register/confirm?token=" + p.mails.last(t).Token)
	const another = "another password altogether"
	var last string
	for i, tt := range []struct{ password, want string }{
		{"", "Please fill this in."},
		{another, "not the right password"},
		{another, "not the right password"},
		{another, "not the right password"},
		{another, "not the right password"},
		{another, "Too many wrong passwords"},
		{another, "Too many wrong passwords"},
		{password, "Too many wrong passwords"},
	} {
		page := answerOf(t, b.post("/register/confirm", "password", tt.password))
		if !strings.Contains(page, tt.want) || !strings.Contains(page, `name="password"`) {
			t.Errorf("answer %d lacks %q or the field:\n%s", i, tt.want, page)
		}
		if tt.password == password && page != last {
			t.Error("the right password gets another answer during the lock")
		}
		last = page
	}
}
