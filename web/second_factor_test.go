package web

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/outbox"
)

// fieldValue gives the value of a field of a page.
func fieldValue(t testing.TB, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no field %s\n%s", name, page)
	}
	return html.UnescapeString(found[1])
}

// shownCodes are the recovery codes on a page.
func shownCodes(page string) []string {
	return regexp.MustCompile(`\d{5}(?:-\d{5}){3}`).FindAllString(page, -1)
}

var setupKey = regexp.MustCompile(`id="setup-key">([A-Z2-7 ]+)<`)

// enrol sets an authenticator up through the pages, and gives the answer with the recovery codes.
func (b *browser) enrol() (phone, *http.Response) {
	b.t.Helper()
	page := body(b.t, b.post(enrolPath+"/new"))
	found := setupKey.FindStringSubmatch(page)
	if found == nil {
		b.t.Fatalf("no key to type\n%s", page)
	}
	a := phone{p: b.p, secret: found[1]}
	answer := b.post(enrolPath, "authenticator", fieldValue(b.t, page, "authenticator"), "code", a.code(b.t, 0))
	return a, answer
}

// C129, C130: the way through the pages: QR code and key, a first code, ten recovery codes that no reload shows again, the session with another token.
func TestAnAuthenticatorIsSetUp(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	if page := body(t, b.get(factorPath)); !strings.Contains(page, `action="`+enrolPath+`/new"`) || strings.Contains(page, codesPath) {
		t.Errorf("the page of who has none\n%s", page)
	}
	page := body(t, b.post(enrolPath+"/new"))
	if !strings.Contains(page, `<path d="M`) || !setupKey.MatchString(page) || strings.Contains(page, "data:") {
		t.Errorf("the QR code\n%s", page)
	}
	sealed := fieldValue(t, page, "authenticator")
	wrong := b.post(enrolPath, "authenticator", sealed, "code", "000000")
	if again := body(t, wrong); wrong.StatusCode != http.StatusUnprocessableEntity || setupKey.FindString(again) != setupKey.FindString(page) || !strings.Contains(again, `id="code-error"`) {
		t.Errorf("a wrong first code: %s\n%s", wrong.Status, again)
	}
	token := b.cookies[sessionCookie]
	a := phone{p: p, secret: setupKey.FindStringSubmatch(page)[1]}
	fields := []string{"authenticator", sealed, "code", a.code(t, 0)}
	right := b.post(enrolPath, fields...)
	codes := shownCodes(body(t, right))
	if right.StatusCode != http.StatusOK || len(codes) != 10 || right.Header.Get("Cache-Control") != "no-store" || b.cookies[sessionCookie] == token {
		t.Fatalf("a right first code: %s, %d codes, the token changed: %t", right.Status, len(codes), b.cookies[sessionCookie] != token)
	}
	if p.mails.last(t).Kind != outbox.AuthenticatorAdded {
		t.Errorf("the mail: %+v", p.mails.last(t))
	}
	before := p.db.Dump(t)
	p.db.Clock.Move(time.Minute)
	reload := b.post(enrolPath, append(fields[:3:3], a.code(t, 0))...)
	if reload.StatusCode != http.StatusConflict || len(shownCodes(body(t, reload))) != 0 {
		t.Errorf("a reload: %s", reload.Status)
	}
	if page := body(t, b.get(factorPath)); len(shownCodes(page)) != 0 || !strings.Contains(page, "Unused codes: 10") || strings.Contains(page, a.secret) {
		t.Errorf("the page of who has one\n%s", page)
	}
	if diff := cmp.Diff(withoutActivity(before), withoutActivity(p.db.Dump(t))); diff != "" {
		t.Errorf("the reload changed:\n%s", diff)
	}
}

// withoutActivity leaves out what every request may write.
func withoutActivity(dump []string) (lines []string) {
	for _, line := range dump {
		if !strings.HasPrefix(line, "sessions ") && !strings.HasPrefix(line, "password_locks ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// A QR code that waited too long is replaced by another one, with the reason.
func TestAQRCodeThatWaitedTooLongIsReplaced(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	page := body(t, b.post(enrolPath+"/new"))
	a := phone{p: p, secret: setupKey.FindStringSubmatch(page)[1]}
	p.db.Clock.Move(10 * time.Minute)
	b.get(factorPath)
	p.db.Clock.Move(5 * time.Minute)
	r := b.post(enrolPath, "authenticator", fieldValue(t, page, "authenticator"), "code", a.code(t, 0), proofField, password)
	again := body(t, r)
	if r.StatusCode != http.StatusConflict || setupKey.FindString(again) == setupKey.FindString(page) || !strings.Contains(again, "too old") {
		t.Errorf("%s\n%s", r.Status, again)
	}
}

// C129: new recovery codes need password and factor, are shown once, and the page sent again makes none.
func TestNewRecoveryCodesAreShownOnce(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	a, _ := b.enrol()
	mark := fieldValue(t, body(t, b.get(factorPath)), "mark")
	p.db.Clock.Move(auth.ProofLife + time.Minute)
	if page := body(t, b.post(codesPath, "mark", mark)); !strings.Contains(page, proofCodeField) || len(shownCodes(page)) != 0 {
		t.Errorf("it asks for nothing\n%s", page)
	}
	fields := []string{"mark", mark, proofField, password, proofCodeField, a.code(t, 0)}
	if codes := shownCodes(body(t, b.post(codesPath, fields...))); len(codes) != 10 {
		t.Errorf("%d codes", len(codes))
	}
	wantRedirect(t, "sent again", b.post(codesPath, fields...), factorPath)
	if page := body(t, b.get(factorPath)); !strings.Contains(page, "made already") {
		t.Errorf("it does not say why there are none\n%s", page)
	}
}

// Who has few recovery codes left is told, after the log-in that used one and on the page.
func TestFewRecoveryCodesAreSaid(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	a := p.withFactor(t, "a@example.test")
	b := p.browser(t)
	for i, code := range a.codes[:7] {
		b.firstStep("a@example.test")
		if r := b.post(codePath, "code", code); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("code %d: %s", i, r.Status)
		}
		page := body(t, b.get("/sandbox/dashboard"))
		if said := regexp.MustCompile(`<div class="notice" role="status">.*?<p>You have few recovery codes left`).MatchString(page); said != (i == 6) {
			t.Errorf("after %d codes it is said: %t", i+1, said)
		}
	}
	if page := body(t, b.get(factorPath)); !strings.Contains(page, "Unused codes: 3. Make new ones") {
		t.Errorf("the page\n%s", page)
	}
}

// C130: removing asks for both, says what it did, and another one's factor is not there (C093).
func TestAFactorIsRemovedWithPasswordAndCode(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	a, _ := b.enrol()
	other := p.member(t, "b@example.test", "0822222222")
	remove := regexpIn(t, factorPath+`/[A-Z0-9]+/remove`, body(t, b.get(factorPath)))
	other.enrol()
	if r := other.post(remove); r.StatusCode != http.StatusNotFound {
		t.Errorf("by somebody else: %s", r.Status)
	}
	p.db.Clock.Move(auth.ProofLife + time.Minute)
	if page := body(t, b.post(remove, proofField, password)); !strings.Contains(page, proofCodeField) {
		t.Errorf("it asks for no code\n%s", page)
	}
	wantRedirect(t, "with both", b.post(remove, proofField, password, proofCodeField, a.code(t, 0)), factorPath)
	if page := body(t, b.get(factorPath)); !strings.Contains(page, "was removed") || !strings.Contains(page, enrolPath+"/new") {
		t.Errorf("afterwards\n%s", page)
	}
	p.browser(t).signIn("a@example.test")
}

// C115: neither the secret nor a code, of whatever kind, stands in the log.
func TestNoCodeIsLogged(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	a, answer := b.enrol()
	codes := shownCodes(body(t, answer))
	p.db.Clock.Move(time.Minute)
	canaries := append([]string{a.secret, strings.ReplaceAll(a.secret, " ", ""), a.code(t, 0), "918273"}, codes...)
	b.firstStep("a@example.test")
	b.post(codePath, "code", "918273")
	b.post(codePath, "code", codes[0])
	b.firstStep("a@example.test")
	b.post(codePath, "code", a.code(t, 0))
	p.db.Clock.Move(auth.ProofLife + time.Minute)
	b.post(codesPath, proofField, password, proofCodeField, codes[1])
	said := p.log.String() + strings.Join(p.db.Dump(t), "\n")
	for _, canary := range canaries {
		if strings.Contains(said, canary) {
			t.Errorf("%q is in the log or in the database", canary)
		}
	}
}
