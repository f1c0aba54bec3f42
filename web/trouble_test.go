package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"merchant-portal/internal/mail"
)

// C049: what is too large, or no possible password, is refused before anything is hashed. C110: bytes that are no text get a reason.
func TestBadBodiesGetAReason(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	many := url.Values{}
	for i := range maxFields + 1 {
		many.Add("x", string(rune('a'+i%26)))
	}
	for name, tt := range map[string]struct {
		path, body string
		want       int
	}{
		"large login":  {"/login", "email=a&password=" + strings.Repeat("x", 200<<10), http.StatusRequestEntityTooLarge},
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

// Whoever looked at a page is led to it again; what a link cannot repeat, and what may hold a token, leads to the start.
func TestTheWayOutOfA503IsThePageItself(t *testing.T) {
	p := newPortal(t, func(o *Options) { o.Sessions = deadSessions{o.Sessions} })
	b := p.browser(t)
	b.cookies[sessionCookie] = "some-token"
	for what, tt := range map[string]struct {
		answer *http.Response
		want   string
	}{
		"a page":        {b.get("/sandbox/dashboard"), `<a class="button" href="/sandbox/dashboard"`},
		"a mailed link": {b.get("/register/confirm?token=CANARY"), `<a class="button" href="/"`},
		"a form":        {b.post("/sandbox/settings/general", "merchant_name", "Toko"), `<a href="/"`}, // the button sends the form again
	} {
		page := body(t, tt.answer)
		if !strings.Contains(page, tt.want) || strings.Contains(page, "CANARY") {
			t.Errorf("%s: %s lacks %s\n%s", what, tt.answer.Status, tt.want, page)
		}
	}
}

var errDead = errors.New("dead")

// C089: a secret key that somebody put into an address stands in no line of the log, whatever becomes of the request.
func TestAKeyInAnAddressIsNotLoggedWhereTheRequestFails(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	texts := p.keyTexts(t, "a@example.test")
	if err := p.db.Close(); err != nil {
		t.Fatal(err)
	}
	for what, text := range texts {
		if !strings.Contains(what, "server") {
			continue // the others are public
		}
		if r := b.get("/sandbox/settings/access-keys/" + url.PathEscape(text) + "/reveal"); r.StatusCode < http.StatusInternalServerError {
			t.Errorf("%s: %s", what, r.Status)
		}
		if log := p.log.String(); strings.Contains(log, text) || !strings.Contains(log, "level=ERROR") {
			t.Errorf("%s stands in the log, or nothing does:\n%s", what, log)
		}
	}
}
