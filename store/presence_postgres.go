package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
)

// useLock is the number of the advisory lock that whoever works with the database shares. A number belongs to one database of a server.
const useLock = 0x757365 // "use"

// present takes an advisory lock on a connection of its own, so that a program is seen while it does nothing. A server finds out within a minute and a half that
// the machine of a program is gone.
func (e postgres) present(ctx context.Context, alone bool) (func() error, error) {
	config := e.config.Copy()
	config.RuntimeParams["tcp_keepalives_idle"], config.RuntimeParams["tcp_keepalives_interval"], config.RuntimeParams["tcp_keepalives_count"] = "60", "10", "3"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	ending := context.WithoutCancel(ctx)
	query := `SELECT pg_try_advisory_lock_shared($1)`
	if alone {
		query = `SELECT pg_try_advisory_lock($1)`
	}
	var got bool
	if err := conn.QueryRow(ctx, query, int64(useLock)).Scan(&got); err != nil {
		return nil, errors.Join(fmt.Errorf("see who works with the database: %w", err), conn.Close(ending))
	}
	if !got {
		return nil, errors.Join(errTaken, conn.Close(ending))
	}
	e.fence.set(alone, nil)
	return sync.OnceValue(func() error { return conn.Close(ending) }), nil
}

func (e postgres) opened(keyset []byte) { e.fence.set(false, keyset) }

// errOtherKeyset: the master key was rotated since the program opened the database.
var errOtherKeyset = errors.New("the master key of this database was rotated: start this program again, with the new one")

// fence lets nobody write who was not there when the master key was rotated: the connection of present may be lost, unlike a lock on a file. So each connection that
// writes shares the lock as long as it lives, and compares the keyset first. What it keeps away finds the database in trouble.
type fence struct {
	mu     sync.Mutex
	alone  bool
	keyset []byte
}

// set remembers whether the database is ours alone, and which keyset we work with.
func (f *fence) set(alone bool, keyset []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.alone, f.keyset = f.alone || alone, keyset
}

func (f *fence) get() (alone bool, keyset []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.alone, f.keyset
}

// admit is asked before a new connection is used.
func (f *fence) admit(ctx context.Context, conn *pgx.Conn) error {
	alone, ours := f.get()
	if alone {
		return nil
	}
	var shared bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock_shared($1)`, int64(useLock)).Scan(&shared); err != nil {
		return err
	}
	if !shared {
		return errTaken
	}
	if ours == nil {
		return nil
	}
	var theirs []byte
	err := conn.QueryRow(ctx, `SELECT wrapped FROM keysets WHERE scope = $1`, portalScope).Scan(&theirs)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if !bytes.Equal(ours, theirs) {
		return errOtherKeyset
	}
	return nil
}

// forgetPostgres writes tables and their indexes into new files.
func forgetPostgres(tables []string) (statements []string) {
	for _, t := range tables {
		statements = append(statements, `VACUUM FULL `+t)
	}
	return statements
}
