package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

// Header implements http.ResponseWriter.
func (w discard) Header() http.Header { return w.header }

// Write implements http.ResponseWriter.
func (discard) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (discard) WriteHeader(int) {}

// A request with a key that is remembered costs one small statement and writes nothing.
func TestARequestWithAServerKeyCostsOneStatement(t *testing.T) {
	d := newDoor(t)
	_, server := d.reveal(t, d.who, ids.Sandbox, keys.Server)
	d.legacy(sandboxHost, server)
	d.legacy(sandboxHost, server)
	d.db.Statements()
	d.legacy(sandboxHost, server)
	if reads, writes := d.db.Statements(); len(reads) != 1 || len(writes) != 0 {
		t.Errorf("%d reads, %d writes, want one and none: %s", len(reads), len(writes), append(reads, writes...))
	}
}

func BenchmarkServerKey(b *testing.B) {
	d := newDoor(b)
	_, server := d.reveal(b, d.who, ids.Sandbox, keys.Server)
	r := httptest.NewRequest(http.MethodGet, "https://"+sandboxHost+"/v2/order-1/status", nil)
	r.SetBasicAuth(server, "")
	b.ReportAllocs()
	for b.Loop() {
		d.handler.ServeHTTP(discard{http.Header{}}, r)
	}
}
