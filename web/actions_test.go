package web

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

func regexpIn(t *testing.T, pattern string, texts ...string) string {
	t.Helper()
	for _, text := range texts {
		if found := regexp.MustCompile(pattern).FindString(text); found != "" {
			return found
		}
	}
	t.Fatalf("nothing matches %s", pattern)
	return ""
}

// C019: a new portal has nobody in it.
func TestANewPortalHasNoAccount(t *testing.T) {
	p := newPortal(t)
	for _, table := range []string{"people", "merchants", "sessions", "registrations", "access_keys"} {
		if n := storetest.Count(p.db.Dump(t), table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

// C023: signing up with a taken address looks the same as with a free one; its owner gets a mail.
func TestATakenAddressLooksTheSame(t *testing.T) {
	p := newPortal(t)
	p.browser(t).signUp("taken@example.test", "0811111111")
	free := p.browser(t).register("free@example.test", "0822222222", password)
	people := storetest.Count(p.db.Dump(t), "people")
	taken := p.browser(t).register("Taken@Example.test", "0833333333", password)
	if free.StatusCode != taken.StatusCode || free.Header.Get("Location") != taken.Header.Get("Location") || body(t, free) != body(t, taken) {
		t.Errorf("free: %s, taken: %s", free.Status, taken.Status)
	}
	if len(free.Cookies()) != 1 || len(taken.Cookies()) != 1 || free.Cookies()[0].Name != taken.Cookies()[0].Name {
		t.Errorf("cookies differ: %v and %v", free.Cookies(), taken.Cookies())
	}
	if m := p.mails.last(t); m.Kind != outbox.AlreadyRegistered || m.To != "taken@example.test" || m.Token != "" {
		t.Errorf("the owner got %+v", m)
	}
	dump := p.db.Dump(t)
	if storetest.Count(dump, "people") != people || strings.Contains(strings.Join(dump, "\n"), "+6233333333") {
		t.Error("the second sign-up left something")
	}
}

// rules.md, Registration: a stranger who signs up with my address cannot use my click.
func TestInAnotherBrowserTheConfirmationAsksForThePassword(t *testing.T) {
	p := newPortal(t)
	p.browser(t).register("a@example.test", "0811111111", password)
	link := "/register/confirm?token=" + p.mails.last(t).Token
	owner := p.browser(t)
	owner.get(link)
	if page := body(t, owner.get("/register/confirm")); !strings.Contains(page, `name="password"`) {
		t.Error("the page does not ask for the password")
	}
	for _, wrong := range []string{"", "another password altogether"} {
		if r := owner.post("/register/confirm", "password", wrong); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("password %q: %s", wrong, r.Status)
		}
	}
	if n := storetest.Count(p.db.Dump(t), "people"); n != 0 {
		t.Fatal("somebody was made without the password")
	}
	if r := owner.post("/register/confirm", "password", password); r.StatusCode != http.StatusSeeOther {
		t.Errorf("right password: %s", r.Status)
	}
	if r := owner.post("/register/confirm", "password", password); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("second time: %s", r.Status)
	}
}

func TestConfirmationMakesTheMerchantWhole(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	b.signUp("a@example.test", "0811111111")
	dump := p.db.Dump(t)
	for table, want := range map[string]int{"merchants": 1, "people": 1, "environments": 2, "access_keys": 2, "registrations": 0, "registration_links": 0, "activity": 2} {
		if got := storetest.Count(dump, table); got != want {
			t.Errorf("%s: %d rows, want %d", table, got, want)
		}
	}
	// C091: Production has no keys before it is active.
	if strings.Contains(strings.Join(dump, "\n"), "access_keys id") && regexp.MustCompile(`access_keys .*environment=production`).MatchString(strings.Join(dump, "\n")) {
		t.Error("there are Production keys")
	}
	b.signIn("a@example.test")
	if page := body(t, b.get("/production/settings/access-keys")); !strings.Contains(page, "No Production keys yet") || strings.Contains(page, "Mid-server-") {
		t.Error("the Production page does not say why it has no keys")
	}
}

func TestUnconfirmedShowsOnlyAfterTheRightPassword(t *testing.T) {
	p := newPortal(t)
	b := p.browser(t)
	b.register("a@example.test", "0811111111", password)
	const hint = "not confirmed yet"
	if page := body(t, b.post("/login", "email", "a@example.test", "password", password)); !strings.Contains(page, hint) {
		t.Error("the right password does not lead on")
	}
	wrong := body(t, b.post("/login", "email", "a@example.test", "password", "some other password"))
	unknown := body(t, b.post("/login", "email", "x@example.test", "password", "some other password"))
	if strings.Contains(wrong, hint) || wrong != strings.ReplaceAll(unknown, "x@example.test", "a@example.test") {
		t.Error("a wrong password tells that the address is registered")
	}
}

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

// C049: what is too large, or no possible password, is refused before anything is hashed. C110: bytes that are no text get a reason.
func TestBadBodiesGetAReason(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	many := url.Values{}
	for i := range 60 {
		many.Add("x", string(rune('a'+i%26)))
	}
	for name, tt := range map[string]struct {
		path, body string
		want       int
	}{
		"large login":  {"/login", "email=a&password=" + strings.Repeat("x", 20<<10), http.StatusRequestEntityTooLarge},
		"ten megabyte": {"/sandbox/settings/general", "merchant_name=" + strings.Repeat("x", 10<<20), http.StatusRequestEntityTooLarge},
		"many fields":  {"/sandbox/settings/general", many.Encode(), http.StatusRequestEntityTooLarge},
		"no UTF-8":     {"/sandbox/settings/general", "merchant_name=%ff%fe", http.StatusUnprocessableEntity},
		"NUL":          {"/sandbox/settings/general", "merchant_name=a%00b", http.StatusUnprocessableEntity},
		"bad escape":   {"/sandbox/settings/general", "merchant_name=%zz", http.StatusUnprocessableEntity},
		"long password": {"/login", url.Values{"email": {"a@example.test"}, "password": {strings.Repeat("x", 129)}}.Encode(),
			http.StatusUnprocessableEntity},
	} {
		r := b.request(http.MethodPost, tt.path, url.Values{})
		r.Body = http.NoBody
		r = r.Clone(r.Context())
		r.Body = readCloser{strings.NewReader(tt.body)}
		r.ContentLength = int64(len(tt.body))
		if answer := b.send(r); answer.StatusCode != tt.want {
			t.Errorf("%s: %s, want %d", name, answer.Status, tt.want)
		}
	}
}

type readCloser struct{ *strings.Reader }

// Close implements io.Closer.
func (readCloser) Close() error { return nil }

// C094: ids of another merchant, and of the other environment, do not exist, in every method.
func TestForeignKeysDoNotExist(t *testing.T) {
	p := newPortal(t)
	mine := p.member(t, "a@example.test", "0811111111")
	other := p.member(t, "b@example.test", "0822222222")
	key := mine.keyID()
	before := p.db.Dump(t)
	for name, tt := range map[string]struct {
		who *browser
		env string
	}{"other merchant": {other, "sandbox"}, "other environment": {mine, "production"}} {
		path := "/" + tt.env + "/settings/access-keys/" + key + "/reveal"
		for method, r := range map[string]*http.Response{"GET": tt.who.get(path), "POST": tt.who.post(path, "password", password)} {
			if r.StatusCode != http.StatusNotFound {
				t.Errorf("%s, %s: %s, want 404", name, method, r.Status)
			}
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// C084, as far as it goes here: nothing is shown without the password, and what is shown is in the log before.
func TestRevealNeedsThePasswordAndIsLogged(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	secret := regexp.MustCompile(`SB-Mid-server-[A-Za-z0-9_-]{24}`)
	for _, wrong := range []string{"", "some other password", strings.Repeat("x", 200)} {
		r := b.post(path, "password", wrong)
		if r.StatusCode != http.StatusUnprocessableEntity || secret.MatchString(body(t, r)) {
			t.Errorf("password %q: %s", wrong, r.Status)
		}
	}
	r := b.post(path, "password", password)
	if r.StatusCode != http.StatusOK || !secret.MatchString(body(t, r)) {
		t.Errorf("right password: %s", r.Status)
	}
	var done, refused int
	for _, line := range p.db.Dump(t) {
		if strings.Contains(line, "action=key.revealed") {
			if strings.Contains(line, "outcome=done") {
				done++
			} else {
				refused++
			}
		}
	}
	if done != 1 || refused != 2 {
		t.Errorf("%d reveals and %d refusals in the log, want 1 and 2", done, refused)
	}
	p.db.Exec(t, `ALTER TABLE activity RENAME TO elsewhere`)
	if r := b.post(path, "password", password); r.StatusCode != http.StatusInternalServerError || secret.MatchString(body(t, r)) {
		t.Errorf("without an entry in the log: %s", r.Status)
	}
}

func TestSettingsOfTheTwoEnvironmentsAreSeparate(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	r := b.post("/sandbox/settings/general", "merchant_name", "Toko Bunga", "environment", "production", "merchant_id", "G999999999")
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/sandbox/settings/general" {
		t.Fatalf("save: %s to %s", r.Status, r.Header.Get("Location"))
	}
	if page := body(t, b.get("/sandbox/settings/general")); !strings.Contains(page, `value="Toko Bunga"`) || !strings.Contains(page, "Your settings have been updated.") {
		t.Error("Sandbox does not show what was saved")
	}
	if page := body(t, b.get("/production/settings/general")); strings.Contains(page, `value="Toko Bunga"`) {
		t.Error("Production shows what was saved in Sandbox")
	}
}

func TestARefusedFormComesBackWithEverythingTyped(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	r := b.post("/sandbox/settings/general", "merchant_name", "Toko & Bunga", "director_name", "  Sari  ", "merchant_url", "https://a-very-long-name.example", "npwp", "12x")
	page := body(t, r)
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("%s", r.Status)
	}
	for _, want := range []string{`value="Toko &amp; Bunga"`, `value="  Sari  "`, `value="https://a-very-long-name.example"`, "“&amp;” cannot be used", "these are 32", "“x” is no digit"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := storetest.Count(p.db.Dump(t), "settings"); n != 0 {
		t.Error("something was saved")
	}
}

// C106: nothing that is typed becomes a header or another receiver of a mail.
func TestAddressesCarryNothingElse(t *testing.T) {
	p := newPortal(t)
	for _, address := range []string{
		"a@example.test\r\nBcc: b@example.test", "a@example.test,b@example.test", "Sari <a@example.test>", "a@example.test\n", "\"a b\"@example.test", "a@b", "a@[127.0.0.1]",
		"a@example.test\x00", "a b@example.test", "a@exam\u202eple.test", strings.Repeat("a", 250) + "@example.test",
	} {
		if r := p.browser(t).register(address, "0811111111", password); r.StatusCode != http.StatusUnprocessableEntity && strings.TrimSpace(address) != "a@example.test" {
			t.Errorf("%q: %s", address, r.Status)
		}
	}
	for _, m := range p.mails.sent {
		if m.To != "a@example.test" {
			t.Errorf("a mail goes to %q", m.To)
		}
	}
}

// C112: a panic gives the error page with an id, and the process lives.
func TestAPanicGivesAPageWithAnID(t *testing.T) {
	p := newPortal(t, func(o *Options) {
		o.Inbox = panicking{}
		o.OnLoopback = true
		o.PublicURL = &url.URL{Scheme: "http", Host: "localhost"}
	})
	b := p.browser(t)
	request := b.request(http.MethodGet, "/_dev/inbox", nil)
	request.Host = "localhost"
	r := b.send(request)
	page := body(t, r)
	id := r.Header.Get("X-Request-Id")
	if r.StatusCode != http.StatusInternalServerError || id == "" || !strings.Contains(page, id) {
		t.Errorf("%s, id %q", r.Status, id)
	}
	if strings.Contains(page, "very secret cause") || strings.Contains(page, "goroutine") {
		t.Error("the visitor sees the cause")
	}
	if log := p.log.String(); !strings.Contains(log, "very secret cause") || !strings.Contains(log, id) {
		t.Error("the log lacks the cause or the id")
	}
	again := b.request(http.MethodGet, "/login", nil)
	again.Host = "localhost"
	if r := b.send(again); r.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s", r.Status)
	}
}

type panicking struct{}

// Letters implements Inbox.
func (panicking) Letters() ([]mail.Letter, error) { panic("very secret cause") }

func TestTheInboxIsForThisMachineAlone(t *testing.T) {
	p := newPortal(t, func(o *Options) { o.OnLoopback = true; o.PublicURL = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"} })
	try := func(edit func(*http.Request)) int {
		b := p.browser(t)
		r := b.request(http.MethodGet, "/_dev/inbox", nil)
		r.Host = "127.0.0.1:8080"
		edit(r)
		return b.send(r).StatusCode
	}
	if got := try(func(*http.Request) {}); got != http.StatusOK {
		t.Errorf("on this machine: %d", got)
	}
	for _, header := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
		if got := try(func(r *http.Request) { r.Header.Set(header, "x") }); got != http.StatusNotFound {
			t.Errorf("with %s: %d", header, got)
		}
	}
	if got := try(func(r *http.Request) { r.Host = "portal.test" }); got != http.StatusMisdirectedRequest {
		t.Errorf("under another host: %d", got)
	}
}

func TestADeadDatabaseIsA503AndNobodyIsSignedIn(t *testing.T) {
	p := newPortal(t, func(o *Options) { o.Sessions = deadSessions{o.Sessions} })
	b := p.browser(t)
	b.cookies[sessionCookie] = "some-token"
	for _, r := range []*http.Response{b.get("/sandbox/dashboard"), b.post("/sandbox/settings/general", "merchant_name", "Toko")} {
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
		}
	}
}

func TestTheSwitchLeadsToTheSamePage(t *testing.T) {
	for path, want := range map[string]string{
		"/sandbox/settings/general": "/production/settings/general", "/production/settings/access-keys": "/production/settings/access-keys",
		"//evil.test": "/production/dashboard", "": "/production/dashboard", "/login": "/production/dashboard",
	} {
		if got := samePage(path, ids.Production); got != want {
			t.Errorf("samePage(%q) = %q, want %q", path, got, want)
		}
	}
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	if r := b.post("/environment", "environment", "production", "path", "/sandbox/settings/general"); r.Header.Get("Location") != "/production/settings/general" {
		t.Errorf("switch leads to %q", r.Header.Get("Location"))
	}
	if r := b.get("/"); r.Header.Get("Location") != "/production/dashboard" {
		t.Errorf("the choice was not remembered: %q", r.Header.Get("Location"))
	}
	b.get("/sandbox/dashboard") // a link into an environment remembers nothing
	if r := b.get("/"); r.Header.Get("Location") != "/production/dashboard" {
		t.Errorf("a visit changed the choice: %q", r.Header.Get("Location"))
	}
	if r := b.post("/environment", "environment", "staging"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown environment: %s", r.Status)
	}
}

var errDead = errors.New("dead")
