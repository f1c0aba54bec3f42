package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// C113: whatever goes wrong, an answer says nothing about what is inside.

// insides are words that only the program, its libraries, its database or its machine would say.
func insides(t *testing.T) []string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"goroutine", ".go:", "SELECT ", "INSERT ", "sqlite", "SQLITE", "SQLSTATE", "pgx", "no such table", "ERROR:", "relation \"", "database is", "panic", "/root", here,
		"merchant-portal/", runtime.Version(), "very secret cause", "runtime error", "net/http",
	}
}

// wantNothingInside looks through a whole answer and gives its text.
func wantNothingInside(t *testing.T, name string, answer *http.Response) string {
	t.Helper()
	page := body(t, answer)
	for header := range answer.Header {
		page += "\n" + header + ": " + strings.Join(answer.Header[header], "\n")
	}
	for _, inside := range insides(t) {
		if strings.Contains(page, inside) {
			t.Errorf("%s: the answer (%s) contains %q", name, answer.Status, inside)
		}
	}
	for _, header := range []string{"Server", "X-Powered-By", "X-Runtime", "Via"} {
		if answer.Header.Get(header) != "" {
			t.Errorf("%s: the answer has a header %s", name, header)
		}
	}
	if to := answer.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, "\\")) {
		t.Errorf("%s: the answer leads to %q", name, to)
	}
	return page
}

// both gives the two kinds of visitor.
func both(t *testing.T, p *portal) map[string]*browser {
	t.Helper()
	return map[string]*browser{"member": p.member(t, "a@example.test", "0811111111"), "stranger": p.browser(t)}
}

// at is a request for a path as it stands on the wire.
func (b *browser) at(method, escaped string) *http.Request {
	b.t.Helper()
	path, err := url.PathUnescape(escaped)
	if err != nil {
		b.t.Fatal(err)
	}
	r := b.request(method, "/", nil)
	r.URL.Path, r.URL.RawPath, r.RequestURI = path, escaped, escaped
	return r
}

func TestWhatDoesNotExistSaysNothing(t *testing.T) {
	p := newPortal(t)
	for name, who := range both(t, p) {
		for _, path := range []string{
			"/static/", "/static/fonts/", "/static/icons", "/static/app.css", "/static/static.go", "/static/fonts/OFL.txt", "/static/%2e%2e/static.go",
			"/static/..%2fserver.go", "/static/..%5c..%5cgo.mod", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/static/../../go.mod", "/./..",
			"/debug/pprof/", "/debug/vars", "/metrics", "/.git/config", "/.env", "/data/master.key", "/portal.db", "/_dev/inbox", "/_dev/seed", "/nothing",
			"//evil.test/", "/%5cevil.test", "/staging/settings/general", "/index.php", "/sandbox/", "/sandbox/settings/access-keys/NOSUCHKEY/reveal",
			"/sandbox/settings/access-keys/%27%20OR%201=1--/reveal", "/sandbox/settings/access-keys/" + strings.Repeat("k", 8<<10) + "/reveal",
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
				answer := who.send(who.at(method, path))
				if answer.StatusCode < 300 || answer.StatusCode >= 500 {
					t.Errorf("%s %s %.60s: %s", name, method, path, answer.Status)
				}
				wantNothingInside(t, name+" "+method+" "+path, answer)
			}
		}
	}
}

// C110: a path that is no text names nothing. It is refused before the store, which might not take it.
func TestPathsThatAreNoTextDoNotExist(t *testing.T) {
	p := newPortal(t)
	for name, who := range both(t, p) {
		p.db.Statements()
		for _, path := range []string{
			"/sandbox/settings/access-keys/%00/reveal", "/sandbox/settings/access-keys/KEY%00/reveal", "/sandbox/settings/access-keys/%ff%fe/reveal",
			"/%00", "/login%00", "/static/%00", "/static/%c0%ae%c0%ae/", "/%ed%a0%80",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				answer := who.send(who.at(method, path))
				if answer.StatusCode != http.StatusNotFound {
					t.Errorf("%s %s %s: %s, want 404", name, method, path, answer.Status)
				}
				wantNothingInside(t, name+" "+method+" "+path, answer)
			}
		}
		if reads, writes := p.db.Statements(); len(reads)+len(writes) > 0 {
			t.Errorf("%s: the store was asked %d times", name, len(reads)+len(writes))
		}
	}
}

func TestOddMethodsAreRefusedOnEveryPath(t *testing.T) {
	p := newPortal(t)
	visitors := both(t, p)
	paths := map[string]bool{"/nothing": true, "/static/nothing.css": true}
	key := visitors["member"].keyID()
	for _, r := range p.table {
		for _, path := range concrete(r.Pattern, key) {
			paths[path] = true
		}
	}
	for name, who := range visitors {
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			for _, method := range []string{http.MethodTrace, http.MethodConnect, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", "X"} {
				r := who.request(method, path, nil)
				r.Host = host // a CONNECT names another one
				r.Header.Set("X-Probe", "what was sent")
				answer := who.send(r)
				mirrors := method == http.MethodTrace || method == http.MethodConnect
				if mirrors && (answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") == "") {
					t.Errorf("%s %s %s: %s, want 405", name, method, path, answer.Status)
				}
				if answer.StatusCode < 300 || answer.StatusCode >= 500 {
					t.Errorf("%s %s %s: %s", name, method, path, answer.Status)
				}
				if page := wantNothingInside(t, name+" "+method+" "+path, answer); strings.Contains(page, "what was sent") {
					t.Errorf("%s %s %s mirrors the request", name, method, path)
				}
			}
		}
	}
}

func TestBadBodiesAndHostsSayNothing(t *testing.T) {
	p := newPortal(t)
	visitors := both(t, p)
	key := visitors["member"].keyID()
	for name, who := range visitors {
		for _, route := range p.table {
			for _, path := range concrete(route.Pattern, key) {
				for kind, text := range map[string]string{
					"application/x-www-form-urlencoded": "%zz", "application/x-www-form-urlencoded; charset=\xff": "a=%00", "application/json": `{"a":`,
					"multipart/form-data": "--x", "multipart/form-data; boundary=x": "--x\r\n\r\n", "": "\xff\xfe", "text/xml": "<!DOCTYPE x>", "x/y;;": "email=%ff",
				} {
					if route.Method != http.MethodPost || path == "/logout" {
						continue
					}
					r := who.request(http.MethodPost, path, url.Values{})
					r.Header.Set("Content-Type", kind)
					r.Body, r.ContentLength = readCloser{strings.NewReader(text)}, int64(len(text))
					answer := who.send(r)
					if answer.StatusCode < 300 || answer.StatusCode >= 500 {
						t.Errorf("%s %s %s: %s", name, path, kind, answer.Status)
					}
					wantNothingInside(t, name+" "+path+" "+kind, answer)
				}
			}
		}
		for _, other := range []string{"evil.test", "", "portal.test.evil.test", "127.0.0.1"} {
			r := who.request(http.MethodGet, "/login", nil)
			r.Host = other
			answer := who.send(r)
			if answer.StatusCode != http.StatusMisdirectedRequest {
				t.Errorf("%s under the host %q: %s", name, other, answer.Status)
			}
			wantNothingInside(t, "host "+other, answer)
		}
	}
}

func TestPanicsSayNothing(t *testing.T) {
	p := newPortal(t, func(o *Options) {
		o.Inbox, o.OnLoopback, o.PublicURL = panicking{}, true, &url.URL{Scheme: "http", Host: "localhost"}
	})
	b := p.browser(t)
	r := b.request(http.MethodGet, "/_dev/inbox", nil)
	r.Host = "localhost"
	answer := b.send(r)
	if answer.StatusCode != http.StatusInternalServerError {
		t.Errorf("%s", answer.Status)
	}
	wantNothingInside(t, "panic", answer)
}

func TestBrokenDatabasesSayNothing(t *testing.T) {
	leaky := errors.New("SELECT * FROM people: sqlite: no such table (merchant-portal/store/people.go:12) SQLSTATE 42P01 pgx panic goroutine 1")
	p := newPortal(t, func(o *Options) { o.Ready = func(context.Context) error { return leaky } })
	visitors := both(t, p)
	key := visitors["member"].keyID()
	answer := visitors["stranger"].get("/readyz")
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("not ready: %s", answer.Status)
	}
	wantNothingInside(t, "not ready", answer)
	breakTables(t, p)
	failures := 0
	for name, who := range visitors {
		for _, route := range p.table {
			for _, path := range concrete(route.Pattern, key) {
				r := who.request(route.Method, path, url.Values{"email": {"a@example.test"}, "password": {password}, "merchant_name": {"Toko"}, "language": {"id"}})
				answer := who.send(r)
				if answer.StatusCode == http.StatusInternalServerError || answer.StatusCode == http.StatusServiceUnavailable {
					failures++
				} else if answer.StatusCode >= 500 {
					t.Errorf("%s %s %s: %s", name, route.Method, path, answer.Status)
				}
				wantNothingInside(t, name+" "+route.Method+" "+path+" without tables", answer)
			}
		}
	}
	if failures < 5 || !regexp.MustCompile(`no such table|SQLSTATE 42P01`).MatchString(p.log.String()) {
		t.Errorf("only %d requests failed: the database is not broken enough for this test", failures)
	}
}

// breakTables takes the tables away from under the portal.
func breakTables(t *testing.T, p *portal) {
	t.Helper()
	for _, table := range []string{"sessions", "people", "registrations", "settings", "access_keys"} {
		p.db.Exec(t, `ALTER TABLE `+table+` RENAME TO gone_`+table)
	}
}
