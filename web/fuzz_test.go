package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"merchant-portal/internal/route"
	"merchant-portal/settings"
)

// fieldNames are the names that the handlers ask forms and queries for, read from their source, and those of the pages of settings: a new field is fuzzed from
// its first day.
func fieldNames(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			names = append(names, askedFor(n)...)
			return true
		})
	}
	names = append(names, keptField) // a constant in the source
	for _, page := range settings.Pages() {
		names = append(names, settings.Fields(page)...)
	}
	if len(names) < 20 {
		t.Fatalf("only the fields %v were found", names)
	}
	return names
}

// askedFor gives the name in Get("name") and in ["name"], of a form or a query. Headers, which have capitals, are none.
func askedFor(n ast.Node) []string {
	var named ast.Expr
	switch asked := n.(type) {
	case *ast.CallExpr:
		if method, isMethod := asked.Fun.(*ast.SelectorExpr); isMethod && method.Sel.Name == "Get" && len(asked.Args) == 1 {
			named = asked.Args[0]
		}
	case *ast.IndexExpr:
		named = asked.Index
	}
	name, isText := named.(*ast.BasicLit)
	if !isText || name.Kind != token.STRING {
		return nil
	}
	text, err := strconv.Unquote(name.Value)
	if err != nil || text != strings.ToLower(text) {
		return nil
	}
	return []string{text}
}

// hostile is what people and programs send that mean no good, or no text.
func hostile() []string {
	var many strings.Builder
	for i := range 3000 {
		many.WriteString("&f" + strconv.Itoa(i) + "=x")
	}
	return []string{
		"", " ", "a", "a=1&a=2", "=", "&&&", "a;b", "%", "%zz", "%00", "%ff", "\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\xc0\xae", "a\r\nSet-Cookie: x=y\r\n\r\n<p>",
		"\u202egnp.exe", "a\u200b\u200d\ufeffb", "\u2028", "e\u0301", strings.Repeat("\u0301", 40), strings.Repeat("x", 400), "👨‍👩‍👧‍👦", "١٢٣", strings.Repeat("9", 400), "-1", "1e309", "NaN", "0x7fffffffffffffff",
		strings.Repeat("a", 20<<10), strings.Repeat("ä", 40<<10), strings.Repeat("%41", 10<<10), many.String(), "email=a%40example.test&password=" + strings.Repeat("x", 129),
		"{{.}}${7*7}<%= 1 %>{%x%}", `"><script>alert(1)</script>`, "' OR '1'='1' --", `"; DROP TABLE people; --`, "../../etc/passwd", "..", ".", "/", "//evil.test", `/\evil.test`,
		"https://evil.test", "javascript:alert(1)", "/sandbox/dashboard?next=//evil.test", "$(id)`id`", "%s%n%d", `{"a":[1]}`, "<?xml version='1.0'?>", "\x1b[31m", "\\u0000",
	}
}

// attack sends one hostile text in every way to every route.
type attack struct {
	t      *testing.T
	table  map[string][]string // method → paths, with {key} where an id goes
	key    string
	text   string
	fields string // text in every field, encoded
}

// C110, C076: whatever is sent, wherever, by whomever: no failure, and no way out of the portal.
func FuzzForms(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	p := newPortal(f)
	owner := p.member(f, "a@example.test", "0811111111")
	key, names := owner.keyID(), fieldNames(f)
	everything, outside := [2]map[string][]string{{}, {}}, map[string][]string{}
	for _, r := range p.table {
		paths := concrete(r.Pattern, "{key}")
		for i := range everything { // an environment each
			everything[i][r.Method] = append(everything[i][r.Method], paths[i%len(paths)])
		}
		if r.Access != route.Permitted { // to whoever is not logged in they are one and the same as those of SignedIn
			outside[r.Method] = append(outside[r.Method], paths...)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		log := new(lockedText)
		p.Logger = slog.New(slog.NewTextHandler(log, nil))
		a := attack{t, everything[len(text)%2], key, text, inEveryField(names, text)} // both environments have the same handlers: half of the texts for each
		a.by(&browser{t: t, p: p, cookies: maps.Clone(owner.cookies)})
		a.table = outside
		a.by(&browser{t: t, p: p, cookies: map[string]string{}})
		if said := log.String(); strings.Contains(said, "level=ERROR") {
			t.Errorf("%q makes the log say:\n%s", text, said)
		}
	})
}

// by leaves out one thing: whoever is signed in does not log out, the next text needs the session.
func (a attack) by(who *browser) {
	a.t.Helper()
	_, signedIn := who.cookies[sessionCookie]
	for method, paths := range a.table {
		for _, path := range paths {
			if signedIn && path == "/logout" {
				continue
			}
			for _, request := range a.requests(who, method, path) {
				a.send(who, request)
			}
		}
	}
}

func (a attack) send(who *browser, r *http.Request) {
	a.t.Helper()
	cookies := maps.Clone(who.cookies)
	answer := who.send(r)
	who.cookies = cookies // each request comes from the same state
	if answer.StatusCode >= 500 {
		a.t.Errorf("%s %s with %q: %s", r.Method, r.URL.Path, a.text, answer.Status)
	}
	if to := answer.Header.Get("Location"); to != "" {
		u, err := url.Parse(to)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
			a.t.Errorf("%s %s with %q leads to %q", r.Method, r.URL.Path, a.text, to)
		}
	}
}

// inEveryField is the text as the value of every field.
func inEveryField(names []string, text string) string {
	fields := url.Values{}
	for _, name := range names {
		if name == "version" {
			continue // a form of settings that does not fit the present version does not reach its rules: see FuzzClashes
		}
		fields.Set(name, text)
		if strings.Contains(name, "password") {
			fields.Set(name, text+strings.Repeat("x", 129)) // too long for anybody's: hashing each would take most of the time
		}
	}
	return fields.Encode()
}

// longestQuery is what gets through to the portal: longer headers are refused before (cmd/portal).
const longestQuery = 32 << 10

// requests are the ways in: raw body and raw query; a value of every field, in body and query; an id in the path.
func (a attack) requests(who *browser, method, path string) []*http.Request {
	a.t.Helper()
	way := func(key, body, query string) *http.Request {
		r := who.at(method, strings.ReplaceAll(path, "{key}", url.PathEscape(key)))
		if len(query) < longestQuery {
			r.URL.RawQuery = query
		}
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body, r.ContentLength = readCloser{strings.NewReader(body)}, int64(len(body))
		}
		return r
	}
	ways := []*http.Request{way(a.key, a.text, a.text), way(a.key, a.fields, a.fields)}
	if strings.Contains(path, "{key}") {
		ways = append(ways, way(a.text, "", ""))
	}
	return ways
}

// The fuzz test sends what it says it does: forms reach their rules, ids reach the store.
func TestTheFuzzTestReachesTheHandlers(t *testing.T) {
	names := strings.Join(fieldNames(t), " ")
	for _, name := range []string{"email", "password", "confirm_password", "merchant_name", "custom_field3", "environment", "language", "path", "next", "token", "role", "field", "seen", "change", "kept"} {
		if !strings.Contains(names, name) {
			t.Errorf("the field %s is not fuzzed", name)
		}
	}
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	a := attack{t: t, key: b.keyID(), text: "Toko", fields: inEveryField(fieldNames(t), "Toko")}
	for _, r := range a.requests(b, http.MethodPost, "/sandbox/settings/general")[1:] {
		if answer := b.send(r); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, answer), `value="Toko"`) {
			t.Errorf("general settings: %s", answer.Status)
		}
	}
	statuses := []int{http.StatusOK, http.StatusOK, http.StatusNotFound}
	for i, r := range a.requests(b, http.MethodPost, "/sandbox/settings/access-keys/{key}/reveal") {
		if answer := b.send(r); answer.StatusCode != statuses[i] {
			t.Errorf("reveal, way %d: %s, want %d", i, answer.Status, statuses[i])
		}
	}
}
