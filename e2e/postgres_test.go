package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// postgres starts a PostgreSQL of the test's own, which it may stop.
func postgres(t *testing.T) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Start(pgtest.Fast)
	demand(t, err)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// demand fails a test for a PostgreSQL that does not start. One that is not installed only skips it, but for CI.
func demand(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") == "" {
		t.Skipf("*** NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// onPostgres gives the flags of nodes that work together on a new database: where it is, and the master key.
func onPostgres(t *testing.T) []string {
	t.Helper()
	shared.Do(func() { shared.server, shared.err = pgtest.Start(pgtest.Fast) })
	demand(t, shared.err)
	shared.mu.Lock()
	shared.made++
	name := fmt.Sprintf("portal%d", shared.made)
	shared.mu.Unlock()
	database, err := shared.server.CreateDatabase(name)
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
