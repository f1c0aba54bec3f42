package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

// twoSides is a portal whose merchant has a name in Sandbox and another one in Production, both in version 1.
func twoSides(t *testing.T) (*portal, *browser) {
	t.Helper()
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for env, name := range map[string]string{"sandbox": "Toko Sandbox", "production": "Toko Production"} {
		if r := b.post("/"+env+"/settings/general", "version", "0", "merchant_name", name, "director_name", "Sari", "npwp_name", "In "+env); r.StatusCode != http.StatusSeeOther {
			t.Fatal(r.Status, body(t, r))
		}
	}
	return p, b
}

// nameIn is the Merchant Name of an environment.
func (p *portal) nameIn(t *testing.T, env ids.Environment) string {
	t.Helper()
	g, err := p.Settings.General(t.Context(), p.merchantOf(t, "a@example.test"), env)
	if err != nil {
		t.Fatal(err)
	}
	return g.MerchantName
}

const toProduction = "/production" + copyPath

// Every field of every page stands in the comparison once; those that differ can be chosen, the others cannot, and both are counted.
func TestTheComparisonShowsEveryFieldOnce(t *testing.T) {
	_, b := twoSides(t)
	page := body(t, b.get(comparePath))
	rows, fields := strings.Count(page, `<th scope="row">`), 0
	for _, p := range settingsPages {
		fields += len(settings.Fields(p.page))
	}
	if rows != fields {
		t.Errorf("%d rows for %d fields", rows, fields)
	}
	if n := strings.Count(page, `name="field"`); n != 2 {
		t.Errorf("%d fields can be chosen, want 2", n)
	}
	wantOn(t, page, "Fields that differ: 2 of", "Toko Sandbox", "Toko Production", `value="general.merchant_name"`, `value="general.npwp_name"`,
		`formaction="/production/settings/copy"`, `formaction="/sandbox/settings/copy"`, "never copied")
	wantNotOn(t, page, "⟦", "SB-Mid-server-", "SB-Mid-client-")
	b.post("/production/settings/general", "version", "1", "merchant_name", "Toko Sandbox", "director_name", "Sari", "npwp_name", "In sandbox")
	page = body(t, b.get(comparePath))
	wantOn(t, page, "Fields that differ: 0 of", "have the same settings")
	wantNotOn(t, page, "formaction", "checkbox")
}

// C077: looking at the review changes nothing; what is copied is what it showed, to its own environment alone, and the copy can be undone.
func TestACopyIsReviewedDoneAndUndone(t *testing.T) {
	p, b := twoSides(t)
	before := p.db.Dump(t)
	review := b.get(toProduction + "?field=general.merchant_name")
	page := body(t, review)
	wantOn(t, page, `<body class="production"`, "Toko Production", "Toko Sandbox", "Sandbox: version 1. Production: version 1.", `name="seen" value="general.1.1"`, "Copy to Production")
	wantNotOn(t, page, "In sandbox", "typed_merchant", "⟦")
	if diff := cmp.Diff(withoutVisits(before), withoutVisits(p.db.Dump(t))); diff != "" {
		t.Errorf("looking changed:\n%s", diff)
	}
	done := b.post(toProduction, "field", "general.merchant_name", "seen", "general.1.1")
	wantRedirect(t, "copy", done, toProduction+"/done?change=general.2")
	if p.nameIn(t, ids.Production) != "Toko Sandbox" || p.nameIn(t, ids.Sandbox) != "Toko Sandbox" {
		t.Error("not copied")
	}
	page = body(t, b.get(toProduction+"/done?change=general.2"))
	wantOn(t, page, "Copied to Production", "Toko Production", "Toko Sandbox", "version 2", `name="change" value="general.2"`)
	wantNotOn(t, page, "⟦")
	if n := storetest.Count(p.db.Dump(t), "settings_versions"); n != 3 {
		t.Errorf("%d versions are kept", n)
	}
	wantRedirect(t, "undo", b.post(toProduction+"/undo", "change", "general.2"), toProduction+"/done?change=general.2")
	if p.nameIn(t, ids.Production) != "Toko Production" || p.nameIn(t, ids.Sandbox) != "Toko Sandbox" {
		t.Error("not undone")
	}
	page = body(t, b.get(toProduction+"/done?change=general.2"))
	wantOn(t, page, "The copy is undone.", "This copy has been undone")
	wantNotOn(t, page, "Undo this copy")
}

// withoutVisits leaves out what every page may write: when somebody did something last.
func withoutVisits(dump []string) (rest []string) {
	for _, row := range dump {
		if !strings.HasPrefix(row, "sessions ") {
			rest = append(rest, row)
		}
	}
	return rest
}

// C077, C096: where either side changed after the review, nothing is copied, and the review comes again with the values of now.
func TestACopyOfWhatWasNotReviewedComesBack(t *testing.T) {
	for changed, sent := range map[string]string{"sandbox": "general.1.1", "production": "general.1.1", "": "general.x.1"} {
		p, b := twoSides(t)
		p.activate(t, "a@example.test")
		if changed != "" {
			b.post("/"+changed+"/settings/general", "version", "1", "merchant_name", "Toko Baru", "director_name", "Sari")
		}
		before := withoutVisits(p.db.Dump(t))
		for _, typed := range []string{string(p.merchantOf(t, "a@example.test")), "G1"} {
			answer := b.post(toProduction, "field", "general.merchant_name", "seen", sent, "typed_merchant", typed)
			page := body(t, answer)
			if answer.StatusCode != http.StatusConflict {
				t.Errorf("%s changed: %s", changed, answer.Status)
			}
			wantOn(t, page, "have changed since you looked")
			if changed != "" {
				wantOn(t, page, "Toko Baru")
			}
		}
		if diff := cmp.Diff(before, withoutVisits(p.db.Dump(t))); diff != "" {
			t.Errorf("%s changed: stored:\n%s", changed, diff)
		}
	}
}

// A copy into live Production asks for the Merchant ID; into Sandbox and into Production that is not live it does not.
func TestACopyIntoLiveProductionIsConfirmed(t *testing.T) {
	p, b := twoSides(t)
	p.activate(t, "a@example.test")
	m := string(p.merchantOf(t, "a@example.test"))
	wantOn(t, body(t, b.get(toProduction+"?field=general.merchant_name")), `name="typed_merchant"`, m)
	wantNotOn(t, body(t, b.get("/sandbox"+copyPath+"?field=general.merchant_name")), `name="typed_merchant"`)
	before := withoutVisits(p.db.Dump(t))
	for _, typed := range []string{"", "G1", m + "0"} {
		answer := b.post(toProduction, "field", "general.merchant_name", "seen", "general.1.1", "typed_merchant", typed)
		if page := body(t, answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "That is not your Merchant ID.") {
			t.Errorf("%q: %s", typed, answer.Status)
		}
	}
	if diff := cmp.Diff(before, withoutVisits(p.db.Dump(t))); diff != "" {
		t.Errorf("stored:\n%s", diff)
	}
	answer := b.post(toProduction, "field", "general.merchant_name", "seen", "general.1.1", "typed_merchant", " "+strings.ToLower(m))
	wantRedirect(t, "confirmed", answer, toProduction+"/done?change=general.2")
	answer = b.post("/sandbox"+copyPath, "field", "general.npwp_name", "seen", "general.2.1")
	wantRedirect(t, "to Sandbox", answer, "/sandbox"+copyPath+"/done?change=general.2")
	if p.nameIn(t, ids.Sandbox) != "Toko Sandbox" || p.nameIn(t, ids.Production) != "Toko Sandbox" {
		t.Error("the names are wrong")
	}
}

// C095: what is no field, twice, too much or nothing is refused in words, whether it is looked at or sent; a query adds nothing to a form.
func TestACopyTakesFieldsThatThereAreAndNothingElse(t *testing.T) {
	p, b := twoSides(t)
	before := withoutVisits(p.db.Dump(t))
	for name, c := range map[string]struct {
		fields []string
		words  string
	}{
		"none": {nil, "No field was chosen"}, "unknown": {[]string{"general.server_key"}, "no field of the settings"},
		"keys": {[]string{"general.merchant_name", "keys.server"}, "no field of the settings"}, "twice": {[]string{"general.npwp", "general.npwp"}, "chosen twice"},
		"hostile": {[]string{`general."><script>alert(1)</script>`}, "no field of the settings"}, "empty": {[]string{""}, "no field of the settings"},
		"many": {strings.Split(strings.Repeat("general.npwp,", 40)+"general.npwp", ","), "chosen twice"},
	} {
		form := url.Values{"field": c.fields}
		for what, answer := range map[string]*http.Response{
			"looked at": b.get(toProduction + "?" + form.Encode()), "sent": b.send(b.request(http.MethodPost, toProduction+"?field=general.merchant_name&seen=general.1.1", form)),
		} {
			page := body(t, answer)
			if answer.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s, %s: %s", name, what, answer.Status)
			}
			wantOn(t, page, c.words, `href="`+comparePath+`"`)
			wantNotOn(t, page, "<script>alert")
		}
	}
	for _, change := range []string{"", "?change=", "?change=general", "?change=general.0", "?change=general.1", "?change=general.99", "?change=keys.1", "?change=general.1&change=general.1", "?change=general.-1"} {
		if answer := b.get(toProduction + "/done" + change); answer.StatusCode != http.StatusNotFound {
			t.Errorf("done%s: %s", change, answer.Status)
		}
		form, _ := url.ParseQuery(strings.TrimPrefix(change, "?"))
		if answer := b.send(b.request(http.MethodPost, toProduction+"/undo", form)); answer.StatusCode != http.StatusNotFound {
			t.Errorf("undo of %s: %s", change, answer.Status)
		}
	}
	if diff := cmp.Diff(before, withoutVisits(p.db.Dump(t))); diff != "" {
		t.Errorf("stored:\n%s", diff)
	}
}

// What cannot be copied says so at its field, and offers to go on without it. Fields that are the same are left alone.
func TestAReviewSaysWhatCannotBeCopied(t *testing.T) {
	p, b := twoSides(t)
	p.db.Exec(t, `UPDATE settings SET document = '{"merchant_name":"<b>Toko</b>","director_name":"Sari","npwp_name":"In sandbox"}' WHERE environment = 'sandbox'`)
	p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
	page := body(t, b.get(toProduction+"?field=general.merchant_name&field=general.npwp_name&field=general.director_name"))
	wantOn(t, page, "A Merchant Name has no symbols", "&lt;b&gt;Toko&lt;/b&gt;", "Not everything can be copied", "stays as it is",
		toProduction+"?field=general.npwp_name&amp;field=general.director_name")
	wantNotOn(t, page, "<b>Toko", `<button class="button">Copy`)
	answer := b.post(toProduction, "field", "general.merchant_name", "field", "general.npwp_name", "seen", "general.1.1")
	if answer.StatusCode != http.StatusUnprocessableEntity || p.nameIn(t, ids.Production) != "Toko Production" {
		t.Errorf("sent anyway: %s", answer.Status)
	}
	page = body(t, b.get(toProduction+"?field=general.director_name"))
	wantOn(t, page, "there is nothing to copy")
	wantNotOn(t, page, `<button class="button">Copy`)
	if answer := b.post(toProduction, "field", "general.director_name", "seen", "general.1.1"); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a copy of nothing: %s", answer.Status)
	}
}

// A text of the target that was stored under the rules of before is named, though nobody chose it: else the review would mark nothing and lead nowhere.
func TestAReviewNamesWhatStandsInItsWay(t *testing.T) {
	p, b := twoSides(t)
	p.db.Exec(t, `UPDATE settings SET document = '{"merchant_name":"Toko Production","merchant_url":"localhost"}' WHERE environment = 'production'`)
	p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
	page := body(t, b.get(toProduction+"?field=general.merchant_name"))
	wantOn(t, page, "Merchant URL stands there with a text that the rules of today refuse", "localhost", `href="/production/settings/general#merchant_url"`)
	wantNotOn(t, page, "marked below", `<button class="button">Copy`)
	if answer := b.post(toProduction, "field", "general.merchant_name", "seen", "general.1.1"); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("sent anyway: %s", answer.Status)
	} else {
		wantOn(t, body(t, answer), "the rules of today refuse")
	}
}

// An undo after somebody changed one of the fields changes nothing and leads to the history.
func TestACopyThatWasChangedSinceLeadsToTheHistory(t *testing.T) {
	p, b := twoSides(t)
	b.post(toProduction, "field", "general.merchant_name", "seen", "general.1.1")
	b.post("/production/settings/general", "version", "2", "merchant_name", "Toko Lain", "director_name", "Sari", "npwp_name", "In production")
	before := withoutVisits(p.db.Dump(t))
	page := body(t, b.get(toProduction+"/done?change=general.2"))
	wantOn(t, page, "cannot be undone as a whole", `href="/production/settings/general/history"`)
	wantNotOn(t, page, "Undo this copy")
	if answer := b.post(toProduction+"/undo", "change", "general.2"); answer.StatusCode != http.StatusConflict || !strings.Contains(body(t, answer), "nothing was undone") {
		t.Errorf("undone: %s", answer.Status)
	}
	if answer := b.post("/sandbox"+copyPath+"/undo", "change", "general.2"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("in the other environment: %s", answer.Status)
	}
	if diff := cmp.Diff(before, withoutVisits(p.db.Dump(t))); diff != "" {
		t.Errorf("stored:\n%s", diff)
	}
}

// C092, C096: whoever lost the role while the review was open copies and undoes nothing; Sandbox IT Staff sees neither side by side.
func TestWhoMayNotCopyIsRefused(t *testing.T) {
	p, b := twoSides(t)
	developer := p.hire(t, "a@example.test", "d@example.test", "+62822222222", auth.Developer)
	if r := developer.get(toProduction + "?field=general.merchant_name"); r.StatusCode != http.StatusOK {
		t.Fatal(r.Status)
	}
	staff := p.hire(t, "a@example.test", "s@example.test", "+62822222223", auth.SandboxStaff, auth.FinanceStaff)
	for _, path := range []string{comparePath, toProduction + "?field=general.merchant_name", "/sandbox" + copyPath + "?field=general.merchant_name"} {
		answer := staff.get(path)
		if page := body(t, answer); answer.StatusCode != http.StatusForbidden || strings.Contains(page, "Toko Production") || strings.Contains(page, "Toko Sandbox") {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	p.db.Exec(t, `UPDATE people SET roles = 'sandbox_it' WHERE email = 'd@example.test'`)
	p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
	for _, path := range []string{toProduction, "/sandbox" + copyPath, toProduction + "/undo"} {
		if r := developer.post(path, "field", "general.merchant_name", "seen", "general.1.1", "change", "general.1"); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	if p.nameIn(t, ids.Production) != "Toko Production" || p.nameIn(t, ids.Sandbox) != "Toko Sandbox" {
		t.Error("copied")
	}
	wantOn(t, body(t, b.get("/sandbox/settings/general")), `href="`+comparePath+`"`)
}
