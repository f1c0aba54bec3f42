package templates

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"merchant-portal/internal/i18n"
	"merchant-portal/web/static"
)

// hostile is what ends up as markup wherever it is not escaped.
const hostile = `"><script>alert(1)</script>`

// page is one page twice: with nothing to show, and with everything, hostile.
type page struct {
	name        string
	empty, full templ.Component
}

// of makes the page's two forms. Every text of the full view is hostile, every flag is set, every list has one entry.
func of[V any](p, hostilePage Page, name string, render func(Page, V) templ.Component) page {
	var empty, full V
	fill(reflect.ValueOf(&full).Elem())
	return page{name, render(p, empty), render(hostilePage, full)}
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	}
}

func pages(t *i18n.Printer, environment string) []page {
	p := Page{T: t, Title: "Title", Brand: Brand{Name: "Portal"}, Path: "/x", Environment: environment}
	bad := Page{
		T: t, Title: hostile, Brand: Brand{hostile, hostile}, SupportEmail: hostile, Path: hostile, Notice: hostile, PasswordEnds: hostile, Environment: environment,
		Section: "general", Crumbs: []Link{{hostile, hostile}, {hostile, ""}},
	}
	p.Menu = Menu{General: true, AccessKeys: true, Production: true, Users: true, Activity: true, Security: true}
	bad.Menu = p.Menu
	if environment != "" {
		p.Account = &Account{Name: "Sari", Email: "sari@example.test", Merchant: "Toko", MerchantID: "G123456789"}
		bad.Account = &Account{hostile, hostile, hostile, hostile}
	}
	return []page{
		of(p, bad, "Login", Login), of(p, bad, "Register", Register), of(p, bad, "MailSent", MailSent), of(p, bad, "Resend", Resend),
		of(p, bad, "Confirm", Confirm), of(p, bad, "LinkInvalid", LinkInvalid), of(p, bad, "CookieHelp", CookieHelp),
		of(p, bad, "Forgot", Forgot), of(p, bad, "ResetSent", ResetSent), of(p, bad, "Reset", Reset), of(p, bad, "ResetInvalid", ResetInvalid),
		of(p, bad, "ChangePassword", ChangePassword), of(p, bad, "Dashboard", Dashboard), of(p, bad, "General", General), of(p, bad, "History", History), of(p, bad, "Change", Change),
		of(p, bad, "AccessKeys", AccessKeys), of(p, bad, "Proof", Proof), of(p, bad, "SessionCheck", SessionCheck), of(p, bad, "Revealed", Revealed),
		of(p, bad, "ErrorPage", ErrorPage), of(p, bad, "DevInbox", DevInbox), of(p, bad, "Profile", Profile), of(p, bad, "Sessions", Sessions),
		of(p, bad, "Users", Users), of(p, bad, "Invite", Invite), of(p, bad, "Roles", Roles), of(p, bad, "ConfirmAct", ConfirmAct),
		of(p, bad, "Doctor", Doctor), of(p, bad, "Bench", Bench), of(p, bad, "Snippets", Snippets), of(p, bad, "Search", Search),
		of(p, bad, "Invitation", Invitation), of(p, bad, "InvitationInvalid", InvitationInvalid),
	}
}

// everyPage calls check with every page in both languages, signed out and in either environment, empty and full.
func everyPage(t *testing.T, check func(t *testing.T, html string)) {
	t.Helper()
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{i18n.English, i18n.Indonesian} {
		for _, environment := range []string{"", "sandbox", "production"} {
			for _, p := range pages(catalog.Printer(lang), environment) {
				for form, component := range map[string]templ.Component{"empty": p.empty, "full": p.full} {
					t.Run(strings.Join([]string{p.name, lang, environment, form}, "/"), func(t *testing.T) {
						var out bytes.Buffer
						if err := component.Render(context.Background(), &out); err != nil {
							t.Fatal(err)
						}
						check(t, out.String())
					})
				}
			}
		}
	}
}

func TestPagesHaveEveryWordAndOneHeading(t *testing.T) {
	everyPage(t, func(t *testing.T, html string) {
		if missing := regexp.MustCompile(`⟦[^⟧]*⟧`).FindString(html); missing != "" {
			t.Errorf("the page shows %s", missing)
		}
		for _, once := range []string{"<h1", "<main", "<title>"} {
			if n := strings.Count(html, once); n != 1 {
				t.Errorf("the page has %s %d times", once, n)
			}
		}
	})
}

func TestPagesEscapeWhatPeopleTyped(t *testing.T) {
	everyPage(t, func(t *testing.T, html string) {
		if strings.Contains(html, "<script>alert") {
			t.Error("a text became markup")
		}
	})
}

func TestPagesCarryNoScriptOrStyleOfTheirOwn(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|<[a-z][^>"]*(?:"[^"]*"[^>"]*)*\s(?:style|on[a-z]+)\s*=|<script(?:\s+defer)?\s*>|href="javascript:`)
	everyPage(t, func(t *testing.T, html string) {
		if found := inline.FindString(html); found != "" {
			t.Errorf("the page carries %q", found)
		}
	})
}

func TestLabelsAndDescriptionsLeadToAnElement(t *testing.T) {
	ids := regexp.MustCompile(`\sid="([^"]*)"`)
	references := regexp.MustCompile(`\s(?:for|aria-describedby|aria-labelledby)="([^"]*)"`)
	everyPage(t, func(t *testing.T, html string) {
		seen := map[string]bool{}
		for _, found := range ids.FindAllStringSubmatch(html, -1) {
			if seen[found[1]] {
				t.Errorf("the id %q stands twice", found[1])
			}
			seen[found[1]] = true
		}
		for _, found := range references.FindAllStringSubmatch(html, -1) {
			for _, id := range strings.Fields(found[1]) {
				if !seen[id] && !strings.Contains(id, "&") {
					t.Errorf("nothing has the id %q that %s names", id, found[0])
				}
			}
		}
	})
}

func TestEnvironmentIsToldInTitleIconAndRibbon(t *testing.T) {
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for environment, want := range map[string][]string{
		"sandbox":    {" · Sandbox · Portal</title>", static.Path("icons/favicon-sandbox.svg"), `class="ribbon"`, `<option value="sandbox" selected`},
		"production": {" · Production · Portal</title>", static.Path("icons/favicon-production.svg"), `<option value="production" selected`},
	} {
		var out bytes.Buffer
		if err := pages(catalog.Printer(i18n.English), environment)[12].empty.Render(context.Background(), &out); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: the dashboard lacks %q", environment, w)
			}
		}
		if ribbon := strings.Contains(out.String(), `class="ribbon"`); ribbon != (environment == "sandbox") {
			t.Errorf("%s: ribbon is %v", environment, ribbon)
		}
	}
}

func TestEveryIconIsInTheSprite(t *testing.T) {
	sprite, err := os.ReadFile("../static/icons/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.templ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`@icon\("([^"]+)"\)`).FindAllStringSubmatch(string(text), -1) {
			if !bytes.Contains(sprite, []byte(`id="`+found[1]+`"`)) {
				t.Errorf("%s shows the icon %q, which the sprite lacks", file, found[1])
			}
		}
	}
}

// Parts are rendered once; while pages are worked on (make dev), each time.
func TestPartsAreRenderedOnceUnlessPagesAreWorkedOn(t *testing.T) {
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for live, want := range map[bool]int{false: 1, true: 3} {
		p := Page{T: catalog.Printer("en"), Title: "Rendered once", Live: live}
		rendered := 0
		for range 3 {
			c := p.once("counted", func(Page) templ.Component { rendered++; return templ.NopComponent })
			if err := c.Render(t.Context(), new(bytes.Buffer)); err != nil {
				t.Fatal(err)
			}
		}
		if rendered != want {
			t.Errorf("live %v: rendered %d times, want %d", live, rendered, want)
		}
		frames.Clear()
	}
}
