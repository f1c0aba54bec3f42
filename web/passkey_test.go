package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/passkeytest"
)

// withPasskey gives a member a passkey on a device.
func (p *portal) withPasskey(t testing.TB, email string) *passkeytest.Device {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	who := activity.Actor{Merchant: person.Merchant, Person: person.ID}
	asked, err := p.Auth.NewPasskey(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	d := passkeytest.New(t, host)
	if _, err := p.Auth.AddPasskey(t.Context(), who, "", "Laptop", auth.PasskeyAnswer{Ceremony: asked.Ceremony, Response: d.Make(asked.Options)}); err != nil {
		t.Fatal(err)
	}
	return d
}

// shown asks as the script does, and gives the fields that it fills in.
func (b *browser) shown(d *passkeytest.Device, path, prefix string) []string {
	b.t.Helper()
	answer := b.get(path)
	text := body(b.t, answer)
	var asked auth.PasskeyRequest
	if err := json.Unmarshal([]byte(text), &asked); err != nil || answer.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s, %v\n%s", path, answer.Status, err, text)
	}
	return []string{prefix + ceremonyField, asked.Ceremony, prefix + passkeyField, d.Show(asked.Options)}
}

// A passkey logs in without a password, and goes on to where the log-in was going; what asks for the password again does so.
func TestLoggingInWithAPasskey(t *testing.T) {
	p := newPortal(t)
	member := p.member(t, "a@example.test", "0811111111")
	key := member.keyID()
	d := p.withPasskey(t, "a@example.test")
	b := p.browser(t)
	if page := body(t, b.get("/login")); !strings.Contains(page, `formaction="`+passkeyLoginPath+`"`) || !strings.Contains(page, `data-passkey="https://`+host+`"`) {
		t.Errorf("the page offers none\n%s", page)
	}
	r := b.post(passkeyLoginPath, append(b.shown(d, passkeyLoginPath, ""), "next", "/account/profile")...)
	wantRedirect(t, "log-in", r, "/login/done?next=%2Faccount%2Fprofile")
	if !b.isSignedIn() {
		t.Fatal("not signed in")
	}
	reveal := b.post("/sandbox/settings/access-keys/" + key + "/reveal")
	if page := body(t, reveal); reveal.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, proofField) {
		t.Errorf("a key is revealed without a password: %s", reveal.Status)
	}
	_, sealed := member.late("merchant_name", "Toko Bunga")
	r = b.post(passkeyLoginPath, append(b.shown(d, passkeyLoginPath, ""), "sealed", sealed)...)
	if !strings.Contains(r.Header.Get("Location"), "kept%3D") {
		t.Errorf("the form that was cut off is lost: %s to %s", r.Status, r.Header.Get("Location"))
	}
}

// C010, C131: a passkey that is not accepted says so on the login page, which keeps what it carried; during a lock it says what a password is told.
func TestAPasskeyThatIsNotAcceptedSaysSo(t *testing.T) {
	p := newPortal(t)
	_, sealed := p.member(t, "a@example.test", "0811111111").late("merchant_name", "Toko Bunga")
	d := p.withPasskey(t, "a@example.test")
	b := p.browser(t)
	right := d.Key
	d.Key = passkeytest.New(t, host).Key
	for range auth.DocumentedRules().LockoutFailures - 1 {
		r := b.post(passkeyLoginPath, append(b.shown(d, passkeyLoginPath, ""), "next", "/account/profile", "sealed", sealed)...)
		page := body(t, r)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "was not accepted") || !strings.Contains(page, sealed) || !strings.Contains(page, `value="/account/profile"`) || b.isSignedIn() {
			t.Fatalf("%s\n%s", r.Status, page)
		}
	}
	for _, key := range []bool{false, true} {
		if key {
			d.Key = right
		}
		r := b.post(passkeyLoginPath, append(b.shown(d, passkeyLoginPath, ""), "sealed", sealed)...)
		if page := body(t, r); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "data-countdown") || !strings.Contains(page, sealed) || b.isSignedIn() {
			t.Errorf("during the lock: %s\n%s", r.Status, page)
		}
	}
	if r := b.post(passkeyLoginPath); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, r), "was not accepted") {
		t.Errorf("nothing at all: %s", r.Status)
	}
}

// A passkey is the second step after a right password. Who has none is not offered one.
func TestAPasskeyIsTheSecondStep(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	p.member(t, "b@example.test", "0822222222")
	d := p.withPasskey(t, "a@example.test")
	p.withFactor(t, "b@example.test")
	b, other := p.browser(t), p.browser(t)
	other.firstStep("b@example.test")
	if page := body(t, other.get(codePath)); strings.Contains(page, passkeyStepPath) {
		t.Error("a passkey is offered to who has none")
	}
	if r := other.get(passkeyStepPath); r.StatusCode != http.StatusNotFound {
		t.Errorf("and asked for: %s", r.Status)
	}
	b.firstStep("a@example.test")
	if page := body(t, b.get(codePath)); !strings.Contains(page, `formaction="`+passkeyStepPath+`"`) {
		t.Errorf("no passkey is offered\n%s", page)
	}
	d.Flags = passkeytest.Present
	if r := b.post(passkeyStepPath, b.shown(d, passkeyStepPath, "")...); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, r), "was not accepted") || b.isSignedIn() {
		t.Errorf("without verification: %s", r.Status)
	}
	d.Flags |= passkeytest.Verified
	wantRedirect(t, "the passkey", b.post(passkeyStepPath, append(b.shown(d, passkeyStepPath, ""), "next", "/account/profile")...), "/login/done?next=%2Faccount%2Fprofile")
	if !b.isSignedIn() {
		t.Error("not signed in")
	}
	if r := p.browser(t).post(passkeyStepPath); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a first step: %s", r.Status)
	}
}

var hiddenOf = regexp.MustCompile(`data-options="([^"]*)"[\s\S]*name="ceremony" value="([^"]*)"`)

// C130: adding and removing a passkey need the password and a present factor, shown lately, in one attempt; nothing changes before.
func TestAddingAndRemovingAPasskeyNeedEverythingThereIsToShow(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	d := p.withPasskey(t, "a@example.test")
	mine, err := p.Auth.MyFactors(t.Context(), ids.PersonID(p.personID(t, "a@example.test")))
	if err != nil {
		t.Fatal(err)
	}
	remove := factorPath + "/" + string(mine.Factors[0].ID) + "/remove"
	before := p.db.Dump(t)
	for _, path := range []string{passkeysPath + "/new", passkeysPath, remove} {
		r := b.post(path, "name", "Phone")
		if page := body(t, r); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, proofField) || !strings.Contains(page, proofCodeField) || !strings.Contains(page, `data-ask="`+passkeyProofPath+`"`) {
			t.Errorf("%s: %s\n%s", path, r.Status, page)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	if r := b.post(remove, proofField, password); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the password alone: %s", r.Status)
	}
	if r := b.post(remove, append(b.shown(d, passkeyProofPath, "proof_"), proofField, "not the password")...); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the passkey alone: %s", r.Status)
	}
	r := b.post(passkeysPath+"/new", append(b.shown(d, passkeyProofPath, "proof_"), proofField, password)...)
	found := hiddenOf.FindStringSubmatch(body(t, r))
	if r.StatusCode != http.StatusOK || found == nil {
		t.Fatalf("with both: %s", r.Status)
	}
	if r := b.post(passkeysPath, "name", "", ceremonyField, found[2], passkeyField, passkeytest.New(t, host).Make([]byte(html.UnescapeString(found[1])))); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %s", r.Status)
	}
	if r := b.post(passkeysPath, "name", "Phone", ceremonyField, found[2], passkeyField, "{}"); r.StatusCode != http.StatusConflict || !strings.Contains(body(t, r), `value="Phone"`) {
		t.Errorf("nothing that a browser made: %s", r.Status)
	}
	wantRedirect(t, "a second one", b.post(passkeysPath, "name", "Phone", ceremonyField, found[2], passkeyField, passkeytest.New(t, host).Make([]byte(html.UnescapeString(found[1])))), factorPath)
	wantRedirect(t, "remove", b.post(remove), factorPath)
	if page := body(t, b.get(factorPath)); !strings.Contains(page, "<h3>Phone</h3>") || strings.Contains(page, "<h3>Laptop</h3>") || p.mails.last(t).Kind != outbox.PasskeyRemoved {
		t.Errorf("the page\n%s", page)
	}
}

// The last passkey stays while the merchant requires a second factor.
func TestTheLastPasskeyStaysWhileOneIsRequired(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	d := p.withPasskey(t, "a@example.test")
	b := p.browser(t)
	b.firstStep("a@example.test")
	b.post(passkeyStepPath, b.shown(d, passkeyStepPath, "")...)
	b.post(requirePath, append(b.shown(d, passkeyProofPath, "proof_"), proofField, password, "grace", "0")...)
	mine, err := p.Auth.MyFactors(t.Context(), ids.PersonID(p.personID(t, "a@example.test")))
	if err != nil {
		t.Fatal(err)
	}
	remove := factorPath + "/" + string(mine.Factors[0].ID) + "/remove"
	if page := body(t, b.get(factorPath)); strings.Contains(page, remove) || !strings.Contains(page, "this is your only one") {
		t.Errorf("the page offers to remove it\n%s", page)
	}
	if r := b.post(remove, append(b.shown(d, passkeyProofPath, "proof_"), proofField, password)...); r.StatusCode != http.StatusConflict {
		t.Errorf("sent all the same: %s", r.Status)
	}
}

// Passkeys need a name; under an address of this machine the page says where they work.
func TestThePageSaysWherePasskeysWork(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for public, want := range map[string]string{
		"https://" + host: `action="` + passkeysPath + `/new"`, "http://127.0.0.1:8080": "http://localhost:8080" + factorPath, "https://192.0.2.7": "--public-url",
	} {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		p.Auth.Passkeys = auth.NewRelyingParty(u, "Portal")
		if page := body(t, b.get(factorPath)); !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %s\n%s", public, want, page)
		}
	}
	p.Auth.Passkeys = nil
	stranger := p.browser(t)
	if page := body(t, stranger.get("/login")); strings.Contains(page, passkeyLoginPath) {
		t.Error("a passkey is offered where there can be none")
	}
	for _, path := range []string{passkeyLoginPath, passkeyProofPath} {
		if r := b.get(path); r.StatusCode != http.StatusNotFound && r.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}

// C039: asking for a passkey leaves no row and no cookie, however often.
func TestAskingForAPasskeyLeavesNothing(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	before := p.db.Dump(t)
	for range 100 {
		b := p.browser(t)
		if r := b.get(passkeyLoginPath); r.StatusCode != http.StatusOK || len(b.cookies) != 0 || r.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s, cookies %v", r.Status, b.cookies)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// The wall of the 90 days stands for who logs in with a passkey too (C054).
func TestAPasskeyDoesNotPassTheWallOfThePassword(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	d := p.withPasskey(t, "a@example.test")
	p.db.Clock.Move(91 * 24 * time.Hour)
	b := p.browser(t)
	wantRedirect(t, "log-in", b.post(passkeyLoginPath, b.shown(d, passkeyLoginPath, "")...), "/login/done")
	wantRedirect(t, "the dashboard", b.get("/sandbox/dashboard"), passwordPath)
}
