package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the log's seed on PostgreSQL
	_ "modernc.org/sqlite"             // and on SQLite

	"merchant-portal/internal/pgtest"
)

// The lengths of the activity logs that are compared.
const (
	shortLog = 1000
	longLog  = 1_000_000
)

// seedStart is when the newest seeded entry was made, far enough back that what the visitor does comes after it; seedStep lies between two.
var seedStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const seedStep = 1000 // milliseconds

// seedLog writes n entries of the only merchant at once, on both engines: each tenth by the person, the others by visitors, from ten addresses, with seven
// actions in turn. They stand outside the chain, which reading does not look at.
const seedLog = `WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS BIGINT))
	INSERT INTO activity (id, merchant_id, person_id, address, environment, action, target, outcome, at)
	SELECT 'bench-' || n.i, p.merchant_id, CASE WHEN n.i % 10 = 0 THEN p.id END, '198.51.100.' || (n.i % 10),
		CASE WHEN n.i % 3 = 0 THEN 'sandbox' WHEN n.i % 3 = 1 THEN 'production' END,
		CASE n.i % 7 WHEN 0 THEN 'session.signed_in' WHEN 1 THEN 'session.signed_out' WHEN 2 THEN 'password.refused' WHEN 3 THEN 'profile.saved'
			WHEN 4 THEN 'key.revealed' WHEN 5 THEN 'settings.general_saved' ELSE 'environment.switched' END,
		'', CASE WHEN n.i % 7 = 2 THEN 'refused' ELSE 'done' END, CAST($2 AS BIGINT) - n.i * CAST($3 AS BIGINT)
	FROM n, people p`

// logged is a portal with a log of so many entries, and somebody who may read it.
type logged struct {
	*process
	who     *visitor
	entries int64
}

// openLog makes one: it is set up as anybody would, stopped, given its entries, and started again.
func openLog(program, data, driver, source string, entries int64, flags ...string) (*logged, error) {
	p, err := startPortal(program, data, flags...)
	if err != nil {
		return nil, err
	}
	err = newVisitor(p.url).signUp(data)
	p.stop()
	if err != nil {
		return nil, err
	}
	if err := seed(driver, source, entries); err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	if p, err = startPortal(program, data, flags...); err != nil {
		return nil, err
	}
	who := newVisitor(p.url)
	return &logged{p, who, entries}, who.signIn()
}

func seed(driver, source string, entries int64) (err error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ctx := context.Background()
	if _, err := db.ExecContext(ctx, seedLog, entries, seedStart.UnixMilli(), int64(seedStep)); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `ANALYZE`)
	return err
}

// deep is a page near the end of the log.
func (l *logged) deep() string {
	return fmt.Sprintf("/account/activity?before=%d-bench", seedStart.UnixMilli()-l.entries*9/10*seedStep)
}

// compareLogs prints what a page of the long log costs, beside one of the short log.
func compareLogs(engine string, long, short *logged, others func() ([]int, error)) error {
	same := func(path string) func(*logged) string { return func(*logged) string { return path } }
	for _, page := range []struct {
		name string
		path func(*logged) string
	}{
		{"first page", same("/account/activity?to=2026-01-01")}, {"by person", same("/account/activity?to=2026-01-01&person=" + email)},
		{"by action", same("/account/activity?to=2026-01-01&action=key.revealed")}, {"by address", same("/account/activity?to=2026-01-01&address=198.51.100.7")},
		{"by environment", same("/account/activity?to=2026-01-01&env=production")}, {"failed only", same("/account/activity?to=2026-01-01&outcome=refused")},
		{"deep page", (*logged).deep},
	} {
		on := func(l *logged) side {
			path := page.path(l)
			return side{func() (time.Duration, error) { return cpuOf(l.process.process.Pid, others) }, func() error { _, _, err := l.who.get(path); return err }}
		}
		r, err := compare(pairs, slice, on(long), on(short))
		if err != nil {
			return err
		}
		fmt.Printf("%s: activity log of %d against %d entries, %s: %s\n", engine, long.entries, short.entries, page.name, r)
	}
	return nil
}

// measureLogs compares a long log with a short one on an engine; at gives the driver, the source for it and the portal's flags of a database by name.
func measureLogs(engine, program, folder string, others func() ([]int, error), at func(name string) (driver, source string, flags []string, err error)) error {
	var logs []*logged
	defer func() {
		for _, l := range logs {
			l.stop()
		}
	}()
	for _, entries := range []int64{longLog, shortLog} {
		data := filepath.Join(folder, fmt.Sprintf("log-%s-%d", engine, entries))
		driver, source, flags, err := at(data)
		if err != nil {
			return err
		}
		l, err := openLog(program, data, driver, source, entries, flags...)
		if err != nil {
			return err
		}
		logs = append(logs, l)
	}
	return compareLogs(engine, logs[0], logs[1], others)
}

func measureLogsOnSQLite(program, folder string) error {
	return measureLogs("SQLite", program, folder, none, func(data string) (string, string, []string, error) {
		return "sqlite", "file:" + filepath.Join(data, "portal.db"), nil, nil
	})
}

func measureLogsOnPostgres(server *pgtest.Server, program, folder string) error {
	made := 0
	return measureLogs("PostgreSQL", program, folder, backendsOf(server), func(string) (string, string, []string, error) {
		made++
		database, err := server.CreateDatabase(fmt.Sprintf("log%d", made))
		return "pgx", database, []string{"--database", database}, err
	})
}
