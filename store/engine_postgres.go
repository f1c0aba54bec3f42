package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// postgres is a PostgreSQL server, or what speaks its protocol, for any number of equal nodes.
type postgres struct {
	config *pgx.ConnConfig
	fence  *fence
}

var _ engine = postgres{}

// Limits of a connection. The server ends statements that take longer; silence is for a server that says nothing at all any more. Visitors wait
// for reads, so these have less time.
const (
	maxConnect  = 5 * time.Second
	maxWrite    = 10 * time.Second
	maxRead     = 4 * time.Second
	silence     = time.Second // more than a statement may take
	maxWriters  = 8
	maxLifetime = 5 * time.Minute // so that no connection, with all that it remembers of tables, outlives a change of server or schema for long
)

// ErrDatabaseURL: the URL of the database cannot be understood. The text of the driver is left out, since it may hold the password.
var ErrDatabaseURL = errors.New("the database URL must look like postgres://user:password@host:5432/name?sslmode=verify-full")

func newPostgres(url string) (postgres, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return postgres{}, ErrDatabaseURL
	}
	config.ConnectTimeout = maxConnect
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary // a standby answers with the past
	set := config.RuntimeParams
	set["application_name"] = "merchant-portal"
	set["synchronous_commit"] = "on"
	set["idle_in_transaction_session_timeout"] = "20s" // longer than maxTransaction: for a node that stands still
	return postgres{config, new(fence)}, nil
}

func (postgres) traits() traits {
	return traits{dialect: goose.DialectPostgres, isolation: sql.LevelSerializable, advisory: true, forget: forgetPostgres}
}

func (e postgres) open() (writer, reader *sql.DB, err error) {
	writer = e.pool(maxWriters, maxWrite, nil, stdlib.OptionShouldPing(always), stdlib.OptionAfterConnect(e.fence.admit))
	reader = e.pool(max(4, runtime.NumCPU()), maxRead, map[string]string{"default_transaction_read_only": "on"})
	return writer, reader, nil
}

// always has a connection asked whether it still lives before each use: an act must not fail because the server was away before it.
func always(context.Context, stdlib.ShouldPingParams) bool { return true }

// pool makes a pool of size connections whose statements may take as long as limit, and which give up on a server that stays silent.
func (e postgres) pool(size int, limit time.Duration, params map[string]string, options ...stdlib.OptionOpenDB) *sql.DB {
	config := e.config.Copy()
	config.RuntimeParams["statement_timeout"] = fmt.Sprint(limit.Milliseconds())
	maps.Copy(config.RuntimeParams, params)
	dial := (&net.Dialer{KeepAlive: maxConnect}).DialContext
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return impatient{conn, limit + silence}, nil
	}
	db := stdlib.OpenDB(*config, options...)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxLifetime(maxLifetime)
	return db
}

// impatient is a connection on which every question has to be answered in time.
type impatient struct {
	net.Conn
	patience time.Duration
}

// Write sends a question and starts the time for its answer.
func (c impatient) Write(b []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (e postgres) migrating() (*sql.DB, error) { return stdlib.OpenDB(*e.config.Copy()), nil }

// startLock is the number of the advisory lock of a start, in a namespace of its own.
const startLock = 0x706f7274616c // "portal"

// alone holds an advisory lock on a connection of its own: the server frees it when the program dies.
func (e postgres) alone(ctx context.Context) (func() error, error) {
	conn, err := pgx.ConnectConfig(ctx, e.config.Copy())
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	ending := context.WithoutCancel(ctx)
	waiting, cancel := context.WithTimeout(ctx, maxAlone)
	defer cancel()
	if _, err := conn.Exec(waiting, `SELECT pg_advisory_lock($1)`, int64(startLock)); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another start: %w", err), conn.Close(ending))
	}
	return func() error { return conn.Close(ending) }, nil
}

func (postgres) driver(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) }

func (postgres) hasTable(ctx context.Context, db *sql.DB, name string) (found bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&found)
	return found, err
}

// troubles are the SQLSTATEs, or their classes, of a server that cannot answer now: connection, resources, shutting down or starting, time
// out, a transaction that idled too long, I/O; and what a failover or the schema of a newer node shows: read-only, not on a standby, a plan of
// before (0A000), which passes with the connection.
var troubles = []string{"08", "53", "57P", "57014", "55P03", "25P03", "25P04", "58", "25006", "0A000"}

func (postgres) judge(err error) verdict {
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) { // whatever the server's reason: it may let us in again
		return inTrouble
	}
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		if failure.Code == "40001" || failure.Code == "40P01" { // serialization failure, deadlock
			return conflict
		}
		for _, code := range troubles {
			if strings.HasPrefix(failure.Code, code) {
				return inTrouble
			}
		}
		return unknown
	}
	var network net.Error
	for _, broken := range []bool{
		errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.EPIPE),
		errors.Is(err, pgconn.ErrConnClosed), errors.Is(err, errTaken), errors.Is(err, errOtherKeyset),
	} {
		if broken {
			return inTrouble
		}
	}
	return unknown
}

// violates goes by PostgreSQL's names of constraints: table_column_key, table_column as named in a migration, table_pkey.
func (postgres) violates(err error, table, column string) bool {
	var failure *pgconn.PgError
	if !errors.As(err, &failure) || failure.Code != "23505" || failure.TableName != table {
		return false
	}
	switch failure.ConstraintName {
	case table + "_" + column, table + "_" + column + "_key":
		return true
	}
	return column == "id" && failure.ConstraintName == table+"_pkey"
}
