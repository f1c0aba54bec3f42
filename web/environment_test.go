package web

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
)

// C077: what a form acts on is the environment of the page that it stands on, whatever else happens meanwhile.

var (
	formTags   = regexp.MustCompile(`<form\b[^>]*>`)
	actions    = regexp.MustCompile(`\s(?:form)?action="([^"]*)"`)
	formActing = regexp.MustCompile(`<(?:button|input)\b[^>]*\sformaction="[^>]*>`)
	inputTags  = regexp.MustCompile(`<input\b[^>]*>`)
	namedArea  = regexp.MustCompile(`(?s)<textarea\b[^>]*\sname="([^"]*)"[^>]*>(.*?)</textarea>`)
	attribute  = regexp.MustCompile(`\s(name|value|type)="([^"]*)"`)
)

// ofNoEnvironment are the forms that stand on every page and act on none: the switch, which says where it leads, language and session.
var ofNoEnvironment = []string{"/environment", "/language", "/logout", "/session/extend"}

// wantFormsOf checks every form of a page of an environment, "" for a page of none.
func wantFormsOf(t *testing.T, env, path, page string) (forms int) {
	t.Helper()
	for _, tag := range append(formTags.FindAllString(page, -1), formActing.FindAllString(page, -1)...) {
		forms++
		acts := path
		if found := actions.FindStringSubmatch(tag); found != nil && found[1] != "" {
			acts = html.UnescapeString(found[1])
		}
		reads := !strings.Contains(tag, `method="post"`) && !strings.Contains(tag, "formaction")
		first, _, _ := strings.Cut(strings.TrimPrefix(acts, "/"), "/")
		_, inOne := ids.ParseEnvironment(first)
		switch {
		case slices.Contains(ofNoEnvironment, acts), strings.HasPrefix(acts, "/account/"):
		case env == "" && (!inOne || reads):
		case env != "" && first == env:
		default:
			t.Errorf("%s has a form that acts on %s: %s", path, acts, tag)
		}
	}
	return forms
}

// twoEnvironments is somebody of a merchant with keys and BI-SNAP in both, and the objects of each by environment.
func (p *portal) twoEnvironments(t *testing.T, email string) (*browser, map[string]objects) {
	t.Helper()
	b := p.member(t, email, "0811111111")
	p.hire(t, email, "target-"+email, "+6282222222", auth.FinanceStaff)
	own := map[string]objects{"": p.objectsOf(t, b, email, "target-"+email)}
	p.activate(t, email)
	for _, env := range ids.Environments() {
		o := objects{}
		for name, id := range own[""] {
			o[name] = id
		}
		o["key"] = string(p.serverKey(t, email, env).ID)
		own[string(env)] = o
		b.post("/"+string(env)+snapPath, "public_key", aPublicKey(t))
	}
	return b, own
}

// pathsIn gives the paths of a route in the environments that it has, "" for none, each with the objects of its environment.
func pathsIn(t *testing.T, own map[string]objects, pattern string) map[string]string {
	t.Helper()
	if alone := string(aloneIn(pattern)); alone != "" {
		return map[string]string{alone: own[alone].paths(t, pattern)[""]}
	}
	paths := own[""].paths(t, pattern)
	for env := range paths {
		paths[env] = own[env].paths(t, pattern)[env]
	}
	return paths
}

// Every form of every page, in the answers to forms too: while the password is asked for, and while it is not.
func TestEveryFormActsInTheEnvironmentOfItsPage(t *testing.T) {
	p := newPortal(t)
	b, own := p.twoEnvironments(t, "a@example.test")
	forms := map[string]int{}
	for _, longAgo := range []time.Duration{auth.ProofLife + time.Second, 0} { // since the password was typed
		b.signIn("a@example.test")
		p.db.Clock.Move(longAgo)
		for _, r := range p.table {
			for env, path := range pathsIn(t, own, r.Pattern) {
				answer := b.send(b.request(r.Method, path, map[bool]url.Values{true: {}}[r.Method == http.MethodPost]))
				forms[env] += wantFormsOf(t, env, path, body(t, answer))
				if !b.isIn() {
					b.signIn("a@example.test")
					p.db.Clock.Move(longAgo)
				}
			}
		}
	}
	for env, n := range forms {
		if n < 100 {
			t.Errorf("only %d forms were found on pages of %q", n, env)
		}
	}
}

// opened is the form of a page as somebody has it before them: where it acts, and what is in its fields.
func (b *browser) opened(path string) (action string, fields url.Values) {
	b.t.Helper()
	page := body(b.t, b.get(path))
	for _, tag := range formTags.FindAllStringIndex(page, -1) {
		action = html.UnescapeString(actions.FindStringSubmatch(page[tag[0]:tag[1]])[1])
		if first, _, _ := strings.Cut(path, "?"); action == first && strings.Contains(page[tag[0]:tag[1]], `method="post"`) {
			form, _, _ := strings.Cut(page[tag[1]:], "</form>")
			return action, textsOf(form)
		}
	}
	b.t.Fatalf("%s has no form of its own:\n%s", path, page)
	return "", nil
}

// textsOf are the texts of a form.
func textsOf(form string) url.Values {
	fields := url.Values{}
	for _, tag := range inputTags.FindAllString(form, -1) {
		has := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
			has[a[1]] = html.UnescapeString(a[2])
		}
		if has["name"] != "" && has["type"] != "radio" && has["type"] != "checkbox" {
			fields.Add(has["name"], has["value"])
		}
	}
	for _, area := range namedArea.FindAllStringSubmatch(form, -1) {
		fields.Add(area[1], html.UnescapeString(area[2]))
	}
	return fields
}

// of gives what is stored of an environment.
func (p *portal) of(t *testing.T, env string) []string {
	t.Helper()
	return slices.DeleteFunc(p.db.Dump(t), func(line string) bool { return !strings.Contains(line, " environment="+env+" ") })
}

// wantOnlySandbox does something and checks that it changes Sandbox and leaves Production as it is.
func (p *portal) wantOnlySandbox(t *testing.T, what string, act func()) {
	t.Helper()
	sandbox, production := p.of(t, "sandbox"), p.of(t, "production")
	act()
	if diff := cmp.Diff(production, p.of(t, "production")); diff != "" || len(production) == 0 {
		t.Errorf("%s changes Production:\n%s", what, diff)
	}
	if slices.Equal(sandbox, p.of(t, "sandbox")) {
		t.Errorf("%s changes nothing in Sandbox", what)
	}
}

// saveWithName sends an opened form with another name in it.
func (b *browser) saveWithName(action string, fields url.Values, name string, statuses ...int) {
	b.t.Helper()
	fields.Set("merchant_name", name)
	if r := b.send(b.request(http.MethodPost, action, fields)); !slices.Contains(statuses, r.StatusCode) {
		b.t.Errorf("save: %s\n%s", r.Status, body(b.t, r))
	}
}

// Two tabs, back, and logging in again: the form of Sandbox stays one, although this person works in Production by now.
func TestAFormOfSandboxNeverActsOnProduction(t *testing.T) {
	p := newPortal(t)
	b, _ := p.twoEnvironments(t, "a@example.test")
	toProduction := func() {
		wantRedirect(t, "switch", b.post("/environment", "environment", "production", "path", generalPath), "/production/settings/general")
		b.get("/production/settings/general")
	}
	action, fields := b.opened(generalPath)
	toProduction()
	p.wantOnlySandbox(t, "a form after the switch", func() { b.saveWithName(action, fields, "Toko Satu", http.StatusSeeOther) })
	production := p.of(t, "production")
	b.saveWithName(action, fields, "Toko Dua", http.StatusSeeOther, http.StatusConflict) // after back: the same form once more
	if diff := cmp.Diff(production, p.of(t, "production")); diff != "" {
		t.Errorf("the same form once more changes Production:\n%s", diff)
	}

	toProduction()
	_, fields = b.opened(generalPath)
	p.db.Clock.Move(idleTimeout + time.Millisecond)
	fields.Set("merchant_name", "Toko Tiga")
	sealed := sealedForm.FindStringSubmatch(body(t, b.send(b.request(http.MethodPost, generalPath, fields))))
	if sealed == nil {
		t.Fatal("the late form is lost")
	}
	offer := b.signInWith("a@example.test", sealed[1])
	if !strings.HasPrefix(offer, generalPath+"?") {
		t.Fatalf("the late form is offered at %s", offer)
	}
	elsewhere := strings.Replace(offer, "sandbox", "production", 1)
	wantNotOn(t, body(t, b.get(elsewhere)), "Toko Tiga")
	action, fields = b.opened(offer)
	if fields.Get("merchant_name") != "Toko Tiga" {
		t.Errorf("the offer has %v", fields)
	}
	p.wantOnlySandbox(t, "a kept form", func() { b.saveWithName(action, fields, "Toko Tiga", http.StatusSeeOther) })
}

// The same holds for keys: whatever a page about a key of Sandbox can do does nothing to one of Production.
func TestActsOnKeysStayInTheirEnvironment(t *testing.T) {
	p := newPortal(t)
	b, own := p.twoEnvironments(t, "a@example.test")
	b.post("/environment", "environment", "production", "path", keysList)
	for _, act := range []struct{ page, field, value string }{
		{"/rotate", "overlap", "24h"}, {"/undo", "", ""}, {"/rotate", "overlap", "1h"}, {"/extend", "overlap", "7d"}, {"/retire", "", ""},
	} {
		key := own["sandbox"]["key"]
		if act.page == "/undo" {
			key = string(p.serverKey(t, "a@example.test", ids.Sandbox).ID) // the new one is taken back
		}
		production := "/production/settings/access-keys/" + key + act.page
		if r := b.post(production, act.field, act.value); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", production, r.Status)
		}
		p.wantOnlySandbox(t, act.page, func() { b.post(keysList+"/"+key+act.page, act.field, act.value) })
	}
}

// C095: no field and no query moves an act: to the other environment, or to another merchant.
func TestNoFieldAndNoQueryMovesAnAct(t *testing.T) {
	p := newPortal(t)
	b, own := p.twoEnvironments(t, "a@example.test")
	p.browser(t).signUp("other@example.test", "0833333333")
	other := string(p.merchantOf(t, "other@example.test"))
	aside := url.Values{
		"environment": {"production"}, "env": {"production"}, "merchant_id": {other}, "merchant": {other}, "typed_merchant": {other}, "path": {"/production/dashboard"},
		"key": {own["production"]["key"]}, "merchant_name": {"Toko Pindah"}, "overlap": {"1h"}, "public_key": {aPublicKey(t)},
	}
	ofOther := func() []string {
		return slices.DeleteFunc(p.db.Dump(t), func(line string) bool { return !strings.Contains(line, other) })
	}
	production, foreign, acts := p.of(t, "production"), ofOther(), 0
	for _, r := range p.table {
		if r.Method != http.MethodPost || !strings.Contains(r.Pattern, route.Environment) {
			continue
		}
		acts++
		path := pathsIn(t, own, r.Pattern)["sandbox"]
		b.send(b.request(http.MethodPost, path+"?"+aside.Encode(), aside))
		if diff := cmp.Diff(production, p.of(t, "production")); diff != "" {
			t.Fatalf("%s moved to Production:\n%s", path, diff)
		}
		if diff := cmp.Diff(foreign, ofOther()); diff != "" {
			t.Fatalf("%s moved to another merchant:\n%s", path, diff)
		}
	}
	if general := strings.Join(p.of(t, "sandbox"), "\n"); acts < 9 || !strings.Contains(general, "Toko Pindah") {
		t.Errorf("%d acts, and nothing was saved in Sandbox", acts)
	}
}
