package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
	"merchant-portal/web/templates"
)

const (
	host     = "portal.test"
	password = "kopi tubruk di teras belakang"
)

// portal is a server of a test, on a real database.
type portal struct {
	*Server
	db      *storetest.DB
	handler http.Handler
	mails   *mails
	log     *lockedText
}

// mails collects what would be sent, from the queue's own worker.
type mails struct {
	mu   sync.Mutex
	sent []outbox.Message
}

// Enqueue implements outbox.Queue for tests of pages, which need no delivery.
func (m *mails) Enqueue(_ context.Context, message outbox.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, message)
	return nil
}

func (m *mails) last(t testing.TB) outbox.Message {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sent) == 0 {
		t.Fatal("no mail was sent")
	}
	return m.sent[len(m.sent)-1]
}

type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String gives what was written so far.
func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

type emptyInbox struct{}

// Letters implements Inbox.
func (emptyInbox) Letters() ([]mail.Letter, error) { return nil, nil }

type onboarding struct {
	environments *envswitch.Service
	keys         *keys.Service
}

// MerchantCreated implements auth.Onboarding as cmd/portal does.
func (o onboarding) MerchantCreated(ctx context.Context, m ids.MerchantID, at time.Time) error {
	return errors.Join(o.environments.MerchantCreated(ctx, m, at), o.keys.Issue(ctx, m, ids.Sandbox, at))
}

// catalogs are read once for all portals: that takes longer than most tests.
var catalogs = sync.OnceValues(i18n.Load)

func newPortal(t testing.TB, edit ...func(*Options)) *portal {
	t.Helper()
	db := storetest.New(t)
	catalog, err := catalogs()
	if err != nil {
		t.Fatal(err)
	}
	p := &portal{db: db, mails: new(mails), log: new(lockedText)}
	environments := &envswitch.Service{Store: db.Environments(), Tx: db, Log: db.Activity(), Now: db.Clock.Now}
	ring := &keys.Service{
		Store: db.Keys(), Current: db.CurrentKeys(), Registrations: db.SnapRegistrations(), Notifications: db.NotificationKeys(), Uses: db.Uses(), ExternalIDs: db.ExternalIDs(), Tx: db, Log: db.Activity(),
		Sealer: db.Keysets(), Now: db.Clock.Now, Tolerance: 5 * time.Minute,
	}
	accounts := db.ForAuth()
	accounts.Outbox, accounts.Onboarding, accounts.Hasher = p.mails, onboarding{environments, ring}, auth.NewHasher(runtime.NumCPU(), storetest.Cost)
	accounts.Passkeys, accounts.Rules, accounts.Now = auth.NewRelyingParty(&url.URL{Scheme: "https", Host: host}, "Portal"), auth.DocumentedRules(), db.Clock.Now
	people := auth.New(accounts)
	ring.Staff = people
	pages := settings.New(settings.Deps{Store: db.Settings(), Tx: db, Log: db.Activity(), Staff: people, Now: db.Clock.Now, Notifications: ring})
	o := Options{
		Auth:         people,
		Environments: environments, Settings: pages, Keys: ring,
		Activations: &envswitch.Activations{
			Store: db.Activations(), Documents: db.ActivationDocuments(), Environments: db.Environments(), Business: pages, Opening: ring, Tx: db,
			Log: db.Activity(), Sealer: db.Keysets(), Staff: people, Now: db.Clock.Now,
		},
		Log: db.Activity(), Entries: db.Entries(),
		Sessions: db.Sessions(), Rules: auth.DocumentedRules(), Catalog: catalog, Inbox: emptyInbox{}, Ready: db.Ping, Logger: slog.New(slog.NewTextHandler(p.log, nil)),
		Now: db.Clock.Now, PublicURL: &url.URL{Scheme: "https", Host: host},
		APIs:  map[ids.Environment]string{ids.Sandbox: "https://api.sandbox.example.test", ids.Production: "https://api.example.test"},
		Brand: templates.Brand{Name: "Portal"}, SupportEmail: "support@example.test",
	}
	for _, e := range edit {
		e(&o)
	}
	if p.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	p.handler = p.Handler()
	return p
}

// browser keeps cookies and sends what a browser sends from the portal's own pages.
type browser struct {
	t       testing.TB
	p       *portal
	cookies map[string]string
	address string // where its requests come from; "": as httptest has it
}

func (p *portal) browser(t testing.TB) *browser {
	return &browser{t: t, p: p, cookies: map[string]string{}}
}

func (b *browser) request(method, path string, form url.Values) *http.Request {
	var r *http.Request
	if form == nil {
		r = httptest.NewRequest(method, "https://"+host+path, nil)
	} else {
		r = httptest.NewRequest(method, "https://"+host+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.address != "" {
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(b.address), 4711).String()
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Origin", "https://"+host)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

func (b *browser) send(r *http.Request) *http.Response {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.p.handler.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer
}

func (b *browser) get(path string) *http.Response {
	b.t.Helper()
	return b.send(b.request(http.MethodGet, path, nil))
}

func (b *browser) post(path string, fields ...string) *http.Response {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.send(b.request(http.MethodPost, path, form))
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	var text strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(text.String(), "\r\n\r\n")
	return after
}

// signUp registers and confirms in this browser.
func (b *browser) signUp(email, phone string) {
	b.t.Helper()
	b.register(email, phone, password)
	b.get("/register/confirm?token=" + b.p.mails.last(b.t).Token)
	if r := b.post("/register/confirm"); r.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("confirm: %s\n%s", r.Status, body(b.t, r))
	}
}

func (b *browser) register(email, phone, secret string) *http.Response {
	b.t.Helper()
	return b.post("/register", "business_name", "Toko Bunga", "full_name", "Sari", "email", email, "phone", phone,
		"password", secret, "confirm_password", secret)
}

func (b *browser) signIn(email string) {
	b.t.Helper()
	if r := b.post("/login", "email", email, "password", password); r.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("login: %s\n%s", r.Status, body(b.t, r))
	}
}

// member is a browser with somebody signed in.
func (p *portal) member(t testing.TB, email, phone string) *browser {
	t.Helper()
	b := p.browser(t)
	b.signUp(email, phone)
	b.signIn(email)
	return b
}

var revealLink = regexp.MustCompile(`/sandbox/settings/access-keys/([A-Z0-9]+)/reveal`)

// keyID is the id of the server key of whoever is signed in.
func (b *browser) keyID() string {
	b.t.Helper()
	found := revealLink.FindStringSubmatch(body(b.t, b.get("/sandbox/settings/access-keys")))
	if found == nil {
		b.t.Fatal("no reveal link")
	}
	return found[1]
}

// concrete gives the paths of a route: one per environment, with a real key id, which is no session's id.
func concrete(pattern, key string) []string {
	pattern = strings.NewReplacer("{key}", key, "{session}", key, "{factor}", key, "{person}", key, "{invitation}", key, "{document}", key, "{version}", "1").Replace(pattern)
	if !strings.Contains(pattern, "{environment}") {
		return []string{pattern}
	}
	return []string{strings.ReplaceAll(pattern, "{environment}", "sandbox"), strings.ReplaceAll(pattern, "{environment}", "production")}
}

// merchantOf is the merchant of whoever has an address.
func (p *portal) merchantOf(t testing.TB, email string) ids.MerchantID {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	return person.Merchant
}
