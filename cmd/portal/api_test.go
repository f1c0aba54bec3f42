package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
	"merchant-portal/keys"
	"merchant-portal/store"
)

// ask sends a request to the running program and gives status and body.
func ask(t *testing.T, address, host, key string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/v2/order-1/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	r.SetBasicAuth(key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(said)
}

// The program opens the door, on the portal's host and on that of an environment, and what was counted is on disk when it has ended.
func TestTheProgramAnswersToKeysAndKeepsTheirCounts(t *testing.T) {
	data := t.TempDir()
	key := merchantIn(t, data)
	address, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", data, "--production-api-host", "api.example.test")
	for _, tt := range []struct {
		host, key string
		status    int
		says      string
	}{
		{strings.TrimPrefix(address, "http://"), key, http.StatusOK, `"status_code":"404"`},
		{strings.TrimPrefix(address, "http://"), "unknown", http.StatusUnauthorized, `"status_code":"401"`},
		{"API.example.test", key, http.StatusUnauthorized, "This key belongs to Sandbox"},
	} {
		if status, said := ask(t, address, tt.host, tt.key); status != tt.status || !strings.Contains(said, tt.says) {
			t.Errorf("%s: %d %s, want %d and %s", tt.host, status, said, tt.status, tt.says)
		}
	}
	stop()
	st := openIn(t, data)
	last, err := st.Uses().Last(t.Context(), "G100000001", ids.Sandbox)
	if err != nil || len(last) != 1 {
		t.Errorf("Last = %v, %v", last, err)
	}
	refused, err := st.Uses().Refusals(t.Context(), "G100000001", ids.Production, time.Now().Add(-time.Hour))
	if err != nil || len(refused) != 1 || refused[0].Reason != keys.OtherEnvironment {
		t.Errorf("Refusals = %v, %v", refused, err)
	}
}

// A program that speaks plain http to a portal with TLS is refused, not redirected: it would go on sending its key in clear.
func TestAKeySentInClearIsRefused(t *testing.T) {
	for path, want := range map[string]int{
		"/v2/order-1/status": http.StatusForbidden, "/v1.0/access-token/b2b": http.StatusForbidden, "/login": http.StatusPermanentRedirect,
	} {
		w := httptest.NewRecorder()
		redirectTo(&url.URL{Scheme: "https", Host: "portal.example.com"}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://api.example.com"+path, nil))
		if w.Code != want || (w.Header().Get("Location") != "") != (want == http.StatusPermanentRedirect) {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
}

// merchantIn makes a merchant in the data folder and gives its server key.
func merchantIn(t *testing.T, data string) string {
	t.Helper()
	startAndStop(t, data) // which makes database and master key
	st := openIn(t, data)
	rooms, now := newOnboarding(st), time.Now()
	const m = ids.MerchantID("G100000001")
	person := auth.Person{
		ID: "p", Merchant: m, Name: "Sari", Email: "sari@example.test", Phone: "+62811111111", Language: "en", Roles: auth.Roles{auth.Administrator},
		PasswordHash: "hash", PasswordSetAt: now, CreatedAt: now,
	}
	err := st.Do(t.Context(), func(ctx context.Context) error {
		if err := st.People().Create(ctx, auth.Merchant{ID: m, Name: "Toko", CreatedAt: now}, person); err != nil {
			return err
		}
		return rooms.MerchantCreated(ctx, m, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	owned, err := rooms.keys.List(t.Context(), m, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range owned {
		if k.Kind == keys.Server {
			box, err := st.Keysets().Environment(ids.Sandbox)
			if err != nil {
				t.Fatal(err)
			}
			text, err := box.Open(k.Sealed, seal.Label("key", string(m), "sandbox", "server", string(k.ID)))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
	t.Fatal("no server key")
	return ""
}

// openIn opens the database of a data folder, until the test ends.
func openIn(t *testing.T, data string) *store.Store {
	t.Helper()
	c, err := parseConfig([]string{"--data", data}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	st, err := openStore(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() }) //nolint:errcheck // the test is over
	return st
}
