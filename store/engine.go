package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"

	"merchant-portal/internal/fault"
)

// engine is all in which the databases differ: how to connect, how to keep others out while starting, and what their errors mean.
// Everything else in this package is written once (docs/adr/0008).
type engine interface {
	// open gives the pools for writing and for reading. The latter refuses to write.
	open() (writer, reader *sql.DB, err error)
	// migrating gives a pool whose statements may take as long as they need. The caller closes it.
	migrating() (*sql.DB, error)
	// driver is what River works with on a pool.
	driver(db *sql.DB) riverdriver.Driver[*sql.Tx]
	// hasTable reports whether a table is there.
	hasTable(ctx context.Context, db *sql.DB, name string) (bool, error)
	// judge says what an error of the driver means. Its answer is inTrouble only for what may be better in a while.
	judge(err error) verdict
	// violates reports whether a row would break the uniqueness of a column.
	violates(err error, table, column string) bool
	// traits are its constants.
	traits() traits
	presence
}

// presence is what programs on one database know of each other: who starts, who is at work, and who wants it to itself (docs/adr/0024).
type presence interface {
	// alone waits until no other program is starting on this database and keeps others waiting until release (C123).
	alone(ctx context.Context) (release func() error, err error)
	// present says that a program works with the database until release, or has it to itself if alone. errTaken where others are in the way; it does
	// not wait. The operating system, or the server, ends it when the program dies.
	present(ctx context.Context, alone bool) (release func() error, err error)
	// opened says which keyset the program works with: where it is another one later, nothing more is written.
	opened(keyset []byte)
}

// errTaken: others are in the way.
var errTaken = errors.New("taken")

// Patience with others: a program that has just ended may still be seen for a moment.
const (
	maxPresence   = 2 * time.Second
	presencePause = 50 * time.Millisecond
)

// bePresent tries until patience ends. Trying takes nothing away from who is there.
func bePresent(ctx context.Context, e presence, alone bool) (release func() error, err error) {
	for end := time.NewTimer(maxPresence); ; {
		if release, err = e.present(ctx, alone); !errors.Is(err, errTaken) {
			return release, err
		}
		select {
		case <-end.C:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(presencePause):
		}
	}
}

// traits of an engine.
type traits struct {
	dialect   goose.Dialect
	isolation sql.IsolationLevel // of a transaction that writes
	advisory  bool               // acts can meet, and there are advisory locks that make them wait for each other
	// forget gives the statements after which nothing that was overwritten in tables is left in their files
	forget func(tables []string) []string
}

// maxAlone is how long a start waits for another one to end.
const maxAlone = time.Minute

// verdict is what an error of a driver means to us.
type verdict int

// The verdicts.
const (
	unknown   verdict = iota
	inTrouble         // the database cannot answer now
	conflict          // two transactions met: nothing was written, and trying again is right
)

// engineOf chooses the engine for a database: a postgres URL, or the path of a SQLite file.
func engineOf(database string) (engine, error) {
	if IsPostgres(database) {
		return newPostgres(database)
	}
	return sqliteFile{path: database}, nil
}

// IsPostgres reports whether a database is named by a PostgreSQL URL, and is not the path of a SQLite file.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// classify turns what a database in trouble answers into fault.Unavailable; everything else stays as it is (C121).
func (st *Store) classify(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	if st.engine.judge(err) != unknown || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
		return fault.Wrap(fault.Unavailable, "fault.unavailable", err)
	}
	return err
}
