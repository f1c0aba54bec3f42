package static

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(method, path string) (*httptest.ResponseRecorder, bool) {
	w := httptest.NewRecorder()
	return w, Serve(w, httptest.NewRequest(method, path, nil))
}

func TestHashedFilesMayBeKeptForEver(t *testing.T) {
	for name, contentType := range map[string]string{
		"app.css": "text/css; charset=utf-8", "copy.js": "text/javascript; charset=utf-8", "password.js": "text/javascript; charset=utf-8",
		"fonts/jakarta-latin.woff2": "font/woff2", "icons/icons.svg": "image/svg+xml; charset=utf-8",
		"icons/favicon-sandbox.svg": "image/svg+xml; charset=utf-8", "icons/favicon-production.svg": "image/svg+xml; charset=utf-8",
		"icons/favicon-neutral.svg": "image/svg+xml; charset=utf-8",
	} {
		path := Path(name)
		if !regexp.MustCompile(`^/static/[a-z/-]+\.[0-9a-f]{8,}\.[a-z0-9]+$`).MatchString(path) {
			t.Errorf("%s is at %s: no hash in the name", name, path)
		}
		w, found := get(http.MethodGet, path)
		if !found || w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Fatalf("GET %s: found %v, status %d, %d bytes", path, found, w.Code, w.Body.Len())
		}
		if got := w.Header().Get("Content-Type"); got != contentType {
			t.Errorf("%s has Content-Type %q, want %q", name, got, contentType)
		}
		if got, want := w.Header().Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
			t.Errorf("%s has Cache-Control %q, want %q", name, got, want)
		}
		if head, _ := get(http.MethodHead, path); head.Code != http.StatusOK || head.Body.Len() != 0 {
			t.Errorf("HEAD %s: status %d, %d bytes", path, head.Code, head.Body.Len())
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{
		"/static/", "/static/app.css", "/static/icons/", "/static/icons/icons.svg", "/static/static.go", "/static/app.00000000.css",
		"/static/../static.go", strings.ToUpper(Path("app.css")),
	} {
		if w, found := get(http.MethodGet, path); found || len(w.Header()) > 0 || w.Body.Len() > 0 {
			t.Errorf("GET %s is answered", path)
		}
	}
}

func TestStyleSheetNamesOnlyFilesThatExist(t *testing.T) {
	w, _ := get(http.MethodGet, Path("app.css"))
	references := regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(w.Body.String(), -1)
	if len(references) == 0 {
		t.Fatal("the style sheet names no font")
	}
	for _, reference := range references {
		if _, found := get(http.MethodGet, strings.Trim(reference[1], `"`)); !found {
			t.Errorf("the style sheet names %s, which is not served", reference[1])
		}
	}
}

func TestUnknownNamePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Path of an unknown name returned")
		}
	}()
	Path("no-such-file.css")
}

// A block that is not closed takes all that follows with it, and no browser says so.
func TestEachBlockOfTheStyleSheetIsClosedWhereItsIndentEnds(t *testing.T) {
	w, _ := get(http.MethodGet, Path("app.css"))
	depth := 0
	for i, line := range strings.Split(w.Body.String(), "\n") {
		text := strings.TrimLeft(line, " ")
		if text == "" {
			continue
		}
		want := depth
		if strings.HasPrefix(text, "}") {
			want--
		}
		if indent := len(line) - len(text); indent != 2*want {
			t.Fatalf("line %d stands in %d blocks and is indented by %d: %s", i+1, want, indent, line)
		}
		depth += strings.Count(line, "{") - strings.Count(line, "}")
	}
	if depth != 0 {
		t.Errorf("%d blocks are open at the end", depth)
	}
}
