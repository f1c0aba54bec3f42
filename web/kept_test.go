package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var sealedForm = regexp.MustCompile(`name="sealed" value="([^"]+)"`)

// late is a form sent a millisecond after its session had ended, and the sealed form that the answer carries.
func (b *browser) late(fields ...string) (page, sealed string) {
	b.t.Helper()
	b.p.db.Clock.Move(idleTimeout + time.Millisecond)
	r := b.post(generalPath, fields...)
	page = body(b.t, r)
	found := sealedForm.FindStringSubmatch(page)
	if r.StatusCode != http.StatusUnauthorized || found == nil {
		b.t.Fatalf("%s\n%s", r.Status, page)
	}
	return page, found[1]
}

// signInWith signs in from a login page that carries a sealed form, and gives where that leads.
func (b *browser) signInWith(email, sealed string) string {
	b.t.Helper()
	r := b.post("/login", "email", email, "password", password, "sealed", sealed)
	if r.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("log in: %s", r.Status)
	}
	return b.get(r.Header.Get("Location")).Header.Get("Location")
}

// C034: a form that comes after the end changes nothing, and is offered after signing in again, until it is sent.
func TestAFormSentTooLateIsOfferedAgainToItsOwner(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	before := p.db.Dump(t)
	page, sealed := b.late("merchant_name", "Toko Terlambat", "director_name", "Sari <b>", "password", "canary-one", "api_secret", "canary-two", "code", "canary-three", "keep_only", "1", "kept", "X")
	if diff := cmp.Diff(withoutEnd(before), withoutEnd(p.db.Dump(t))); diff != "" {
		t.Errorf("the late form changed:\n%s", diff)
	}
	if !strings.Contains(page, "What you had typed is not lost") || strings.Contains(page, "Terlambat") || strings.Contains(page, "canary") {
		t.Errorf("the login page:\n%s", page)
	}
	offer := b.signInWith("a@example.test", sealed)
	if !strings.HasPrefix(offer, generalPath+"?kept=") {
		t.Fatalf("signing in leads to %s", offer)
	}
	before = p.db.Dump(t)
	for range 2 {
		page = body(t, b.get(offer))
		if !strings.Contains(page, `value="Toko Terlambat"`) || !strings.Contains(page, `value="Sari &lt;b&gt;"`) || !strings.Contains(page, "Nothing of it is saved yet") || strings.Contains(page, "canary") {
			t.Fatalf("the offer:\n%s", page)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("looking at it changed:\n%s", diff)
	}
	id := offer[strings.Index(offer, "=")+1:]
	if diff := cmp.Diff(map[string][]string{"merchant_name": {"Toko Terlambat"}, "director_name": {"Sari <b>"}}, p.keptFields(t, id)); diff != "" {
		t.Errorf("what was kept:\n%s", diff)
	}
	refused := b.post(generalPath, "merchant_name", "Toko!", "kept", id)
	if refused.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, refused), `name="kept" value="`+id+`"`) {
		t.Errorf("a refused form lost the offer: %s", refused.Status)
	}
	if r := b.post(generalPath, "merchant_name", "Toko Terlambat", "kept", id); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("sending it: %s", r.Status)
	}
	b.get(generalPath)
	if page := body(t, b.get(offer)); !strings.Contains(page, `value="Toko Terlambat"`) || strings.Contains(page, "Nothing of it is saved yet") {
		t.Error("after sending it is still offered, or was not saved")
	}
}

// keptFields is what the portal keeps of the only person's form, shown or not.
func (p *portal) keptFields(t *testing.T, id string) map[string][]string {
	t.Helper()
	var owner ids.PersonID
	if err := p.db.Raw(t).QueryRow(`SELECT id FROM people`).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	form, err := p.Auth.FormOf(t.Context(), owner, ids.FormID(id))
	if err != nil {
		t.Fatal(err)
	}
	return form.Fields
}

// withoutEnd leaves out of a dump when sessions ended.
func withoutEnd(dump []string) []string {
	ended := regexp.MustCompile(` ended_at=\S+`)
	var lines []string
	for _, line := range dump {
		lines = append(lines, ended.ReplaceAllString(line, ""))
	}
	return lines
}

// C034: nobody else gets the form, nobody gets it twice, too late, or changed.
func TestASealedFormIsOfferedOnceToOnePersonForADay(t *testing.T) {
	for name, tt := range map[string]struct {
		offered bool
		use     func(p *portal, sealed string) (email, with string)
	}{
		"the same person": {true, func(_ *portal, sealed string) (string, string) { return "a@example.test", sealed }},
		"at the end of a day": {true, func(p *portal, sealed string) (string, string) {
			p.db.Clock.Move(auth.KeptLife)
			return "a@example.test", sealed
		}},
		"somebody else": {false, func(_ *portal, sealed string) (string, string) { return "b@example.test", sealed }},
		"after a day": {false, func(p *portal, sealed string) (string, string) {
			p.db.Clock.Move(auth.KeptLife + time.Millisecond)
			return "a@example.test", sealed
		}},
		"from the future": {false, func(p *portal, sealed string) (string, string) {
			p.db.Clock.Move(-time.Hour)
			return "a@example.test", sealed
		}},
		"once more": {false, func(p *portal, sealed string) (string, string) {
			p.browser(t).signInWith("a@example.test", sealed)
			return "a@example.test", sealed
		}},
		"one bit flipped": {false, func(_ *portal, sealed string) (string, string) {
			flipped := []byte(sealed)
			flipped[len(flipped)/2] ^= 1
			return "a@example.test", string(flipped)
		}},
		"cut off":    {false, func(_ *portal, sealed string) (string, string) { return "a@example.test", sealed[:len(sealed)-4] }},
		"of nothing": {false, func(*portal, string) (string, string) { return "a@example.test", "x" }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			p.browser(t).signUp("b@example.test", "0822222222")
			b := p.member(t, "a@example.test", "0811111111")
			_, sealed := b.late("merchant_name", "Toko Terlambat")
			email, with := tt.use(p, sealed)
			to := p.browser(t).signInWith(email, with)
			if got := strings.Contains(to, "?kept="); got != tt.offered {
				t.Errorf("it leads to %s, offered: %t, want %t", to, got, tt.offered)
			}
		})
	}
}

// C034: the address of an offer shows nothing to anybody else, and nothing on another page.
func TestAnOfferIsItsOwnersAlone(t *testing.T) {
	p := newPortal(t)
	other := p.member(t, "b@example.test", "0822222222")
	b := p.member(t, "a@example.test", "0811111111")
	_, sealed := b.late("merchant_name", "Toko Terlambat")
	offer := b.signInWith("a@example.test", sealed)
	other.signIn("b@example.test")
	id := offer[strings.Index(offer, "="):]
	for name, r := range map[string]*http.Response{
		"somebody else": other.get(offer), "the other environment": b.get("/production/settings/general?kept" + id), "another id": b.get(generalPath + "?kept=X"),
	} {
		if page := body(t, r); r.StatusCode != http.StatusOK || strings.Contains(page, "Terlambat") || strings.Contains(page, "Nothing of it is saved yet") {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
	if r := other.post(generalPath, "merchant_name", "Toko Lain", "kept", id[1:]); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s", r.Status)
	}
	if page := body(t, b.get(offer)); !strings.Contains(page, "Terlambat") {
		t.Error("somebody else has spent the offer")
	}
}

// C034: what a page sends because it took its session for ended is offered, never acted on, though the session lives.
func TestWhatIsOnlyToBeKeptIsNeverActedOn(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	r := b.post(generalPath, "merchant_name", "Toko Setengah Jadi", "keep_only", "1")
	offer := r.Header.Get("Location")
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(offer, generalPath+"?kept=") {
		t.Fatalf("%s to %s", r.Status, offer)
	}
	if page := body(t, b.get(generalPath)); strings.Contains(page, "Setengah") {
		t.Error("it was saved")
	}
	if page := body(t, b.get(offer)); !strings.Contains(page, `value="Toko Setengah Jadi"`) || strings.Contains(page, "keep_only") {
		t.Errorf("the offer:\n%s", page)
	}
}

// C034: what carries no form to be offered, because it acts on more than fields, leads to the login page alone.
func TestALateRevealIsNotOffered(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	p.db.Clock.Move(idleTimeout + time.Millisecond)
	if r := b.post(path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/login" {
		t.Errorf("%s to %s", r.Status, r.Header.Get("Location"))
	}
}

// C034: whatever may be sent may also be had back: the largest form of the characters that take most room sealed.
func TestTheLargestFormCanBeHadBack(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	_, sealed := b.late("business_address", strings.Repeat("<", (largeForm-100)/len("%3C")))
	if offer := b.signInWith("a@example.test", sealed); !strings.HasPrefix(offer, generalPath+"?kept=") {
		t.Errorf("signing in leads to %s", offer)
	}
}
