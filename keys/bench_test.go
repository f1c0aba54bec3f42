package keys_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// benchPairs are key pairs that all tests of the bench share: making one is slow.
var benchPairs = sync.OnceValue(func() (made [4]*rsa.PrivateKey) {
	for i := range made {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		made[i] = key
	}
	return made
})

func publicOf(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

const (
	benchMerchant = ids.MerchantID("G100000001")
	benchClient   = "G100000001-SNAP"
	benchSecret   = "AbcdefghijklmnopqrstuvwxyzAAAAAA"
	stamp         = "2026-11-21T08:00:00+07:00" // storetest.Start
)

// newBench is a room whose merchant has, in both environments, a key pair and a Client Secret that are live, and in Sandbox a pair and a secret that ended
// an hour ago and ones that end in an hour: pairs 0 (live), 1 (Production), 2 (ended), 3 is nobody's.
func newBench(t testing.TB) (*snapRoom, keys.Asker) {
	t.Helper()
	r := newSnapRoom(t)
	r.activate(t)
	put := func(env ids.Environment, kind keys.Kind, text string) {
		t.Helper()
		if _, err := r.Put(t.Context(), benchMerchant, env, kind, text, r.db.Clock.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	put(ids.Sandbox, keys.PublicKey, publicOf(t, benchPairs()[2]))
	put(ids.Sandbox, keys.PublicKey, publicOf(t, benchPairs()[0]))
	put(ids.Production, keys.PublicKey, publicOf(t, benchPairs()[1]))
	put(ids.Sandbox, keys.Secret, "EndedSecretEndedSecretEndedSecre")
	put(ids.Sandbox, keys.Secret, benchSecret)
	put(ids.Production, keys.Secret, "ProductionSecretProductionSecret")
	var err error
	if benchToken, err = r.TokenOf(benchMerchant, ids.Sandbox, "KEY", r.db.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	return r, keys.Asker{Merchant: benchMerchant, Sees: ids.Environments()}
}

// benchToken is an access token of the room that was made last: tests of this package come one after the other.
var benchToken string

func signed(t testing.TB, key *rsa.PrivateKey, hash crypto.Hash, text string) string {
	t.Helper()
	h := hash.New()
	h.Write([]byte(text))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, hash, h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// right signs as documented.
func right(t testing.TB, text string) string { return signed(t, benchPairs()[0], crypto.SHA256, text) }

func names(r keys.Report) (found []string) {
	for _, f := range r.Findings {
		found = append(found, strings.TrimPrefix(f.Name, "signature."))
	}
	return found
}

// wantNamed wants a report to name exactly these, and the signature to be explained by them.
func wantNamed(t *testing.T, about string, r keys.Report, want ...string) {
	t.Helper()
	if got := names(r); !slices.Equal(got, want) || !r.Verified {
		t.Errorf("%s: findings %q, verified %t, want %q", about, got, r.Verified, want)
	}
}

// Every row of the tables of mistakes has a signature in these tests that was made that way.
func TestEveryMistakeInTheTablesIsMade(t *testing.T) {
	made := map[string]bool{}
	for _, w := range wrongTokens(t) {
		made[w.want[0]] = true
	}
	for _, w := range wrongRequests() {
		made[w.want[0]] = true
	}
	for _, name := range keys.VariantNames() {
		if !made[name] {
			t.Errorf("no signature is made with the mistake %q; made are %q", name, slices.Sorted(maps.Keys(made)))
		}
	}
}

func sum256(text string) []byte {
	digest := sha256.Sum256([]byte(text))
	return digest[:]
}
