package api

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"strings"
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

// BenchmarkAccessToken is to be compared with BenchmarkVerification: the goal is that one, and two bare handlers more.
func BenchmarkAccessToken(b *testing.B) {
	d := newDoor(b)
	p := d.program(b)
	headers := p.tokenHeaders(b, p.now())
	p.post(tokenPath, grant, headers)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "https://"+sandboxHost+tokenPath, strings.NewReader(grant))
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		d.handler.ServeHTTP(discard{http.Header{}}, r)
	}
}

// BenchmarkVerification is one bare RSA-2048 verification.
func BenchmarkVerification(b *testing.B) {
	private, err := pair()
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("text"))
	signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
			b.Fatal(err)
		}
	}
}
