// Package store keeps everything that lasts: the SQL behind the small interfaces that auth, envswitch, settings and keys declare,
// session rows, and jobs. It is the only importer of database/sql, goose, River and the SQLite driver; it refuses to decide
// anything: rules live with the interfaces it implements. Times are unix milliseconds, and the clock is the caller's.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"merchant-portal/internal/seal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// What stops a start. Nothing was changed then.
var (
	// ErrMasterKey: the given master key is not the one that this database was made with (C083).
	ErrMasterKey = errors.New("the master key does not belong to this database")
	// ErrNewer: the database was migrated by a newer program (C123).
	ErrNewer = errors.New("the database belongs to a newer version of this program")
)

// Options says where the database is and what it needs from outside. Observe may be nil; it is called with each statement of ours that runs.
type Options struct {
	Path      string
	MasterKey seal.MasterKey
	Now       func() time.Time
	Logger    *slog.Logger
	Observe   func(query string, write bool)
}

// Store is an open database. Its methods hand out the implementations of the domain's interfaces.
type Store struct {
	writer  *sql.DB // one connection: SQLite has one writer
	reader  *sql.DB // query_only
	options Options
	keysets keysets
	repos
}

// Open opens or makes the database at o.Path: checks the master key, migrates, prepares every statement.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Observe == nil {
		o.Observe = func(string, bool) {}
	}
	if err := makeFile(o.Path); err != nil {
		return nil, err
	}
	st := &Store{options: o, writer: open(o.Path, ""), reader: open(o.Path, "query_only(1)")}
	st.writer.SetMaxOpenConns(1)
	readers := max(4, runtime.NumCPU())
	st.reader.SetMaxOpenConns(readers)
	st.reader.SetMaxIdleConns(readers)
	if err := st.start(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

func (st *Store) start(ctx context.Context) error {
	if err := st.loadKeysets(ctx); err != nil { // first: a wrong key must change nothing
		return err
	}
	if err := st.migrate(ctx); err != nil {
		return err
	}
	if err := st.makeKeysets(ctx); err != nil {
		return err
	}
	return st.prepare(ctx)
}

// makeFile makes the database file before SQLite does, so that it and the files beside it are the owner's alone (C119).
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

// open makes a pool. Every connection of it gets these settings, in this order: busy_timeout first, since the others may have to wait.
func open(path, extra string) *sql.DB {
	q := url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	if extra != "" {
		q.Add("_pragma", extra)
	}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		panic(fmt.Sprintf("store: %v", err)) // the driver is linked in, and this driver's Open looks at nothing else
	}
	return db
}

func (st *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, st.writer, folder)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if current > target {
		return fmt.Errorf("%w: it is at version %d, this program knows %d; start the newer program", ErrNewer, current, target)
	}
	if current < target {
		if _, err := provider.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return st.migrateJobs(ctx)
}

func (st *Store) migrateJobs(ctx context.Context) error {
	migrator, err := rivermigrate.New(riversqlite.New(st.writer), &rivermigrate.Config{Logger: st.options.Logger})
	if err != nil {
		return fmt.Errorf("job migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return nil
}

// Ping reports whether the database answers, for readiness.
func (st *Store) Ping(ctx context.Context) error { return classify(st.reader.PingContext(ctx)) }

// Close closes the database. What was acknowledged is on disk already.
func (st *Store) Close() error { return errors.Join(st.reader.Close(), st.writer.Close()) }

// IsNew reports whether nothing was ever sealed in the database at path: only then may a master key be made for it.
func IsNew(ctx context.Context, path string) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	db := open(path, "query_only(1)")
	defer db.Close() //nolint:errcheck // nothing was written
	scopes, err := storedKeysets(ctx, db)
	if err != nil {
		return false, err
	}
	return len(scopes) == 0, nil
}
