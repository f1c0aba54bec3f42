package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
)

// requiring is a merchant with two people, the first of whom requires a factor of everybody after so many days.
func requiring(t *testing.T, days string) (p *portal, first, second *browser) {
	t.Helper()
	p = newPortal(t)
	first = p.member(t, "a@example.test", "0811111111")
	p.db.Exec(t, `INSERT INTO people (id, merchant_id, name, email, email_key, phone, roles, language, timezone, theme, password_hash, password_set_at, created_at)
		SELECT 'COLLEAGUE', merchant_id, 'Budi', 'b@example.test', 'b@example.test', '+62822222222', roles, language, timezone, theme, password_hash, password_set_at, created_at
		FROM people WHERE email = 'a@example.test'`)
	second = p.browser(t)
	second.signIn("b@example.test")
	first.enrol()
	wantRedirect(t, "require", first.post(requirePath, "grace", days), securityPath)
	return p, first, second
}

// A second factor is required of everybody by who has one; until then a banner counts down, and the page says since when.
func TestARequirementIsAnnounced(t *testing.T) {
	p, first, second := requiring(t, "7")
	if page := body(t, first.get(securityPath)); !strings.Contains(page, "Required from") || !strings.Contains(page, "Everybody who has none was told") {
		t.Errorf("the page\n%s", page)
	}
	if page := body(t, second.get("/sandbox/dashboard")); !strings.Contains(page, "You have 7 days left") {
		t.Errorf("no banner\n%s", page)
	}
	if page := body(t, first.get("/sandbox/dashboard")); strings.Contains(page, "days left") {
		t.Error("a banner for who has one")
	}
	p.db.Clock.Move(10 * time.Minute)
	wantRedirect(t, "optional again", first.post(requirePath, "require", "no", proofField, password, proofCodeField, p.recoveryCode(t, "a@example.test")), securityPath)
	if page := body(t, second.get("/sandbox/dashboard")); strings.Contains(page, "days left") {
		t.Error("the banner stays")
	}
}

// recoveryCode gives a code of a new set of somebody's.
func (p *portal) recoveryCode(t *testing.T, email string) string {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	mine, err := p.Auth.MyFactors(t.Context(), person.ID)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := p.Auth.NewRecoveryCodes(t.Context(), activity.Actor{Merchant: person.Merchant, Person: person.ID}, "", mine.CodesMark)
	if err != nil {
		t.Fatal(err)
	}
	return codes[0]
}

func TestWhoHasNoFactorCannotRequireOne(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	if page := body(t, b.get(securityPath)); strings.Contains(page, `name="grace"`) || !strings.Contains(page, factorPath) {
		t.Errorf("the page offers it\n%s", page)
	}
	if r := b.post(requirePath, "grace", "0"); r.StatusCode != http.StatusConflict || !strings.Contains(body(t, r), "shut yourself out") {
		t.Errorf("sent all the same: %s", r.Status)
	}
}

// The wall of the second factor, like that of the password (C054): from the moment on nothing answers but what sets one up, whatever the way.
func TestTheFactorWallHasNoWayAround(t *testing.T) {
	p, first, b := requiring(t, "1")
	key := first.keyID()
	p.db.Clock.Move(24*time.Hour - time.Millisecond)
	b.signIn("b@example.test")
	if !b.isSignedIn() {
		t.Fatal("the wall stands too early")
	}
	p.db.Clock.Move(time.Millisecond)
	open := map[string]bool{
		"GET /account/password": true, "POST /account/password": true, "POST /logout": true, "GET /session/check": true, "POST /session/extend": true,
		"GET /password/forgot": true, "POST /password/forgot": true, "GET /password/sent": true, "GET /password/reset": true, "POST /password/reset": true,
		"GET " + alarmPath: true, "POST " + alarmPath: true,
		"GET /static/": true, "GET /healthz": true, "GET /readyz": true, "GET /_dev/inbox": true, "POST /language": true,
		"GET " + factorPath: true, "POST " + enrolPath + "/new": true, "POST " + enrolPath: true, "POST " + codesPath: true, "POST " + passkeysPath: true, "POST " + passkeysPath + "/new": true, "POST " + factorPath + "/{factor}/remove": true,
	}
	before, walked := p.db.Dump(t), 0
	for _, r := range p.table {
		for _, path := range concrete(r.Pattern, key) {
			if open[r.Method+" "+r.Pattern] {
				continue
			}
			walked++
			request := b.request(r.Method, path, nil)
			if r.Method == http.MethodPost {
				request = b.request(r.Method, path, map[string][]string{"merchant_name": {"Toko"}})
			}
			wantRedirect(t, r.Method+" "+path, b.send(request), factorPath)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" || walked < 10 {
		t.Errorf("%d routes walked; they changed:\n%s", walked, diff)
	}
	if page := body(t, b.get(factorPath)); !strings.Contains(page, "nothing else opens") || !strings.Contains(page, "/logout") {
		t.Errorf("the page behind the wall\n%s", page)
	}
	if _, r := b.enrol(); r.StatusCode != http.StatusOK || !b.isSignedIn() {
		t.Errorf("with a factor: %s, in: %t", r.Status, b.isSignedIn())
	}
}

// The wall of the password comes first: a factor is set up with a password that counts.
func TestThePasswordWallComesFirst(t *testing.T) {
	p, _, b := requiring(t, "0")
	wantRedirect(t, "the factor's", b.get("/sandbox/dashboard"), factorPath)
	p.db.Exec(t, `UPDATE people SET password_set_at = $1`, p.db.Clock.Now().Add(-p.Rules.PasswordMaxAge).UnixMilli())
	p.db.Exec(t, `UPDATE merchants SET generation = generation + 7`)
	for _, path := range []string{"/sandbox/dashboard", factorPath} {
		wantRedirect(t, "the password's, at "+path, b.get(path), passwordPath)
	}
	wantRedirect(t, "a new password", b.change(password, nextPassword), passwordPath)
	wantRedirect(t, "then the factor's", b.get("/sandbox/dashboard"), factorPath)
}

// Boundary of what is strong, as auth has it: for who has no factor the password is enough.
func TestStrongIsThePasswordAloneForWhoHasNoFactor(t *testing.T) {
	p := newPortal(t)
	strongSettings(p)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(auth.ProofLife + time.Millisecond)
	asked := b.post("/sandbox/settings/general", "merchant_name", "Toko")
	if page := body(t, asked); !strings.Contains(page, proofField) || strings.Contains(page, proofCodeField) {
		t.Errorf("it asks for another thing\n%s", page)
	}
	wantRedirect(t, "the password", b.post("/sandbox/settings/general", "merchant_name", "Toko", proofField, password), "/sandbox/settings/general")
}
