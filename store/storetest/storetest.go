// Package storetest gives tests a real, migrated, private database and a clock that they set, on SQLite and on PostgreSQL. There are no
// doubles of the database: the real one is cheap.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/seal"
	"merchant-portal/store"
)

// Cost is that of a password hash in tests that are not about it: 150 times less memory than auth.DocumentedCost, and still argon2id.
var Cost = auth.Cost{Memory: 128, Time: 1, Threads: 1}

// DB is a store of a test, with what tests need beside it.
type DB struct {
	*store.Store
	Database  string // as in store.Options
	Clock     *Clock
	MasterKey seal.MasterKey

	mu    sync.Mutex
	reads []string
	wrote []string
}

// Clock is a clock that stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move moves the clock.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Start is where every clock starts.
var Start = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)

// New gives an empty database of the engine that this run of the tests is about (see Main). It ends with the test.
func New(t testing.TB) *DB {
	t.Helper()
	if running.Load() == nil {
		return SQLite(t)
	}
	return Postgres(t)
}

// SQLite gives an empty SQLite database, for tests of what only a file has.
func SQLite(t testing.TB) *DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "portal.db"))
}

func open(t testing.TB, database string) *DB {
	t.Helper()
	key, err := seal.ParseMasterKey(seal.NewMasterKeyText())
	if err != nil {
		t.Fatal(err)
	}
	db := &DB{Database: database, Clock: &Clock{now: Start}, MasterKey: key}
	db.Store = db.Another(t)
	return db
}

// Options opens this database once more.
func (db *DB) Options() store.Options {
	return store.Options{
		Database: db.Database, MasterKey: db.MasterKey, Now: db.Clock.Now, Logger: slog.New(slog.DiscardHandler), Rules: auth.DocumentedRules(),
		Observe: func(query string, write bool) {
			db.mu.Lock()
			defer db.mu.Unlock()
			if write {
				db.wrote = append(db.wrote, query)
			} else {
				db.reads = append(db.reads, query)
			}
		},
	}
}

// Another opens this database once more, as a second node does. It ends with the test.
func (db *DB) Another(t testing.TB) *store.Store {
	t.Helper()
	again, err := store.Open(context.Background(), db.Options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
	return again
}

// Statements gives the statements that ran since the last call, reads and writes.
func (db *DB) Statements() (reads, writes []string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	reads, writes = db.reads, db.wrote
	db.reads, db.wrote = nil, nil
	return reads, writes
}

// Raw opens the database beside the store, for looking at and tampering with what is stored.
func (db *DB) Raw(t testing.TB) *sql.DB {
	t.Helper()
	driver, source := "sqlite", "file:"+db.Database+"?_pragma=busy_timeout(5000)"
	if store.IsPostgres(db.Database) {
		driver, source = "pgx", db.Database
	}
	raw, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() }) //nolint:errcheck // the test is over
	return raw
}

// Exec changes what is stored, beside the store.
func (db *DB) Exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := db.Raw(t).ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// tables are the queries that name every table but the bookkeeping of the job queue.
var tables = map[bool]string{
	false: `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
		AND name NOT IN ('river_leader', 'river_queue', 'river_client', 'river_client_queue')`,
	true: `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'
		AND table_name NOT IN ('river_leader', 'river_queue', 'river_client', 'river_client_queue')`,
}

// Dump gives every row of every table but the bookkeeping of the job queue, as sorted text: what a change changed, and what nothing may.
func (db *DB) Dump(t testing.TB) []string {
	t.Helper()
	raw := db.Raw(t)
	var lines []string
	for _, table := range texts(t, raw, tables[store.IsPostgres(db.Database)]) {
		lines = append(lines, dumpTable(t, raw, table)...)
	}
	slices.Sort(lines)
	return lines
}

func dumpTable(t testing.TB, raw *sql.DB, table string) (lines []string) {
	t.Helper()
	rows, err := raw.Query(`SELECT * FROM "` + table + `"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		line := table
		for i, v := range values {
			value := *v.(*any) //nolint:forcetypeassert // made above
			if bytes, ok := value.([]byte); ok {
				value = string(bytes)
			}
			line += fmt.Sprintf(" %s=%v", columns[i], value)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// Count gives the number of rows of a table in a dump.
func Count(dump []string, table string) (n int) {
	for _, line := range dump {
		if strings.HasPrefix(line, table+" ") {
			n++
		}
	}
	return n
}

func texts(t testing.TB, raw *sql.DB, query string) (found []string) {
	t.Helper()
	rows, err := raw.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
