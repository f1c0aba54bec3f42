package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/store/storetest"
)

// phone is somebody's authenticator.
type phone struct {
	p      *portal
	secret string
	codes  []string // recovery codes
}

// code gives the code of the step so many after the present one.
func (a phone) code(t testing.TB, after int64) string {
	t.Helper()
	step := a.p.db.Clock.Now().Unix()/30 + after
	code, err := hotp.GenerateCodeCustom(strings.ReplaceAll(a.secret, " ", ""), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrong is a code that does not count now.
func (a phone) wrong(t testing.TB) string {
	t.Helper()
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if code != a.code(t, -1) && code != a.code(t, 0) && code != a.code(t, 1) {
			return code
		}
	}
	t.Fatal("no wrong code")
	return ""
}

// withFactor gives a member an authenticator, whose present code was not used yet.
func (p *portal) withFactor(t testing.TB, email string) phone {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	e, err := p.Auth.NewAuthenticator(auth.Identity{Person: person.ID, Email: email, Merchant: person.Merchant}, "Portal")
	if err != nil {
		t.Fatal(err)
	}
	a := phone{p: p, secret: e.Secret}
	who := activity.Actor{Merchant: person.Merchant, Person: person.ID}
	if a.codes, err = p.Auth.AddAuthenticator(t.Context(), who, "", e.Sealed, a.code(t, 0)); err != nil {
		t.Fatal(err)
	}
	p.db.Clock.Move(time.Minute)
	return a
}

// firstStep types the right password.
func (b *browser) firstStep(email string) {
	b.t.Helper()
	wantRedirect(b.t, "the right password", b.post("/login", "email", email, "password", password), codePath)
}

// A right password alone opens nothing and leaves no row: what waits for the code is in the browser. With the code the log-in goes on to where it was going.
func TestLoggingInTakesTwoSteps(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	b := p.browser(t)
	before := storetest.Count(p.db.Dump(t), "sessions")
	wantRedirect(t, "first step", b.post("/login", "email", "a@example.test", "password", password, "next", "/account/profile"), codePath+"?next=%2Faccount%2Fprofile")
	if b.isSignedIn() || storetest.Count(p.db.Dump(t), "sessions") != before {
		t.Error("the first step opened a session")
	}
	if page := body(t, b.get(codePath+"?next=%2Faccount%2Fprofile")); !strings.Contains(page, `autocomplete="one-time-code"`) || !strings.Contains(page, `value="/account/profile"`) {
		t.Errorf("the page asks for no code\n%s", page)
	}
	wrong := b.post(codePath, "code", a.wrong(t), "next", "/account/profile")
	if page := body(t, wrong); wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "recovery code") || strings.Contains(page, a.wrong(t)) || b.isSignedIn() {
		t.Errorf("a wrong code: %s\n%s", wrong.Status, page)
	}
	right := b.post(codePath, "code", a.code(t, 0), "next", "/account/profile")
	wantRedirect(t, "the right code", right, "/login/done?next=%2Faccount%2Fprofile")
	if !b.isSignedIn() || b.cookies[pendingCookie] != "" {
		t.Errorf("signed in: %t, the first step is left: %q", b.isSignedIn(), b.cookies[pendingCookie])
	}
}

// C034: a form that a session's end cut off comes back after both steps.
func TestAFormThatWasCutOffComesBackAfterBothSteps(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	_, sealed := b.late("merchant_name", "Toko Bunga")
	page := body(t, b.post("/login", "email", "a@example.test", "password", password, "sealed", sealed))
	if !strings.Contains(page, `action="`+codePath+`"`) || !strings.Contains(page, sealed) {
		t.Fatalf("the second step does not carry the form\n%s", page)
	}
	r := b.post(codePath, "code", a.code(t, 0), "sealed", sealed)
	if !strings.Contains(r.Header.Get("Location"), "kept%3D") {
		t.Errorf("goes on to %s", r.Header.Get("Location"))
	}
}

// C128: the lock shows at the second step as at the first.
func TestFiveWrongCodesShowTheLock(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	b := p.browser(t)
	for i := range 5 {
		b.firstStep("a@example.test")
		r := b.post(codePath, "code", a.wrong(t))
		if locked := r.Header.Get("Retry-After") != "" && strings.Contains(body(t, r), "data-countdown"); locked != (i == 4) {
			t.Errorf("wrong code %d shows a lock: %t", i+1, locked)
		}
	}
}

// Who comes too late, or with nothing, begins again and is told why.
func TestASecondStepWithoutAFirstBeginsAgain(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	b := p.browser(t)
	b.firstStep("a@example.test")
	p.db.Clock.Move(auth.PendingLife)
	pending := b.cookies[pendingCookie]
	for _, ask := range []func() *http.Response{
		func() *http.Response { return b.get(codePath) },
		func() *http.Response { return b.post(codePath, "code", a.code(t, 0)) },
	} {
		b.cookies[pendingCookie] = pending
		r := ask()
		if page := body(t, r); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `action="/login"`) || !strings.Contains(page, "log in again") || b.cookies[pendingCookie] != "" {
			t.Errorf("too late: %s\n%s", r.Status, page)
		}
	}
	wantRedirect(t, "with nothing", p.browser(t).get(codePath), "/login/done?next=")
}

// strongSettings makes saving General Settings ask for both.
func strongSettings(p *portal) {
	for i, r := range p.table {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Pattern, "/settings/general") {
			p.table[i].Fresh, p.table[i].Strong = "reveal.title", true
		}
	}
	p.handler = p.Handler()
}

// C130: what is strong asks for password and code in one form, and goes on when both are right; up to exactly five minutes both are fresh.
func TestAStrongRouteAsksForPasswordAndCode(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	strongSettings(p)
	b := p.browser(t)
	b.firstStep("a@example.test")
	b.post(codePath, "code", a.code(t, 0))
	const path = "/sandbox/settings/general"
	p.db.Clock.Move(auth.ProofLife)
	wantRedirect(t, "both shown at log-in", b.post(path, "merchant_name", "Toko"), path)
	p.db.Clock.Move(time.Millisecond)
	before, token := p.db.Dump(t), b.cookies[sessionCookie]
	asked := b.post(path, "merchant_name", "Toko Bunga")
	if page := body(t, asked); !strings.Contains(page, proofField) || !strings.Contains(page, proofCodeField) || !strings.Contains(page, "Toko Bunga") {
		t.Errorf("it asks for less\n%s", page)
	}
	for name, fields := range map[string][]string{
		"password alone": {proofField, password}, "no password": {proofField, "", proofCodeField, a.code(t, 0)},
	} {
		if r := b.post(path, append(fields, "merchant_name", "Toko Bunga")...); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("it changed before both were shown:\n%s", diff)
	}
	for name, fields := range map[string][]string{
		"wrong code": {proofField, password, proofCodeField, a.wrong(t)}, "wrong password": {proofField, "nonsense", proofCodeField, a.code(t, 0)},
	} {
		r := b.post(path, append(fields, "merchant_name", "Toko Bunga")...)
		if page := body(t, r); r.StatusCode != http.StatusUnprocessableEntity || strings.Contains(page, a.wrong(t)) || strings.Contains(page, a.code(t, 0)) {
			t.Errorf("%s: %s\n%s", name, r.Status, page)
		}
	}
	wantRedirect(t, "both", b.post(path, "version", "1", "merchant_name", "Toko Bunga", proofField, password, proofCodeField, a.code(t, 0)), path)
	if b.cookies[sessionCookie] == token {
		t.Error("the token is the old one (C027)")
	}
	wantRedirect(t, "at once again", b.post(path, "version", "2", "merchant_name", "Toko Lain"), path)
}

// C130: a password alone, typed lately for something else, is not enough for what is strong.
func TestAFreshPasswordAloneIsNotStrong(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	strongSettings(p)
	b := p.browser(t)
	b.firstStep("a@example.test")
	b.post(codePath, "code", a.code(t, 0))
	reveal := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	p.db.Clock.Move(auth.ProofLife + time.Millisecond)
	if r := b.post(reveal, proofField, password); r.StatusCode != http.StatusOK {
		t.Fatalf("what the password alone is enough for: %s", r.Status)
	}
	asked := b.post("/sandbox/settings/general", "merchant_name", "Toko")
	if page := body(t, asked); asked.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, proofCodeField) {
		t.Errorf("what is strong: %s\n%s", asked.Status, page)
	}
}

// C084: a password counts from when it was typed, not from the code that came long after it.
func TestAPasswordIsAsOldAsItsTyping(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	b := p.browser(t)
	b.firstStep("a@example.test")
	p.db.Clock.Move(4 * time.Minute)
	b.post(codePath, "code", a.code(t, 0))
	reveal := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	p.db.Clock.Move(time.Minute)
	if r := b.post(reveal); r.StatusCode != http.StatusOK {
		t.Errorf("five minutes after the password: %s", r.Status)
	}
	p.db.Clock.Move(time.Millisecond)
	if r := b.post(reveal); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("later: %s", r.Status)
	}
}
