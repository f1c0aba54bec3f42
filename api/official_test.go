package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/midtrans/midtrans-go"
	"github.com/midtrans/midtrans-go/coreapi"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// redirected is the transport of the official client: its requests come to the portal, on the API host of the environment that they were meant for.
type redirected struct{ d *door }

// RoundTrip implements http.RoundTripper.
func (to redirected) RoundTrip(r *http.Request) (*http.Response, error) {
	ours := r.Clone(r.Context())
	ours.Host = map[string]string{"api.sandbox.midtrans.com": sandboxHost, "api.midtrans.com": productionHost}[r.URL.Host]
	ours.RemoteAddr = "192.0.2.9:4711"
	return to.d.ask(ours), nil
}

// official asks with the official Go client and gives HTTP status, status_code and message.
func (d *door) official(key string, env midtrans.EnvironmentType) (status int, code, message string) {
	var c coreapi.Client
	c.New(key, env)
	c.HttpClient = &midtrans.HttpClientImplementation{
		HttpClient: &http.Client{Transport: redirected{d}}, Logger: &midtrans.LoggerImplementation{LogLevel: midtrans.NoLogging},
	}
	found, err := c.CheckTransaction("order-1")
	if err != nil && err.RawApiResponse != nil {
		status, message = err.RawApiResponse.StatusCode, err.Message
	}
	if found != nil {
		code = found.StatusCode
	}
	return status, code, message
}

func TestTheOfficialClientGetsTheDocumentedAnswers(t *testing.T) {
	d := newDoor(t)
	_, server := d.reveal(t, d.who, ids.Sandbox, keys.Server)
	_, client := d.reveal(t, d.who, ids.Sandbox, keys.Client)
	_, production := d.reveal(t, d.who, ids.Production, keys.Server)
	for name, tt := range map[string]struct {
		key    string
		env    midtrans.EnvironmentType
		status int
		says   string
	}{
		"right":                     {server, midtrans.Sandbox, http.StatusOK, "Transaction doesn't exist."},
		"right, Production":         {production, midtrans.Production, http.StatusOK, "Transaction doesn't exist."},
		"wrong":                     {keys.Generate(ids.Sandbox, keys.Server), midtrans.Sandbox, http.StatusUnauthorized, deniedLegacy},
		"another kind":              {client, midtrans.Sandbox, http.StatusUnauthorized, "This is a client key"},
		"Sandbox against the other": {server, midtrans.Production, http.StatusUnauthorized, "This key belongs to Sandbox"},
		"Production against it":     {production, midtrans.Sandbox, http.StatusUnauthorized, "This key belongs to Production"},
	} {
		status, code, message := d.official(tt.key, tt.env)
		wantCode := map[int]string{http.StatusOK: "404", http.StatusUnauthorized: "401"}[tt.status]
		if status != tt.status || code != wantCode || !strings.Contains(message, tt.says) {
			t.Errorf("%s: HTTP %d, status_code %q, %q, want %d, %q and %q", name, status, code, message, tt.status, wantCode, tt.says)
		}
	}
}

// C085: a rotated key works for the official client until its end exactly.
func TestTheOfficialClientIsRefusedAtTheDeadlineExactly(t *testing.T) {
	d := newDoor(t)
	k, server := d.reveal(t, d.who, ids.Sandbox, keys.Server)
	asks := func(want int, when string) {
		t.Helper()
		if status, _, message := d.official(server, midtrans.Sandbox); status != want {
			t.Errorf("%s: HTTP %d, want %d: %s", when, status, want, message)
		}
	}
	asks(http.StatusOK, "before the rotation")
	d.end(t, k, d.db.Clock.Now().Add(time.Hour))
	asks(http.StatusOK, "during the overlap")
	d.db.Clock.Move(time.Hour - time.Millisecond)
	asks(http.StatusOK, "a millisecond before the end")
	d.db.Clock.Move(time.Millisecond)
	asks(http.StatusUnauthorized, "at the end")
	d.end(t, k, d.db.Clock.Now().Add(time.Hour))
	asks(http.StatusOK, "extended")
	d.end(t, k, d.db.Clock.Now())
	asks(http.StatusUnauthorized, "retired now")
	last, err := d.ring.Uses.Last(t.Context(), k.Merchant, k.Environment)
	if err != nil || last[k.ID].From != "192.0.2.9" {
		t.Errorf("last use %+v, %v", last[k.ID], err)
	}
}
