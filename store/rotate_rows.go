package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"merchant-portal/internal/seal"
)

// Resealed is what Finish did with one kind of rows.
type Resealed struct {
	Name     string
	Anew     int      // sealed anew
	Before   int      // sealed with the present key already, by an earlier run
	Unopened []string // those that do not open, as they did not before, and stay as they are
}

// rotateBatch is how many rows are sealed in one transaction, fewBatch how many of tables whose rows may have 5 MB: all of them are in memory.
const rotateBatch, fewBatch = 200, 4

var largeRows = map[string]bool{"activation_documents": true}

func (r *Rotation) column(ctx context.Context, c sealedColumn) (all Resealed, err error) {
	all.Name = c.name
	for last := any(nil); ; {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		var some Resealed
		before := last
		err := r.st.Do(ctx, func(ctx context.Context) (err error) {
			some, last, err = r.batch(ctx, c, before)
			return err
		})
		if err != nil || last == before {
			return all, err
		}
		all.Anew, all.Before, all.Unopened = all.Anew+some.Anew, all.Before+some.Before, append(all.Unopened, some.Unopened...)
	}
}

// batch seals the rows that follow the one with the key last, and gives the last one's key: the same where there are none.
func (r *Rotation) batch(ctx context.Context, c sealedColumn, last any) (done Resealed, end any, err error) {
	rows, keys, err := r.after(ctx, c, last)
	if err != nil || len(rows) == 0 {
		return done, last, err
	}
	for i, row := range rows {
		again, err := c.renew(r.st, row)
		switch {
		case errors.Is(err, seal.ErrOpen):
			done.Unopened = append(done.Unopened, row.key)
		case err != nil:
			return done, last, err
		case again == nil:
			done.Before++
		default:
			done.Anew++
			if err := r.replace(ctx, `UPDATE `+c.table+` SET `+c.column+` = $1 WHERE `+c.key+` = $2`, again, keys[i]); err != nil {
				return done, last, err
			}
		}
	}
	return done, keys[len(keys)-1], nil
}

func (r *Rotation) after(ctx context.Context, c sealedColumn, last any) (found []sealedRow, keys []any, err error) {
	query := `SELECT ` + c.key + `, ` + c.column
	for _, column := range c.with {
		query += `, ` + column
	}
	query += ` FROM ` + c.table + ` WHERE ` + c.column + ` IS NOT NULL`
	args := []any{rotateBatch}
	if largeRows[c.table] {
		args = []any{fewBatch}
	}
	if last != nil {
		query, args = query+` AND `+c.key+` > $2`, append(args, last)
	}
	rows, err := txOf(ctx).QueryContext(ctx, query+` ORDER BY `+c.key+` LIMIT $1`, args...)
	if err != nil {
		return nil, nil, r.st.classify(fmt.Errorf("read what is sealed: %w", err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row, key, err := scanSealed(rows, len(c.with))
		if err != nil {
			return nil, nil, err
		}
		found, keys = append(found, row), append(keys, key)
	}
	return found, keys, rows.Err()
}

func scanSealed(rows *sql.Rows, with int) (row sealedRow, key any, err error) {
	row.with = make([]string, with)
	dest := []any{&key, &row.value}
	for i := range row.with {
		dest = append(dest, &row.with[i])
	}
	err = rows.Scan(dest...)
	row.key = fmt.Sprint(key)
	return row, key, err
}

// replace changes exactly one row, in the transaction of ctx.
func (r *Rotation) replace(ctx context.Context, query string, args ...any) error {
	r.st.options.Observe(query, true)
	result, err := txOf(ctx).ExecContext(ctx, query, args...)
	if err != nil {
		return r.st.classify(fmt.Errorf("rotate the master key: %w", err))
	}
	if changed, err := result.RowsAffected(); err != nil || changed != 1 {
		return errors.Join(errors.New("rotate the master key: somebody else changes the database, too; run the command again"), err)
	}
	return nil
}

// forget leaves nothing behind of what was overwritten: neither the old keysets, nor what was sealed with them.
func (r *Rotation) forget(ctx context.Context) (err error) {
	db, err := r.st.engine.migrating()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tables := []string{"keysets"}
	for _, c := range sealedColumns {
		tables = append(tables, c.table)
	}
	for _, statement := range r.st.engine.traits().forget(tables) {
		r.st.options.Observe(statement, true)
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("remove what was overwritten: %w", err)
		}
	}
	return nil
}
