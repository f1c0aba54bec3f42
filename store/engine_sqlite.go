package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteFile is a database in one file: one writer connection, since SQLite has one writer, and a pool of readers.
type sqliteFile struct{ path string }

var _ engine = sqliteFile{}

func (sqliteFile) traits() traits { return traits{dialect: goose.DialectSQLite3, forget: forgetSQLite} }

// forgetSQLite writes the whole file anew, and then the log beside it.
func forgetSQLite([]string) []string { return []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} }

func (e sqliteFile) open() (writer, reader *sql.DB, err error) {
	if err := makeFile(e.path); err != nil {
		return nil, nil, err
	}
	writer, reader = openSQLite(e.path, durable...), openSQLite(e.path, append(durable[:len(durable):len(durable)], "query_only(1)")...)
	writer.SetMaxOpenConns(1)
	readers := max(4, runtime.NumCPU())
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return writer, reader, nil
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

// durable are the settings of every connection, in this order: busy_timeout first, since the others may have to wait (C119).
var durable = []string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}

func openSQLite(path string, pragmas ...string) *sql.DB {
	q := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		panic(fmt.Sprintf("store: %v", err)) // the driver is linked in, and this driver's Open looks at nothing else
	}
	return db
}

// alone holds the write lock of an empty file beside the database: the operating system frees it when the program dies.
func (e sqliteFile) alone(ctx context.Context) (func() error, error) {
	if err := makeFile(e.path + ".start"); err != nil {
		return nil, err
	}
	db := openSQLite(e.path+".start", fmt.Sprintf("busy_timeout(%d)", maxAlone.Milliseconds()))
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another start: %w", err), db.Close())
	}
	return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
}

// present locks an empty file beside the database, shared with others or not: the operating system frees it when the program dies.
func (e sqliteFile) present(_ context.Context, alone bool) (func() error, error) {
	if err := makeFile(e.path + ".use"); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(e.path+".use", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errTaken
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return sync.OnceValue(f.Close), nil
}

// opened has nothing to do: nobody takes the lock of present away.
func (sqliteFile) opened([]byte) {}

func (e sqliteFile) migrating() (*sql.DB, error) {
	db := openSQLite(e.path, durable...)
	db.SetMaxOpenConns(1)
	return db, nil
}

func (sqliteFile) driver(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) }

func (sqliteFile) hasTable(ctx context.Context, db *sql.DB, name string) (found bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1)`, name).Scan(&found)
	return found, err
}

func (sqliteFile) judge(err error) verdict {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
			return inTrouble
		}
	}
	return unknown
}

func (sqliteFile) violates(err error, table, column string) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_CONSTRAINT &&
		containsWord(failure.Error(), table+"."+column)
}

// containsWord reports whether a message names a column, and not one whose name only begins so.
func containsWord(message, column string) bool {
	for word := range strings.FieldsFuncSeq(message, func(r rune) bool { return r == ' ' || r == ',' || r == '(' || r == ')' }) {
		if word == column {
			return true
		}
	}
	return false
}
