// Package store keeps everything that lasts: the SQL behind the small interfaces that auth, envswitch, settings and keys declare,
// session rows, and jobs, on SQLite and on PostgreSQL. It is the only importer of database/sql, goose, River and the drivers; it refuses to
// decide anything: rules live with the interfaces it implements. Times are unix milliseconds, and the clock is the caller's.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"

	"merchant-portal/auth"
	"merchant-portal/internal/seal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// What stops a start. Nothing was changed then.
var (
	// ErrMasterKey: the given master key is not the one that this database was made with (C083).
	ErrMasterKey = errors.New("the master key does not belong to this database")
	// ErrRotating: the master key is being rotated (C082).
	ErrRotating = errors.New("the master key of this database is being rotated")
	// ErrHalfRotated: a rotation of the master key was broken off (C082).
	ErrHalfRotated = errors.New("a rotation of the master key was broken off: run portal master-key rotate again, with the same settings")
	// ErrNewer: the database was migrated by a newer program (C123).
	ErrNewer = errors.New("the database belongs to a newer version of this program")
)

// Options says where the database is and what it needs from outside. Observe may be nil; it is called with each statement of ours that runs.
type Options struct {
	Database  string // path of a SQLite file, or a URL that begins with postgres://
	MasterKey seal.MasterKey
	Now       func() time.Time
	Logger    *slog.Logger
	Rules     auth.Rules // of accounts: how long sessions live
	Observe   func(query string, write bool)
}

// Store is an open database. Its methods hand out the implementations of the domain's interfaces.
type Store struct {
	engine  engine
	writer  pool
	reader  pool // refuses to write
	retries chan struct{}
	options Options
	keysets keysets
	marker  *seal.Marker
	chain   chain
	known   *memory
	leave   func() error // ends its presence

	rotating bool // the master key: nobody else is here
	repos
}

// Open opens the database, or makes it: checks the master key, migrates, prepares every statement. Several programs may do so at a time:
// they wait for each other (C123).
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Observe == nil {
		o.Observe = func(string, bool) {}
	}
	st, err := open(ctx, o, false)
	if errors.Is(err, errTaken) {
		return nil, ErrRotating
	}
	if err != nil {
		return nil, err
	}
	if err := st.startAlone(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// open makes the pools. It reads and writes nothing. alone: nobody else works with the database until Close; errTaken where somebody does.
func open(ctx context.Context, o Options, alone bool) (*Store, error) {
	e, err := engineOf(o.Database)
	if err != nil {
		return nil, err
	}
	leave, err := bePresent(ctx, e, alone)
	if err != nil {
		return nil, err
	}
	writer, reader, err := e.open()
	if err != nil {
		return nil, errors.Join(err, leave())
	}
	return &Store{
		options: o, engine: e, retries: make(chan struct{}, 1), known: newMemory(), writer: newPool(writer), reader: newPool(reader), leave: leave,
	}, nil
}

// startAlone starts while no other program does.
func (st *Store) startAlone(ctx context.Context) error {
	release, err := st.engine.alone(ctx)
	if err != nil {
		return err
	}
	return errors.Join(st.start(ctx), release())
}

func (st *Store) start(ctx context.Context) error {
	if err := st.loadKeysets(ctx); err != nil { // first: a wrong key must change nothing
		return err
	}
	if st.halfRotated() && !st.rotating {
		return ErrHalfRotated
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := st.migrate(ctx, folder); err != nil {
		return err
	}
	if err := st.makeKeysets(ctx); err != nil {
		return err
	}
	if err := st.beginChains(ctx); err != nil {
		return err
	}
	return st.prepare(ctx)
}

// migrate brings the schema up to date, each step in a transaction of its own: a start that was broken off goes on where it stopped.
func (st *Store) migrate(ctx context.Context, folder fs.FS) (err error) {
	db, err := st.engine.migrating()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(st.engine.traits().dialect, db, folder)
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
	return st.migrateJobs(ctx, db)
}

func (st *Store) migrateJobs(ctx context.Context, db *sql.DB) error {
	migrator, err := rivermigrate.New(st.engine.driver(db), &rivermigrate.Config{Logger: st.options.Logger})
	if err != nil {
		return fmt.Errorf("job migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return nil
}

// maxPing is how long the database may take to say that it is there.
const maxPing = 2 * time.Second

// Ping reports whether the database answers, for readiness.
func (st *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxPing)
	defer cancel()
	return st.classify(st.reader.PingContext(ctx))
}

// Close closes the database. What was acknowledged is on disk already.
func (st *Store) Close() error { return errors.Join(st.reader.Close(), st.writer.Close(), st.leave()) }

// IsNew reports whether nothing was ever sealed in the SQLite database at path: only then may a master key be made for it.
func IsNew(ctx context.Context, path string) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	db := openSQLite(path, "busy_timeout(5000)", "query_only(1)")
	defer db.Close() //nolint:errcheck // nothing was written
	scopes, err := storedKeysets(ctx, sqliteFile{path}, db)
	if err != nil {
		return false, err
	}
	return len(scopes) == 0, nil
}
