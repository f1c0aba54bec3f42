package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/route"
	"merchant-portal/store/storetest"
)

// The tests of this file walk the route table: a new route is in all of them from its first day.

func TestSignedOutLeadsToTheLoginPage(t *testing.T) {
	p := newPortal(t)
	key := p.member(t, "a@example.test", "0811111111").keyID()
	for _, r := range p.table {
		for _, path := range concrete(r.Pattern, key) {
			stranger := p.browser(t)
			var answer *http.Response
			if r.Method == http.MethodGet {
				answer = stranger.get(path)
			} else {
				answer = stranger.post(path)
			}
			toLogin := answer.StatusCode == http.StatusSeeOther && strings.HasPrefix(answer.Header.Get("Location"), "/login")
			if want := r.Access != route.Anyone; want && !toLogin {
				t.Errorf("%s %s: %s, want the login page", r.Method, path, answer.Status)
			}
			if _, signedIn := stranger.cookies[sessionCookie]; signedIn {
				t.Errorf("%s %s gave a stranger a session", r.Method, path)
			}
		}
	}
}

// C025: to a stranger, what exists and what does not look the same.
func TestAStrangerCannotTellWhatExists(t *testing.T) {
	p := newPortal(t)
	key := p.member(t, "a@example.test", "0811111111").keyID()
	b := p.browser(t)
	for _, path := range []string{
		"/sandbox/settings/access-keys/" + key + "/reveal", "/sandbox/settings/access-keys/NOSUCHKEY/reveal", "/staging/settings/general", "/nothing",
	} {
		if r := b.get(path); r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/login") {
			t.Errorf("%s: %s to %q", path, r.Status, r.Header.Get("Location"))
		}
	}
}

// C068, C070: no state-changing route takes a request that another site made, login and logout included, and nothing changes. No route is exempt.
func TestOtherSitesChangeNothing(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := b.keyID()
	before := p.db.Dump(t)
	headers := map[string]http.Header{
		"cross-site":     {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.test"}},
		"same-site":      {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://other.portal.test"}},
		"foreign origin": {"Origin": {"https://evil.test"}},
		"null origin":    {"Origin": {"null"}},
	}
	posts := 0
	for _, r := range p.table {
		if r.Method != http.MethodPost {
			continue
		}
		for _, path := range concrete(r.Pattern, key) {
			for name, h := range headers {
				posts++
				request := b.request(http.MethodPost, path, url.Values{
					"email": {"a@example.test"}, "password": {password}, "merchant_name": {"Toko"}, "environment": {"production"}, "language": {"id"},
				})
				request.Header.Del("Sec-Fetch-Site")
				request.Header.Del("Origin")
				for k, v := range h {
					request.Header[k] = v
				}
				answer := b.send(request)
				if answer.StatusCode != http.StatusForbidden {
					t.Errorf("%s %s: %s, want 403", name, path, answer.Status)
				}
				for _, c := range answer.Cookies() {
					t.Errorf("%s %s sets the cookie %s", name, path, c.Name)
				}
			}
		}
	}
	if posts == 0 {
		t.Error("no route was tried")
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("another site changed:\n%s", diff)
	}
}

// withoutExports leaves out the entries about downloads of the activity log and the ends of its chains, which move with them: all that a GET may write.
func withoutExports(dump []string) []string {
	return slices.DeleteFunc(dump, func(line string) bool {
		return strings.HasPrefix(line, "activity_heads ") || (strings.HasPrefix(line, "activity ") && strings.Contains(line, " action=activity.exported "))
	})
}

// C069: looking changes nothing, whatever is looked at, and by whomever.
func TestLookingChangesNothing(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := b.keyID()
	b.register("b@example.test", "0822222222", password)
	link := "/register/confirm?token=" + p.mails.last(t).Token
	before := withoutExports(p.db.Dump(t))
	for _, who := range []*browser{b, p.browser(t)} {
		who.get(link)
		for _, r := range p.table {
			for _, path := range concrete(r.Pattern, key) {
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
					who.send(who.request(method, path, nil))
				}
			}
		}
	}
	if diff := cmp.Diff(before, withoutExports(p.db.Dump(t))); diff != "" {
		t.Errorf("looking changed:\n%s", diff)
	}
}

// C071, C073, C074, C075: the headers that protect stand on every answer: pages, redirects, refusals, errors, assets.
func TestEveryAnswerCarriesTheProtectingHeaders(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := b.keyID()
	answers := map[string]*http.Response{}
	for name, who := range map[string]*browser{"member": b, "stranger": p.browser(t)} {
		for _, r := range p.table {
			for _, path := range concrete(r.Pattern, key) {
				if path == "/logout" {
					continue
				}
				answers[name+" "+r.Method+" "+path] = who.send(who.request(r.Method, path, nil))
			}
		}
	}
	css := regexpIn(t, `/static/app\.[0-9a-f]+\.css`, body(t, b.get("/login/done")), body(t, p.browser(t).get("/login")))
	answers["asset"] = b.get(css)
	answers["missing asset"] = b.get("/static/nothing.css")
	other := b.request(http.MethodGet, "/login", nil)
	other.Host = "evil.test"
	answers["other host"] = b.send(other)
	for name, r := range answers {
		h := r.Header
		for header, want := range map[string]string{
			"Content-Security-Policy": contentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": permissionsPolicy, "X-Frame-Options": "DENY",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := h.Get(header); got != want {
				t.Errorf("%s: %s = %q, want %q", name, header, got, want)
			}
		}
		if wantCache := map[bool]string{true: "public, max-age=31536000, immutable", false: "no-store"}[name == "asset"]; h.Get("Cache-Control") != wantCache {
			t.Errorf("%s: Cache-Control = %q, want %q", name, h.Get("Cache-Control"), wantCache)
		}
		if ct := h.Get("Content-Type"); r.ContentLength > 0 && !strings.Contains(ct, "charset=utf-8") {
			t.Errorf("%s: Content-Type = %q has no charset", name, ct)
		}
	}
	for _, forbidden := range []string{"unsafe", "*", "data:", "http:"} {
		if strings.Contains(contentSecurityPolicy, forbidden) {
			t.Errorf("the policy contains %q", forbidden)
		}
	}
}

// C073: a portal on plain http must not tell browsers to leave plain http: there is nothing else on this machine.
func TestAPortalOnPlainHTTPDemandsNoHTTPS(t *testing.T) {
	p := newPortal(t, func(o *Options) { o.PublicURL = &url.URL{Scheme: "http", Host: host} })
	for _, path := range []string{"/login", "/nothing", "/healthz"} {
		if got, sent := p.browser(t).get(path).Header["Strict-Transport-Security"]; sent {
			t.Errorf("%s: Strict-Transport-Security = %q", path, got)
		}
	}
}

// C029: every cookie that the portal ever sets carries the prefix and all that comes with it, and dies with the browser.
func TestEveryCookieIsLocked(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	var set []*http.Cookie
	collect := func(r *http.Response) { set = append(set, r.Cookies()...) }
	collect(b.post("/language", "language", "id", "path", "/login"))
	collect(b.register("a@example.test", "0811111111", password))
	collect(b.get("/register/confirm?token=" + p.mails.last(t).Token))
	collect(b.post("/register/confirm"))
	collect(b.post("/login", "email", "a@example.test", "password", password))
	collect(b.post("/sandbox/settings/general", "merchant_name", "Toko"))
	collect(b.get("/sandbox/settings/general"))
	collect(b.post("/logout"))
	phone := p.withFactor(t, "a@example.test")
	collect(b.post("/login", "email", "a@example.test", "password", password))
	collect(b.post("/login/code", "code", phone.code(t, 0)))
	names := map[string]bool{}
	for _, c := range set {
		names[c.Name] = true
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
			c.MaxAge > 0 || (!c.Expires.IsZero() && c.MaxAge >= 0 && c.Value != "") {
			t.Errorf("cookie %s", c)
		}
	}
	if len(names) != 6 {
		t.Errorf("cookies set: %v, want all six", names)
	}
}

// C039: strangers leave neither rows nor cookies behind.
func TestAThousandStrangersLeaveNothing(t *testing.T) {
	p := newPortal(t)
	before := p.db.Dump(t)
	for i := range 1000 {
		path := []string{"/login", "/register", "/", "/sandbox/dashboard", "/register/resend"}[i%5]
		if cookies := p.browser(t).get(path).Cookies(); len(cookies) > 0 {
			t.Fatalf("%s sets %v", path, cookies)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" || storetest.Count(before, "sessions") != 0 {
		t.Errorf("strangers left:\n%s", diff)
	}
}

func TestARouteTableWithGapsIsRefused(t *testing.T) {
	good := route.Route[handler]{Method: "GET", Pattern: "/x", Access: route.Anyone}
	for name, edit := range map[string]func(*route.Route[handler]){
		"nobody chose the access":                  func(r *route.Route[handler]) { r.Access = route.Nobody },
		"permission of nobody":                     func(r *route.Route[handler]) { r.Permission = "x" },
		"permitted without a right":                func(r *route.Route[handler]) { r.Access = route.Permitted },
		"post without a limit":                     func(r *route.Route[handler]) { r.Method = "POST" },
		"environment open to anybody":              func(r *route.Route[handler]) { r.Pattern = "/{environment}/x" },
		"odd method":                               func(r *route.Route[handler]) { r.Method = "PATCH" },
		"a page that needs a password typed again": func(r *route.Route[handler]) { r.Access, r.Fresh = route.SignedIn, "proof.title" },
		"a stranger's form that is kept":           func(r *route.Route[handler]) { r.Method, r.BodyLimit, r.Keeps = "POST", 1, true },
	} {
		bad := good
		edit(&bad)
		if route.Check([]route.Route[handler]{good, bad}) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := route.Check([]route.Route[handler]{good}); err != nil {
		t.Errorf("a good table: %v", err)
	}
}
