package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"merchant-portal/internal/fault"
)

type txKey struct{}

// txOf gives the transaction of ctx, nil if there is none.
func txOf(ctx context.Context) *sql.Tx {
	tx, _ := ctx.Value(txKey{}).(*sql.Tx)
	return tx
}

// maxTransaction bounds the wait for the one writer and the transaction itself.
const maxTransaction = 10 * time.Second

// Do makes one act one transaction: what fn writes through this store with the context that it gets is written together, or not at
// all if fn fails or panics. A Do within a Do joins. A visitor who goes away does not undo what is being written.
func (st *Store) Do(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	if txOf(ctx) != nil {
		return fn(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxTransaction)
	defer cancel()
	tx, err := st.writer.BeginTx(ctx, nil)
	if err != nil {
		return classify(fmt.Errorf("begin: %w", err))
	}
	committed := false
	defer func() {
		if !committed { // an error or a panic: the rollback's own error says nothing that matters more
			tx.Rollback() //nolint:errcheck
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{}, tx)); err != nil {
		return err
	}
	committed = true
	if err := tx.Commit(); err != nil {
		return fault.Wrap(fault.Unavailable, "fault.outcome_unknown", fmt.Errorf("commit, outcome unknown: %w", err))
	}
	return nil
}

// classify turns what a database in trouble answers into fault.Unavailable; everything else stays as it is (C121).
func classify(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
			return fault.Wrap(fault.Unavailable, "fault.unavailable", err)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
		return fault.Wrap(fault.Unavailable, "fault.unavailable", err)
	}
	return err
}

// violates reports whether err says that a row would break the uniqueness of column (as "table.column").
func violates(err error, column string) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_CONSTRAINT &&
		containsColumn(failure.Error(), column)
}
