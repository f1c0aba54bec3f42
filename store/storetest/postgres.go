package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx", for Raw

	"merchant-portal/internal/pgtest"
	"merchant-portal/internal/seal"
	"merchant-portal/store"
)

// running is the server that this run of the tests is about; nil: SQLite.
var running atomic.Pointer[server]

// server is a PostgreSQL in which each test gets a database of its own.
type server struct {
	admin *sql.DB
	host  *pgtest.Server
	close func() error

	template sync.Once
	err      error

	drops   sync.WaitGroup // of databases that tests are done with
	dropErr atomic.Pointer[error]
}

// Main runs a package's tests on SQLite, and then the same tests on PostgreSQL: on the server that PORTAL_TEST_POSTGRES names, else on a
// temporary one. Where there is none it says so aloud; in CI (the variable CI is set) it fails. Call it from TestMain.
func Main(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if chosen("test.list") || chosen("test.fuzz") || code != 0 {
		os.Exit(code)
	}
	s, err := newServer()
	switch {
	case errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") == "":
		fmt.Fprintf(os.Stderr, "\n*** %v\n*** These tests ran on SQLite ALONE.\n\n", err)
		os.Exit(code)
	case err != nil:
		fmt.Fprintln(os.Stderr, "tests on PostgreSQL:", err)
		os.Exit(1)
	}
	running.Store(s)
	fmt.Println("the same tests on PostgreSQL:")
	code = m.Run()
	if err := s.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func chosen(name string) bool {
	f := flag.Lookup(name)
	return f != nil && f.Value.String() != ""
}

func newServer() (*server, error) {
	host, err := pgtest.Shared(pgtest.Fast)
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("pgx", host.Admin())
	if err != nil {
		return nil, errors.Join(err, host.Close())
	}
	s := &server{admin: admin, host: host}
	s.close = func() error {
		s.drops.Wait()
		if err := s.dropErr.Load(); err != nil {
			return errors.Join(*err, admin.Close(), host.Close())
		}
		_, err := admin.Exec(`DROP DATABASE IF EXISTS ` + s.name("template"))
		return errors.Join(err, admin.Close(), host.Close())
	}
	return s, nil
}

// run makes the names of this process's databases its own.
var run = strings.ToLower(rand.Text()[:8])

func (*server) name(of string) string { return "portal_test_" + run + "_" + of }

func (s *server) database(name string) string { return s.host.URL(name) }

// prepare makes the database that all others are copied from: migrated, with nothing in it.
func (s *server) prepare() error {
	s.template.Do(func() { s.err = s.makeTemplate() })
	return s.err
}

func (s *server) makeTemplate() error {
	if _, err := s.admin.Exec(`CREATE DATABASE ` + s.name("template")); err != nil {
		return err
	}
	key, err := seal.ParseMasterKey(seal.NewMasterKeyText())
	if err != nil {
		return err
	}
	db := DB{Database: s.database(s.name("template")), MasterKey: key, Clock: &Clock{now: Start}}
	st, err := store.Open(context.Background(), db.Options())
	if err != nil {
		return err
	}
	raw, err := sql.Open("pgx", db.Database)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	_, err = raw.Exec(`DELETE FROM keysets`)
	return errors.Join(err, raw.Close(), st.Close())
}

// made numbers the databases.
var made atomic.Int64

// Postgres gives an empty PostgreSQL database, in the run that is about PostgreSQL (see Main).
func Postgres(t testing.TB) *DB {
	t.Helper()
	s := running.Load()
	if err := s.prepare(); err != nil {
		t.Fatal(err)
	}
	return open(t, s.create(t, ` TEMPLATE `+s.name("template")+` STRATEGY FILE_COPY`))
}

// create makes a database that ends with the test.
func (s *server) create(t testing.TB, from string) string {
	t.Helper()
	name := s.name(fmt.Sprint(made.Add(1)))
	if _, err := s.admin.Exec(`CREATE DATABASE ` + name + from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.drops.Go(func() { // the next test need not wait for it
			if _, err := s.admin.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
				s.dropErr.Store(&err)
			}
		})
	})
	return s.database(name)
}

// NewDatabase names a database that is there and has no tables yet, or a file that is not there yet.
func NewDatabase(t testing.TB) string {
	t.Helper()
	if s := running.Load(); s != nil {
		return s.create(t, "")
	}
	return t.TempDir() + "/portal.db"
}

// OnPostgres reports whether this run of the tests is about PostgreSQL.
func OnPostgres() bool { return running.Load() != nil }
