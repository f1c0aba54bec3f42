package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// C042: two session cookies, or one without the prefix, are no session.
func TestDuplicateAndUnprefixedSessionCookiesAreIgnored(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	good := b.cookies[sessionCookie]
	for name, cookie := range map[string]string{
		"twice the same": sessionCookie + "=" + good + "; " + sessionCookie + "=" + good,
		"planted first":  sessionCookie + "=planted; " + sessionCookie + "=" + good,
		"planted last":   sessionCookie + "=" + good + "; " + sessionCookie + "=planted",
		"unprefixed":     "session=" + good,
	} {
		r := b.request(http.MethodGet, "/sandbox/dashboard", nil)
		r.Header.Set("Cookie", cookie)
		if answer := b.send(r); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s, want the login page", name, answer.Status)
		}
	}
	if r := b.get("/sandbox/dashboard"); r.StatusCode != http.StatusOK {
		t.Errorf("the one right cookie: %s", r.Status)
	}
}

// C026, C038: each sign-in gives the browser another token, the one before is dead, and the database holds neither.
func TestEverySignInGivesAnotherToken(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	b.signUp("a@example.test", "0811111111")
	b.cookies[sessionCookie] = "chosen-by-an-attacker"
	b.signIn("a@example.test")
	first := b.cookies[sessionCookie]
	b.signIn("a@example.test")
	second := b.cookies[sessionCookie]
	if first == second || first == "chosen-by-an-attacker" {
		t.Errorf("tokens %q and %q", first, second)
	}
	stored := strings.Join(p.db.Dump(t), "\n")
	for token, want := range map[string]int{"chosen-by-an-attacker": http.StatusSeeOther, first: http.StatusSeeOther, second: http.StatusOK} {
		b.cookies[sessionCookie] = token
		if r := b.get("/sandbox/dashboard"); r.StatusCode != want {
			t.Errorf("token %q: %s, want %d", token, r.Status, want)
		}
		b.cookies[sessionCookie] = token
		if strings.Contains(stored, token) {
			t.Errorf("the database holds the token %q", token)
		}
	}
	for _, digest := range regexp.MustCompile(`token_digest=(\S+)`).FindAllStringSubmatch(stored, -1) {
		b.cookies[sessionCookie] = digest[1]
		if r := b.get("/sandbox/dashboard"); r.StatusCode != http.StatusSeeOther {
			t.Errorf("a stored digest signs in: %s", r.Status)
		}
	}
}

func TestSigningOutEndsTheSessionOnTheServer(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	stolen := b.cookies[sessionCookie]
	b.post("/logout")
	b.cookies[sessionCookie] = stolen
	if r := b.get("/sandbox/dashboard"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the old cookie: %s", r.Status)
	}
	if !strings.Contains(strings.Join(p.db.Dump(t), "\n"), "session.signed_out") {
		t.Error("no activity entry")
	}
}

// C076: a return path leads nowhere but into the portal.
func TestReturnPathsAreLocal(t *testing.T) {
	for _, path := range []string{
		"//evil.test", "/\\evil.test", "\\/evil.test", "/%2f%2fevil.test", "https://evil.test", "javascript:alert(1)", "evil.test", "/x@evil.test",
		"/\t/evil.test", "/\n", "/a//b", "/x\x00", "", "?x", "/sandbox?next=https://evil.test", "/" + strings.Repeat("a", 8<<10), "/日本",
	} {
		if got := localPath(path); got != "" {
			t.Errorf("localPath(%q) = %q", path, got)
		}
	}
	for _, path := range []string{"/", "/sandbox/dashboard", "/production/settings/access-keys", "/x?y=1"} {
		if got := localPath(path); got != path {
			t.Errorf("localPath(%q) = %q", path, got)
		}
	}
	p := newPortal(t)
	b := p.browser(t)
	b.signUp("a@example.test", "0811111111")
	r := b.post("/login", "email", "a@example.test", "password", password, "next", "//evil.test")
	if got := r.Header.Get("Location"); got != "/login/done" {
		t.Errorf("login leads to %q", got)
	}
	if got := b.get("/login/done?next=//evil.test").Header.Get("Location"); got != "/sandbox/dashboard" {
		t.Errorf("after login: %q", got)
	}
}

func FuzzReturnPath(f *testing.F) {
	for _, seed := range []string{"/", "//x", "/\\x", "/a?b=c", "https://x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		local := localPath(path)
		if local == "" {
			return
		}
		u, err := url.Parse(local)
		if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || !strings.HasPrefix(local, "/") || strings.HasPrefix(local, "//") {
			t.Errorf("localPath(%q) = %q", path, local)
		}
	})
}
