package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

const bannerWords = "One more step: complete your registration"

// acting is the actor of an Administrator by address.
func (p *portal) acting(t testing.TB, email string) activity.Actor {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	return activity.Actor{Merchant: person.Merchant, Person: person.ID}
}

// documentOf gives the id of a document that a merchant has uploaded, however far its registration is.
func (p *portal) documentOf(t testing.TB, m ids.MerchantID) string {
	t.Helper()
	d := envswitch.Document{
		ID: ids.New[ids.DocumentID](), Merchant: m, Kind: envswitch.TaxNumber, Name: "npwp.pdf", MediaType: "application/pdf", Size: 1, UploadedAt: p.db.Clock.Now(),
	}
	box, err := p.db.Keysets().Environment(ids.Production)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.Seal([]byte("x"), envswitch.DocumentLabel(m, d.Kind, d.ID))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.db.ActivationDocuments().Put(t.Context(), d, sealed); err != nil {
		t.Fatal(err)
	}
	return string(d.ID)
}

// generalOfProduction fills in what counts.
func (p *portal) generalOfProduction(t testing.TB, email string) {
	t.Helper()
	_, err := p.Settings.Save(t.Context(), p.acting(t, email), ids.Production, settings.Edit{Page: settings.GeneralPage, Values: settings.Values{
		"merchant_name": "Toko Bunga", "merchant_url": "toko.id", "merchant_email": "toko@example.test", "director_name": "Sari",
		"director_phone": "0812345678", "npwp": "123456789012345", "npwp_name": "Sari", "timezone": "Asia/Jakarta", "business_address": "Jalan Melati 1",
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// seen wants texts on a page, and others (with ! before) not.
func seen(t *testing.T, what, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		text, not := strings.CutPrefix(text, "!")
		if strings.Contains(page, text) == not {
			t.Errorf("%s: %q, want it there: %t\n%s", what, text, !not, page)
		}
	}
}

var storedVersion = regexp.MustCompile(`action="/production/activation/submit"><input type="hidden" name="version" value="(\d+)"`)

// submitForm sends the form at the end of the page.
func (b *browser) submitForm() *http.Response {
	b.t.Helper()
	found := storedVersion.FindStringSubmatch(body(b.t, b.get(activationPath)))
	if found == nil {
		b.t.Fatal("the page has nothing to submit with")
	}
	return b.post(activationPath+"/submit", "version", found[1])
}

func (b *browser) wantDone(r *http.Response) {
	b.t.Helper()
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != activationPath {
		b.t.Fatalf("%s to %q\n%s", r.Status, r.Header.Get("Location"), body(b.t, r))
	}
}

// register does all that an individual needs before submitting, through the pages.
func (b *browser) prepareActivation(email string) {
	b.t.Helper()
	b.p.generalOfProduction(b.t, email)
	b.wantDone(b.post(activationPath, "version", "0", "entity", "individual", "business", "Bunga segar"))
	b.wantDone(b.upload("identity_card", "ktp.png", pngOf(b.t)))
	b.wantDone(b.upload("tax_number", "npwp.pdf", pdfOf("NPWP")))
}

// From the first click to keys: the checklist ticks itself, a rejection says why, and on approval the keys are there (C091).
func TestFromTheChecklistToTheKeysOfProduction(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	m := p.merchantOf(t, "a@example.test")
	seen(t, "empty", body(t, b.get(activationPath)), bannerWords, "0 of 4 steps done", "Still missing: 4", "Choose that first")
	b.prepareActivation("a@example.test")
	page := body(t, b.get(activationPath))
	if strings.Count(page, `data-state="done"`) != 5 { // three steps and two documents; the notification URL is missing, and is no hindrance
		t.Errorf("ticked: %d", strings.Count(page, `data-state="done"`))
	}
	seen(t, "complete", page, "Recommended: where your server is told", "5 of 5 steps done", "ktp.png", "npwp.pdf", "Bunga segar", "up to 3 working days")
	b.wantDone(b.submitForm())
	seen(t, "in review", body(t, b.get(activationPath)), "Submission 1 was handed in", "by Sari", "Download", "!Replace", "!Submit for review</button>", "!<textarea")
	if _, err := p.Activations.Reject(t.Context(), m, 1, "The website\n<b>cannot</b> be reached."); err != nil {
		t.Fatal(err)
	}
	seen(t, "rejected", body(t, b.get(activationPath)), "A change is needed", "<p>The website</p>", "&lt;b&gt;cannot&lt;/b&gt;", "Bunga segar", "ktp.png")
	b.wantDone(b.submitForm())
	seen(t, "no keys yet", body(t, b.get("/production/settings/access-keys")), "No Production keys yet", "In review since")
	if _, err := p.Activations.Approve(t.Context(), m, 2); err != nil {
		t.Fatal(err)
	}
	seen(t, "keys", body(t, b.get("/production/settings/access-keys")), "Mid-client-", "Mid-server-", "!No Production keys yet")
	seen(t, "active", body(t, b.get(activationPath)), "Production is active", "/production/settings/access-keys", "!<textarea", "!"+bannerWords)
	if last := p.mails.last(t); last.Kind != outbox.ActivationApproved {
		t.Errorf("the last mail is %s", last.Kind)
	}
}

// The banner stands on both dashboards and on every page of Production, for people who may see that, until it is active.
func TestTheBannerStandsWhereItBelongs(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	developer := p.hire(t, "a@example.test", "dev@example.test", "+6282222221", auth.Developer)
	finance := p.hire(t, "a@example.test", "fin@example.test", "+6282222222", auth.FinanceStaff)
	tester := p.hire(t, "a@example.test", "it@example.test", "+6282222223", auth.SandboxStaff)
	look := func(stage, words, link string) {
		t.Helper()
		for _, path := range []string{"/sandbox/dashboard", "/production/dashboard", "/production/settings/general", "/production/settings/access-keys"} {
			seen(t, stage+" "+path, body(t, boss.get(path)), words, link)
			seen(t, stage+" "+path, body(t, developer.get(path)), words, "!"+link)
		}
		seen(t, stage+" of finance", body(t, finance.get("/sandbox/dashboard")), words, "!"+link)
		seen(t, stage+" of a tester", body(t, tester.get("/sandbox/dashboard")), "!"+words)
		seen(t, stage+" in Sandbox", body(t, boss.get("/sandbox/settings/general")), "!"+words)
	}
	look("draft", bannerWords, "Go to the registration for Production")
	seen(t, "draft", body(t, developer.get("/production/dashboard")), "An Administrator of your business completes it.", "0 of 4 parts")
	seen(t, "draft", body(t, boss.get("/production/dashboard")), `href="/production/activation"`, "Open the registration")
	boss.prepareActivation("a@example.test")
	boss.wantDone(boss.submitForm())
	look("in review", "Your registration for Production is in review.", "See the registration")
	if _, err := p.Activations.Reject(t.Context(), p.merchantOf(t, "a@example.test"), 0, "x"); err != nil {
		t.Fatal(err)
	}
	look("rejected", "Your registration for Production needs a change", "See what to do")
	boss.wantDone(boss.submitForm())
	if _, err := p.Activations.Approve(t.Context(), p.merchantOf(t, "a@example.test"), 0); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/sandbox/dashboard", "/production/dashboard"} {
		seen(t, "active "+path, body(t, boss.get(path)), "!registration for Production", "!"+bannerWords, "!"+`href="/production/activation"`)
	}
	seen(t, "active", body(t, boss.get("/production/dashboard")), "in place of those of Sandbox", "!as soon as Production is active")
}

// A page of Production costs no further statement for the banner once that is remembered.
func TestTheBannerCostsNoStatement(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.generalOfProduction(t, "a@example.test")
	for _, stage := range []string{"nothing", "a draft"} {
		for range 2 {
			b.get("/production/settings/general")
			p.db.Statements()
		}
		page := body(t, b.get("/production/settings/general"))
		if reads, writes := p.db.Statements(); len(reads) != 1 || len(writes) != 0 || !strings.Contains(page, bannerWords) {
			t.Errorf("%s: %d reads, %d writes: %v", stage, len(reads), len(writes), reads)
		}
		b.wantDone(b.post(activationPath, "version", map[string]string{"nothing": "0", "a draft": "1"}[stage], "entity", "company", "business", "Bunga"))
	}
}

// Two people, one registration: what came second is shown beside what is stored, and nothing is lost.
func TestAConcurrentAnswerIsAPageThatKeepsWhatWasTyped(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	b.wantDone(b.post(activationPath, "version", "0", "entity", "company", "business", "Bunga"))
	before := p.db.Dump(t)
	r := b.post(activationPath, "version", "0", "entity", "foundation", "business", "Kopi <b>")
	page := body(t, r)
	if r.StatusCode != http.StatusConflict {
		t.Errorf("%s", r.Status)
	}
	seen(t, "conflict", page, "Somebody else has changed the registration", "Company (PT, CV, PMA)</dd>", "<dd>Bunga</dd>", "Kopi &lt;b&gt;</textarea>",
		`value="foundation" selected`, `name="version" value="1"`)
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	b.wantDone(b.post(activationPath, "version", "1", "entity", "foundation", "business", "Kopi <b>"))
	r = b.post(activationPath, "version", "2", "entity", "bank", "business", strings.Repeat("x", 501))
	if page = body(t, r); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%s", r.Status)
	}
	seen(t, "refused", page, "Choose one of the five.", "at most 500 characters", strings.Repeat("x", 501)+"</textarea>")
}

// What comes while it is in review is refused; what was typed stands on the page.
func TestAnAnswerDuringTheReviewIsShownAndNotStored(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	b.prepareActivation("a@example.test")
	b.wantDone(b.submitForm())
	before := p.db.Dump(t)
	for what, r := range map[string]*http.Response{
		"answer": b.post(activationPath, "version", "1", "entity", "company", "business", "Terlambat"), "submit": b.post(activationPath+"/submit", "version", "2"),
		"upload": b.upload("identity_card", "a.pdf", pdfOf("late")),
	} {
		page := body(t, r)
		if r.StatusCode != http.StatusConflict {
			t.Errorf("%s: %s", what, r.Status)
		}
		seen(t, what, page, "The registration is in review")
		if what == "answer" {
			seen(t, what, page, "What you had typed, which was not saved", "<dd>Terlambat</dd>")
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// Switching to Sandbox from a page that Production has alone leads to the dashboard, from pages that both have to the same one.
func TestSwitchingFromAPageOfProductionAloneLeadsToTheDashboard(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for path, want := range map[string]string{
		activationPath: "/sandbox/dashboard", activationPath + "/submit": "/sandbox/dashboard", "/production/settings/general": "/sandbox/settings/general",
	} {
		r := b.post("/environment", "environment", "sandbox", "path", path)
		if got := r.Header.Get("Location"); got != want || b.get(got).StatusCode != http.StatusOK {
			t.Errorf("from %s it leads to %q", path, got)
		}
	}
	if r := b.post("/environment", "environment", "production", "path", activationPath); r.Header.Get("Location") != activationPath {
		t.Errorf("from Production to Production it leads to %q", r.Header.Get("Location"))
	}
}

// C079, C089, C115: what is in a document, and what is said in a registration, stands in no log; the document in no row, file or mail either.
func TestNoPlaceHoldsADocumentInClear(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	b.prepareActivation("a@example.test")
	secrets := map[string]string{"a document": "CANARY-DOCUMENT-IN-CLEAR", "one that was refused": "CANARY-REFUSED-DOCUMENT", "one that was replaced": "CANARY-REPLACED-DOCUMENT"}
	b.wantDone(b.upload("tax_number", "a.pdf", pdfOf(secrets["one that was replaced"])))
	b.wantDone(b.upload("tax_number", "b.pdf", pdfOf(secrets["a document"])))
	if r := b.upload("tax_number", "c.png", pdfOf(secrets["one that was refused"])); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("refused: %s", r.Status)
	}
	if r := b.post(documentLink(t, b, "b.pdf")); !strings.Contains(body(t, r), secrets["a document"]) {
		t.Errorf("the document is not given back: %s", r.Status)
	}
	b.wantDone(b.submitForm())
	places := p.places(t)
	if !strings.Contains(places["rows"], "activation.document_read") || !strings.Contains(places["log"], activationPath+"/documents/") {
		t.Error("nothing was read or logged: this test looks at nothing")
	}
	storetest.WantNone(t, places, secrets)
	storetest.WantNone(t, map[string]string{"log": places["log"], "mails": places["mails"]}, map[string]string{"an answer": "Bunga segar", "a number": "123456789012345"})
}
