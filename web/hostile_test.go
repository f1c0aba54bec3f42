package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"merchant-portal/internal/outbox"
	"merchant-portal/internal/route"
)

// C108: what somebody stored stays a text, wherever it is shown. New pages, forms and mails are in these tests from their first day: they walk the table.

// stored are texts that become something else where they are not shown as texts.
var stored = []string{
	`"><script>alert(1)</script>`, `' onmouseover='alert(1)`, `</textarea></title><svg onload=alert(1)><!--`, `javascript:alert(1)`, `data:text/html,<script>alert(1)</script>`,
	`=HYPERLINK("https://evil.example","a")`, `@SUM(1+1)`, `{{.Secret}} ${7*7} <%= 7*7 %> &lt;b&gt;`, "a\r\nBcc: evil@evil.example",
}

// wantInert reads a page as a browser does: nothing in it runs, and everything leads to the portal, to a mailbox or to a plain address of the web.
func wantInert(t *testing.T, path, page string) {
	t.Helper()
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		token := z.Token()
		if kind == html.CommentToken || kind == html.DoctypeToken && !strings.EqualFold(token.Data, "html") {
			t.Errorf("%s has %q", path, token.String())
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		source := ""
		for _, a := range token.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc":
				t.Errorf("%s has %s", path, token.String())
			case slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key):
				source = a.Val
				if !leadsWhereItMay(a.Val) {
					t.Errorf("%s leads to %q", path, a.Val)
				}
			}
		}
		if slices.Contains([]string{"script", "img", "iframe", "object", "embed", "base"}, token.Data) && !strings.HasPrefix(source, "/static/") {
			t.Errorf("%s has %s", path, token.String())
		}
	}
}

func leadsWhereItMay(to string) bool {
	u, err := url.Parse(to)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "":
		return u.Host == ""
	case "mailto", "http", "https":
		return !strings.ContainsAny(to, "<>\"' \r\n")
	}
	return false
}

// takes stores a text in every field of a form that takes it, and gives how many those are. Answers are looked at too.
func (b *browser) takes(t *testing.T, path, text string) (taken int) {
	t.Helper()
	fields, found := b.ownForm(path)
	if !found {
		return 0
	}
	refused := map[string]bool{}
	for range 3 { // each answer may name other fields
		for name := range fields {
			if name != "version" && name != "kept" {
				fields.Set(name, map[bool]string{true: "", false: text}[refused[name]])
			}
		}
		answer := b.send(b.request(http.MethodPost, path, fields))
		page := body(t, answer)
		wantInert(t, path, page)
		if answer.StatusCode == http.StatusSeeOther {
			break
		}
		for name := range fields {
			refused[name] = refused[name] || strings.Contains(page, `id="`+name+`-error"`)
		}
	}
	shown, _ := b.ownForm(path)
	for name := range shown {
		if name != "version" && strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), shown.Get(name)) && shown.Get(name) != "" {
			taken++
		}
	}
	return taken
}

// ownForm gives the fields of the form of a page that acts where the page is, unless it asks for a secret.
func (b *browser) ownForm(path string) (url.Values, bool) {
	page := body(b.t, b.get(path))
	for _, tag := range formTags.FindAllStringIndex(page, -1) {
		acts := actions.FindStringSubmatch(page[tag[0]:tag[1]])
		form, _, _ := strings.Cut(page[tag[1]:], "</form>")
		if acts != nil && acts[1] == path && strings.Contains(page[tag[0]:tag[1]], `method="post"`) && !strings.Contains(form, `type="password"`) {
			fields := textsOf(form)
			return fields, len(fields) > 0
		}
	}
	return nil, false
}

// storesTexts are the forms that store texts: those of settings, and of the own profile. What the pages about keys take is looked at and not stored.
func storesTexts(r route.Route[handler]) bool {
	rest := strings.TrimPrefix(r.Pattern, "/"+route.Environment)
	return r.Method == http.MethodPost && !strings.Contains(rest, "{") && !strings.HasPrefix(rest, keysPath) &&
		(strings.HasPrefix(rest, "/settings/") || r.Pattern == profilePath || strings.HasPrefix(r.Pattern, "/production/"))
}

func TestStoredTextsAreInertOnEveryPage(t *testing.T) {
	p := newPortal(t)
	b, own := p.twoEnvironments(t, "a@example.test")
	for _, text := range stored {
		p.db.Exec(t, `UPDATE merchants SET name = $1`, text)
		p.db.Exec(t, `UPDATE people SET name = $1`, text)
		b.signIn("a@example.test")
		taken := 0
		for _, r := range p.table {
			if storesTexts(r) {
				for _, path := range pathsIn(t, own, r.Pattern) {
					taken += b.takes(t, path, text)
				}
			}
		}
		if taken < 4 {
			t.Errorf("%q was stored in %d fields", text, taken)
		}
		b.looksEverywhere(t, own)
	}
}

// looksEverywhere opens every page, and searches.
func (b *browser) looksEverywhere(t *testing.T, own map[string]objects) {
	t.Helper()
	for _, r := range b.p.table {
		if r.Method != http.MethodGet || r.Pattern == "/static/" {
			continue
		}
		for _, path := range pathsIn(t, own, r.Pattern) {
			answer := b.get(path)
			page := body(t, answer)
			for name, values := range answer.Header {
				if strings.ContainsAny(strings.Join(values, ""), "\r\n<>") || strings.Contains(strings.Join(values, ""), "evil") {
					t.Errorf("%s: header %s: %q", path, name, values)
				}
			}
			if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
				wantInert(t, path, page)
			}
			if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") && cellThatActs.MatchString(page) {
				t.Errorf("%s: a cell would be a formula: %s", path, cellThatActs.FindString(page))
			}
		}
	}
}

// cellThatActs is a cell of a table that a spreadsheet would compute (C107).
var cellThatActs = regexp.MustCompile(`(?m)(^|,)"?[=@+\t-][^,]*`)

// No mail carries what was stored: not names, not settings. What else is in a letter is made inert where it is written (internal/mail).
func TestStoredTextsAreInNoMail(t *testing.T) {
	p := newPortal(t)
	b, own := p.twoEnvironments(t, "a@example.test")
	kinds := map[outbox.Kind]bool{}
	for i, text := range []string{"canary <b>one</b>", "canary two", "canary three"} {
		p.db.Exec(t, `UPDATE merchants SET name = $1`, text)
		p.db.Exec(t, `UPDATE people SET name = $1`, text)
		b.signIn("a@example.test")
		for _, r := range p.table {
			if storesTexts(r) {
				for _, path := range pathsIn(t, own, r.Pattern) {
					b.takes(t, path, text)
				}
			}
		}
		server := keysList + "/" + string(p.serverKey(t, "a@example.test", "sandbox").ID)
		b.post(server+"/rotate", "overlap", "1h")
		b.post(server + "/retire")
		b.post(usersPath+"/invite", "email", strings.Repeat("x", i+1)+"@example.test", "role", "finance")
		b.post(usersPath+"/"+own[""]["person"]+"/roles", "role", []string{"developer", "finance"}[i%2])
		b.post("/password/forgot", "email", "a@example.test")
	}
	for _, m := range p.mails.sent {
		kinds[m.Kind] = true
		if letter := fmt.Sprintf("%+v", m); strings.Contains(letter, "canary") {
			t.Errorf("a mail carries what was stored: %s", letter)
		}
	}
	if len(kinds) < 6 {
		t.Errorf("only %v were sent", kinds)
	}
}
