package api

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/peer"
	"merchant-portal/keys"
	"merchant-portal/store/storetest"
)

const (
	portalHost     = "portal.test"
	sandboxHost    = "api.sandbox.portal.test"
	productionHost = "api.portal.test:8443"
)

// nobodyMails takes mails that no test here looks at.
type nobodyMails struct{}

// Enqueue implements outbox.Queue.
func (nobodyMails) Enqueue(context.Context, outbox.Message) error { return nil }

// lockedText is a log.
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

// door is the API of a test on a real database, with one merchant that has keys in both environments.
type door struct {
	*Server
	db      *storetest.DB
	ring    *keys.Service
	handler http.Handler
	log     *lockedText
	who     activity.Actor
	pages   int // requests that were left to the portal
}

func newDoor(t testing.TB) *door {
	t.Helper()
	d := &door{db: storetest.New(t), log: new(lockedText)}
	deps := d.db.ForAuth()
	deps.Outbox, deps.Rules, deps.Now = nobodyMails{}, auth.DocumentedRules(), d.db.Clock.Now
	d.ring = &keys.Service{
		Store: d.db.Keys(), Current: d.db.CurrentKeys(), Registrations: d.db.SnapRegistrations(), Uses: d.db.Uses(), ExternalIDs: d.db.ExternalIDs(),
		Tx: d.db, Log: d.db.Activity(), Sealer: d.db.Keysets(), Staff: auth.New(deps), Now: d.db.Clock.Now, Tolerance: 5 * time.Minute,
	}
	d.who = d.merchant(t, "G100000001")
	var err error
	d.Server, err = New(Options{
		Keys: d.ring, Hosts: map[ids.Environment]string{ids.Sandbox: sandboxHost, ids.Production: productionHost},
		Peers:  peer.Rules{PublicURL: &url.URL{Scheme: "https", Host: portalHost}},
		Logger: slog.New(slog.NewTextHandler(d.log, nil)), Now: d.db.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.handler = d.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.pages++
		w.WriteHeader(http.StatusTeapot)
	}))
	return d
}

// merchant makes a merchant with keys in both environments.
func (d *door) merchant(t testing.TB, m ids.MerchantID) activity.Actor {
	t.Helper()
	now := d.db.Clock.Now()
	p := auth.Person{
		ID: ids.PersonID("person-of-" + m), Merchant: m, Name: "Sari", Email: string(m) + "@example.test", Phone: "+62" + string(m[1:]), Language: "en",
		Roles: auth.Roles{auth.Administrator}, PasswordHash: "hash", PasswordSetAt: now, CreatedAt: now,
	}
	open := &envswitch.Service{Store: d.db.Environments(), Tx: d.db, Log: d.db.Activity(), Now: d.db.Clock.Now}
	err := d.db.Do(t.Context(), func(ctx context.Context) error {
		return errors.Join(d.db.People().Create(ctx, auth.Merchant{ID: m, Name: "Toko", CreatedAt: now}, p), open.MerchantCreated(ctx, m, now),
			d.ring.Issue(ctx, m, ids.Sandbox, now), d.ring.Issue(ctx, m, ids.Production, now))
	})
	if err != nil {
		t.Fatal(err)
	}
	return activity.Actor{Merchant: m, Person: p.ID, Address: "192.0.2.1"}
}

// reveal gives the key of a kind as its page would show it.
func (d *door) reveal(t testing.TB, who activity.Actor, env ids.Environment, kind keys.Kind) (keys.Key, string) {
	t.Helper()
	owned, err := d.ring.List(t.Context(), who.Merchant, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range owned {
		if k.Kind == kind {
			_, text, err := d.ring.Reveal(t.Context(), who, env, k.ID)
			if err != nil {
				t.Fatal(err)
			}
			return k, text
		}
	}
	t.Fatalf("no %s key in %s", kind, env)
	return keys.Key{}, ""
}

// end gives a key an end.
func (d *door) end(t testing.TB, k keys.Key, at time.Time) {
	t.Helper()
	if err := d.ring.Store.SetEnd(t.Context(), k.Merchant, k.Environment, k.ID, at); err != nil {
		t.Fatal(err)
	}
}

var pair = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// registerSnap makes BI-SNAP credentials of Sandbox.
func (d *door) registerSnap(t testing.TB) (*rsa.PrivateKey, keys.Registered) {
	t.Helper()
	private, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := d.ring.Register(t.Context(), d.who, ids.Sandbox, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	return private, made
}

// send asks a host, with headers as name, value, name, value.
func (d *door) send(method, host, path, body string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.Host = host
	r.URL = &url.URL{Path: path}
	if decoded, err := url.ParseRequestURI(path); err == nil {
		r.URL = decoded
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return d.ask(r)
}

func (d *door) ask(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result()
}

// status asks for a transaction with a key.
func (d *door) legacy(host, key string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "https://"+host+"/v2/order-1/status", nil)
	r.SetBasicAuth(key, "")
	return d.ask(r)
}

// body reads an answer, which is JSON and complete.
func body(t testing.TB, answer *http.Response) map[string]any {
	t.Helper()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatalf("%s: %q is no JSON object: %v", answer.Status, raw, err)
	}
	return fields
}

// basicOf is the Authorization header of a key.
func basicOf(key string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
}
