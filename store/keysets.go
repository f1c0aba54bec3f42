package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
	"merchant-portal/keys"
)

// portalScope is the keyset of what belongs to no environment. Its row is the key check: it has to open, or the program does not start.
const portalScope = "portal"

// markerScope is the keyset that tells addresses apart without storing them.
const markerScope = "marker"

// activityScope is the keyset that authenticates the chain of the activity log (C117).
const activityScope = "activity"

var _ keys.Sealer = keysets{}

// keysets are the opened boxes by scope: one for the portal, one per environment.
type keysets map[string]*seal.Box

// Environment gives the box of env, or an error if its keyset is missing or does not open; the other environment is not affected.
func (k keysets) Environment(env ids.Environment) (*seal.Box, error) {
	if box, ok := k[string(env)]; ok {
		return box, nil
	}
	return nil, fmt.Errorf("no keyset for %s: %w", env, seal.ErrOpen)
}

// Keysets gives the boxes that secrets are sealed in.
func (st *Store) Keysets() keys.Sealer { return st.keysets }

// PortalBox gives the box of what belongs to no environment.
func (st *Store) PortalBox() *seal.Box { return st.keysets[portalScope] }

// Marker gives what marks addresses.
func (st *Store) Marker() *seal.Marker { return st.marker }

func scopes() []string {
	all := []string{portalScope}
	for _, env := range ids.Environments() {
		all = append(all, string(env))
	}
	return all
}

// loadKeysets opens what is stored. It writes nothing.
func (st *Store) loadKeysets(ctx context.Context) error {
	stored, err := storedKeysets(ctx, st.engine, st.writer.DB)
	if err != nil || len(stored) == 0 {
		return err
	}
	if wrapped := stored[markerScope]; wrapped != nil {
		if st.marker, err = st.options.MasterKey.OpenMarkerKeyset(markerScope, wrapped); err != nil {
			return ErrMasterKey
		}
	}
	if wrapped := stored[activityScope]; wrapped != nil {
		if st.chain.key, err = st.options.MasterKey.OpenMarkerKeyset(activityScope, wrapped); err != nil {
			return ErrMasterKey
		}
	}
	st.keysets = keysets{}
	for _, scope := range scopes() {
		box, err := st.options.MasterKey.OpenKeyset(scope, stored[scope])
		switch {
		case err == nil:
			st.keysets[scope] = box
		case scope == portalScope:
			return ErrMasterKey
		default:
			st.options.Logger.Warn("a keyset is missing or does not open; secrets of this environment cannot be read", "environment", scope)
		}
	}
	st.engine.opened(stored[portalScope])
	return nil
}

// halfRotated reports whether a rotation of the master key has begun and not ended: a keyset has keys from before it.
func (st *Store) halfRotated() bool {
	for _, box := range st.keysets {
		if box.Renewed() {
			return true
		}
	}
	return false
}

// storedKeysets reads the wrapped keysets by scope; none where the table does not exist yet.
func storedKeysets(ctx context.Context, e engine, db *sql.DB) (_ map[string][]byte, err error) {
	made, err := e.hasTable(ctx, db, "keysets")
	if err != nil {
		return nil, fmt.Errorf("read keysets: %w", err)
	}
	stored := map[string][]byte{}
	if !made {
		return stored, nil
	}
	rows, err := db.QueryContext(ctx, `SELECT scope, wrapped FROM keysets`)
	if err != nil {
		return nil, fmt.Errorf("read keysets: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var scope string
		var wrapped []byte
		if err := rows.Scan(&scope, &wrapped); err != nil {
			return nil, fmt.Errorf("read keysets: %w", err)
		}
		stored[scope] = wrapped
	}
	return stored, rows.Err()
}

// makeKeysets makes the keysets of a new database, and the marker's where an earlier version made the others. All are made in one transaction. One of an
// environment that is missing stays so: a new one would open nothing.
func (st *Store) makeKeysets(ctx context.Context) error {
	stored, err := storedKeysets(ctx, st.engine, st.writer.DB)
	if err != nil {
		return err
	}
	missing := map[string]func(scope string) ([]byte, error){}
	if stored[markerScope] == nil {
		missing[markerScope] = st.options.MasterKey.NewMarkerKeyset
	}
	if len(stored) == 0 {
		for _, scope := range scopes() {
			missing[scope] = st.options.MasterKey.NewKeyset
		}
	}
	err = st.Do(ctx, func(ctx context.Context) error {
		for scope, newKeyset := range missing {
			wrapped, err := newKeyset(scope)
			if err != nil {
				return err
			}
			if _, err := txOf(ctx).ExecContext(ctx, `INSERT INTO keysets (scope, wrapped, created_at) VALUES ($1, $2, $3)`,
				scope, wrapped, st.options.Now().UnixMilli()); err != nil {
				return fmt.Errorf("make keyset: %w", err)
			}
		}
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	return st.loadKeysets(ctx)
}
