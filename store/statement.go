package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// statement is one query of ours, prepared at start. It runs in the transaction of its context, else where it belongs: reads on the
// readers, writes on the writer.
type statement struct {
	query string
	write bool
	pool  pool
	own   *sql.Stmt // on the pool where it belongs
	inTx  *sql.Stmt // on the writer, for transactions
	st    *Store
}

// preparer prepares statements and remembers the first failure, so that a list of statements reads as one.
type preparer struct {
	ctx context.Context
	st  *Store
	err error
}

func (p *preparer) read(query string) *statement  { return p.prepare(query, false, p.st.reader) }
func (p *preparer) write(query string) *statement { return p.prepare(query, true, p.st.writer) }

func (p *preparer) prepare(query string, write bool, where pool) *statement {
	s := &statement{query: query, write: write, pool: where, st: p.st}
	if p.err != nil {
		return s
	}
	if s.inTx, p.err = p.st.writer.PrepareContext(p.ctx, query); p.err != nil {
		p.err = fmt.Errorf("prepare %q: %w", query, p.err)
		return s
	}
	s.own = s.inTx
	if !write {
		s.own, p.err = where.PrepareContext(p.ctx, query)
	}
	return s
}

// in calls run with the statement to run under ctx, and the context to run it with: a cancellable one would cost two goroutines per
// statement, and our statements are short. Outside a transaction it waits for a connection first.
func (s *statement) in(ctx context.Context, run func(ctx context.Context, stmt *sql.Stmt) error) error {
	s.st.options.Observe(s.query, s.write)
	plain := context.WithoutCancel(ctx)
	if tx := txOf(ctx); tx != nil {
		return s.st.classify(run(plain, tx.StmtContext(plain, s.inTx)))
	}
	if err := s.pool.enter(); err != nil {
		return err
	}
	defer s.pool.leave()
	return s.st.classify(run(plain, s.own))
}

// exec runs a write and gives the number of rows that it touched.
func (s *statement) exec(ctx context.Context, args ...any) (touched int64, err error) {
	err = s.in(ctx, func(ctx context.Context, stmt *sql.Stmt) error {
		result, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return err
		}
		touched, err = result.RowsAffected()
		return err
	})
	return touched, err
}

// one reads a single row into dest; missing is the answer where there is none.
func (s *statement) one(ctx context.Context, missing error, args []any, dest ...any) error {
	err := s.in(ctx, func(ctx context.Context, stmt *sql.Stmt) error {
		return stmt.QueryRowContext(ctx, args...).Scan(dest...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return missing
	}
	return err
}

// each calls scan once per row.
func (s *statement) each(ctx context.Context, scan func(*sql.Rows) error, args ...any) error {
	return s.in(ctx, func(ctx context.Context, stmt *sql.Stmt) (err error) {
		rows, err := stmt.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// millis and moment turn times into their stored form and back.
func millis(t time.Time) int64  { return t.UnixMilli() }
func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
