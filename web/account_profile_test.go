package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
)

// saveProfile sends the profile form with some of its fields changed.
func (b *browser) saveProfile(changed ...string) *http.Response {
	b.t.Helper()
	fields := []string{"full_name", "Sari", "phone", "0811111111", "language", "en", "timezone", "Asia/Jakarta", "theme", "system"}
	for i := 0; i < len(changed); i += 2 {
		for j := 0; j < len(fields); j += 2 {
			if fields[j] == changed[i] {
				fields[j+1] = changed[i+1]
			}
		}
	}
	return b.post(profilePath, fields...)
}

func TestASavedProfileIsShownInItsOwnLanguageThemeAndZone(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	if page := body(t, b.get(profilePath)); !strings.Contains(page, `<html lang="en">`) || !strings.Contains(page, ">a@example.test</p>") || !strings.Contains(page, "62811111111") {
		t.Errorf("the profile as it is:\n%s", page)
	}
	b.post("/language", "language", "en", "path", profilePath)
	r := b.saveProfile("full_name", "  Sari Dewi ", "phone", "0812222222", "language", "id", "timezone", "Asia/Jayapura", "theme", "dark")
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != profilePath {
		t.Fatalf("save: %s", r.Status)
	}
	page := body(t, b.get(profilePath))
	for _, want := range []string{`<html lang="id" data-theme="dark">`, `value="Sari Dewi"`, "Profil Anda telah disimpan.", "62812222222", `<option value="Asia/Jayapura" selected>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the profile lacks %s", want)
		}
	}
	if page := body(t, b.get("/sandbox/settings/access-keys")); !strings.Contains(page, "21 Nov 2026, 10:00 WIT. ") || !strings.Contains(page, `data-theme="dark"`) {
		t.Errorf("the keys are not shown in the zone and theme chosen:\n%s", page)
	}
	for _, theme := range []string{"light", "system", "dark"} { // nothing else changes
		b.saveProfile("language", "id", "timezone", "Asia/Jayapura", "theme", theme)
		page := body(t, b.get(profilePath))
		if marked := strings.Contains(page, `data-theme="`+theme+`"`); marked != (theme != "system") || strings.Count(page, "data-theme") > 1 {
			t.Errorf("theme %s: marked is %v", theme, marked)
		}
	}
	b.post("/logout")
	if page := body(t, b.get("/login")); strings.Contains(page, "data-theme") {
		t.Error("a page of nobody has somebody's theme")
	}
	b.signIn("a@example.test")
	if page := body(t, b.get("/sandbox/dashboard")); !strings.Contains(page, `<html lang="id" data-theme="dark">`) {
		t.Error("signing in again undid the profile")
	}
}

// What the page offers is what may be saved, and nothing else is.
func TestEveryChoiceOfTheProfileCanBeSavedAndNoOther(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	page := body(t, b.get(profilePath))
	choices := 0
	for _, name := range []string{"language", "timezone", "theme"} {
		_, list, _ := strings.Cut(page, `<select id="`+name+`"`)
		list, _, _ = strings.Cut(list, "</select>")
		for _, option := range regexp.MustCompile(`<option value="([^"]*)"`).FindAllStringSubmatch(list, -1) {
			choices++
			if r := b.saveProfile(name, option[1]); r.StatusCode != http.StatusSeeOther {
				t.Errorf("%s %q: %s", name, option[1], r.Status)
			}
		}
		before := p.db.Dump(t)
		for _, other := range []string{"", "fr", "Europe/Berlin", "Asia/Jakarta Asia/Makassar", "DARK"} {
			if r := b.saveProfile(name, other); r.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s %q: %s", name, other, r.Status)
			}
		}
		if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
			t.Errorf("%s: what was refused changed:\n%s", name, diff)
		}
	}
	if choices != 8 {
		t.Errorf("%d choices, want two languages, three zones and three themes", choices)
	}
}

// C034: a profile that the end of the session cut off is offered again, and saved by the person alone.
func TestAProfileThatWasCutOffIsOfferedAgain(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(auth.DocumentedRules().IdleTimeout + 1e6)
	r := b.saveProfile("full_name", "Sari Dewi")
	sealed := regexp.MustCompile(`name="sealed" value="([^"]+)"`).FindStringSubmatch(body(t, r))
	if r.StatusCode != http.StatusUnauthorized || sealed == nil {
		t.Fatalf("after the end: %s, want the login page with the form", r.Status)
	}
	to := b.post("/login", "email", "a@example.test", "password", password, "sealed", sealed[1]).Header.Get("Location")
	offered := b.get(to).Header.Get("Location")
	page := body(t, b.get(offered))
	if !strings.HasPrefix(offered, profilePath+"?kept=") || !strings.Contains(page, `value="Sari Dewi"`) {
		t.Fatalf("%q offers:\n%s", offered, page)
	}
	if strings.Contains(body(t, b.get(profilePath)), "Sari Dewi") {
		t.Error("it was saved before anybody sent it again")
	}
	b.post(profilePath, "kept", strings.TrimPrefix(offered, profilePath+"?kept="), "full_name", "Sari Dewi", "phone", "0811111111",
		"language", "en", "timezone", "Asia/Jakarta", "theme", "system")
	if !strings.Contains(body(t, b.get(profilePath)), `value="Sari Dewi"`) {
		t.Error("it is not saved")
	}
	if strings.Contains(body(t, b.get(offered)), "This is what you had typed") {
		t.Error("it is offered a second time")
	}
}

// Pages of no environment lead back to the one last used.
func TestTheNavigationOfAccountPagesLeadsToTheEnvironmentLastUsed(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for _, env := range []string{"production", "sandbox"} {
		b.post("/environment", "environment", env, "path", profilePath)
		for _, path := range []string{profilePath, sessionsPath} {
			page := body(t, b.get(path))
			for _, want := range []string{`href="/` + env + `/dashboard"`, `href="/` + env + `/settings/general"`, `href="` + path + `" aria-current="page"`, `href="/account/password"`} {
				if !strings.Contains(page, want) {
					t.Errorf("%s after %s lacks %s", path, env, want)
				}
			}
			if strings.Contains(page, `class="ribbon"`) || !strings.Contains(page, `<option value="" selected disabled>`) {
				t.Errorf("%s pretends to belong to an environment", path)
			}
		}
	}
}

// A page of no environment has a menu all the same, and says which environment that leads to: the one last used.
func TestAPageOfNoEnvironmentSaysWhereItsMenuLeads(t *testing.T) {
	b := newPortal(t).member(t, "a@example.test", "0811111111")
	for _, environment := range []string{"Production", "Sandbox"} {
		b.post("/environment", "environment", strings.ToLower(environment), "path", "/")
		page := body(t, b.get("/account/profile"))
		if want := "The menu leads to " + environment + "."; !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
		if want := `href="/` + strings.ToLower(environment) + `/dashboard"`; !strings.Contains(page, want) {
			t.Errorf("the menu lacks %s", want)
		}
	}
}
