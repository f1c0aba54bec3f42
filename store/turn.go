package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// turnLock is the number of the advisory lock of the act that is run again.
const turnLock = 0x7475726e // "turn"

// turn waits until no other node runs an act again and keeps them waiting until end. The lock is taken before the transaction begins: a
// transaction that waited within would still see the past, and fail again. Where acts never meet, it is a connection and nothing else.
func (st *Store) turn(ctx context.Context) (_ *sql.Conn, end func(), err error) {
	conn, err := st.writer.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !st.engine.traits().advisory {
		return conn, func() { conn.Close() }, nil //nolint:errcheck // it goes back to the pool
	}
	drop := func() {
		conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // a connection that may still have the lock must not be used again
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, turnLock); err != nil {
		drop()
		return nil, nil, errors.Join(err, ctx.Err())
	}
	return conn, func() {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, turnLock); err != nil {
			drop()
			return
		}
		conn.Close() //nolint:errcheck // it goes back to the pool
	}, nil
}
