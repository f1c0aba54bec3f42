package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"merchant-portal/internal/fault"
)

type txKey struct{}

// txOf gives the transaction of ctx, nil if there is none.
func txOf(ctx context.Context) *sql.Tx {
	tx, _ := ctx.Value(txKey{}).(*sql.Tx)
	return tx
}

const (
	// maxTransaction bounds one act: the wait for a connection, all its attempts, and the pauses between them.
	maxTransaction = 10 * time.Second
	// maxRetries is how often an act is tried again that met another one (40001, 40P01).
	maxRetries = 5
	// firstPause bounds the pause before the first of them; each further one may be twice as long.
	firstPause = 10 * time.Millisecond
)

// Do makes one act one transaction: what fn writes through this store with the context that it gets is written together, or not at
// all if fn fails or panics. A Do within a Do joins. A visitor who goes away does not undo what is being written. Where two acts meet, one of
// them is run again: fn must do nothing that cannot be undone but write through this store.
func (st *Store) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	if txOf(ctx) != nil {
		return fn(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxTransaction)
	defer cancel()
	err := st.attempt(ctx, fn)
	if st.engine.judge(err) == conflict {
		err = st.retry(ctx, fn)
	}
	return err
}

// retry runs an act again, one act of all nodes at a time: those that met once would meet again (docs/adr/0017).
func (st *Store) retry(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	select {
	case st.retries <- struct{}{}:
		defer func() { <-st.retries }()
	case <-ctx.Done():
		return st.classify(ctx.Err())
	}
	if err := st.writer.enter(); err != nil {
		return err
	}
	defer st.writer.leave()
	conn, end, err := st.turn(ctx)
	if err != nil {
		return st.classify(err)
	}
	defer end()
	for i := range maxRetries {
		if i > 0 { // the first time there is nobody to meet but who has just begun
			select {
			case <-time.After(rand.N(firstPause << i)): //nolint:gosec // who goes first is no secret
			case <-ctx.Done():
				return st.classify(ctx.Err())
			}
		}
		if err = st.attemptOn(ctx, conn, fn); st.engine.judge(err) != conflict {
			return err
		}
	}
	return err
}

func (st *Store) attempt(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := st.writer.enter(); err != nil {
		return err
	}
	defer st.writer.leave()
	return st.attemptOn(ctx, st.writer.DB, fn)
}

// beginner is a pool or one of its connections.
type beginner interface {
	BeginTx(ctx context.Context, o *sql.TxOptions) (*sql.Tx, error)
}

func (st *Store) attemptOn(ctx context.Context, on beginner, fn func(ctx context.Context) error) error {
	tx, err := on.BeginTx(ctx, &sql.TxOptions{Isolation: st.engine.traits().isolation})
	if err != nil {
		return st.classify(fmt.Errorf("begin: %w", err))
	}
	committed := false
	defer func() {
		if !committed { // an error or a panic
			tx.Rollback() //nolint:errcheck // its own error says nothing that matters more
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{}, tx)); err != nil {
		return err
	}
	committed = true
	err = tx.Commit()
	if err != nil && st.engine.judge(err) == conflict {
		return st.classify(err) // certainly not written
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "fault.outcome_unknown", fmt.Errorf("commit, outcome unknown: %w", err))
	}
	return nil
}
