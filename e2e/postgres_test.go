package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"merchant-portal/internal/pgtest"
)

// shared is the server that most tests use, each with a database of its own.
var shared struct {
	sync.Once
	server *pgtest.Server
	err    error
	made   int
	mu     sync.Mutex
}

// run makes the names of this process's databases its own.
var run = strings.ToLower(rand.Text()[:8])

// postgres starts a PostgreSQL of the test's own, which it may stop.
func postgres(t *testing.T) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Start(pgtest.Fast)
	pgtest.Demand(t, err)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// onPostgres gives the flags of nodes that work together on a new database: where it is, and the master key.
func onPostgres(t *testing.T) []string {
	t.Helper()
	shared.Do(func() { shared.server, shared.err = pgtest.Shared(pgtest.Fast) })
	pgtest.Demand(t, shared.err)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.made++
	database, err := shared.server.CreateDatabase(fmt.Sprintf("portal_e2e_%s_%d", run, shared.made))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--database", database, "--master-key-file", masterKey(t)}
}

func masterKey(t *testing.T) string {
	t.Helper()
	secret := make([]byte, 32)
	rand.Read(secret) //nolint:errcheck // never fails
	name := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(name, []byte(base64.StdEncoding.EncodeToString(secret)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
