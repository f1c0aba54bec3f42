package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"merchant-portal/internal/seal"
)

// ErrInUse: a portal, or a command of it, works with the database, so that it cannot be had alone (C082).
var ErrInUse = errors.New("a portal, or one of its commands, is at work on this database")

// Rotation seals a database anew with another master key, while nobody else works with it (C082, docs/adr/0024). It can be broken off at any moment:
//
//   - Begin wraps all keysets with the new master key, in one transaction: before it the old master key opens the database, after it the new one. Each keyset gets
//     another key, and keeps those before it.
//   - Finish seals every row with the keys of Begin, so many in one transaction, and leaves out those that are; then, in one transaction, the keys from before are
//     dropped. It can be called again and again.
type Rotation struct {
	st      *Store
	started bool
}

// Opening says what a master key is to a database.
type Opening int

// The openings.
const (
	Never   Opening = iota // it opens nothing
	Wholly                 // it is the one
	Halfway                // it is the one, and Finish has not come to its end
)

// OpenToRotate keeps every other program away until Close. ErrInUse where there is one. It writes nothing. o needs no master key.
func OpenToRotate(ctx context.Context, o Options) (*Rotation, error) {
	if o.Observe == nil {
		o.Observe = func(string, bool) {}
	}
	st, err := open(ctx, o, true)
	if errors.Is(err, errTaken) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, err
	}
	st.rotating = true
	return &Rotation{st: st}, nil
}

// Close lets others in.
func (r *Rotation) Close() error { return r.st.Close() }

// Opens tells what a master key is to the database. It writes nothing.
func (r *Rotation) Opens(ctx context.Context, key seal.MasterKey) (Opening, error) {
	stored, err := storedKeysets(ctx, r.st.engine, r.st.writer.DB)
	if err != nil {
		return Never, err
	}
	if _, err := key.OpenKeyset(portalScope, stored[portalScope]); err != nil {
		return Never, nil //nolint:nilerr // that is the answer
	}
	for _, scope := range scopes() {
		if box, err := key.OpenKeyset(scope, stored[scope]); err == nil && box.Renewed() {
			return Halfway, nil
		}
	}
	return Wholly, nil
}

// Begin makes next, another one, the master key of a database that old opens Wholly.
func (r *Rotation) Begin(ctx context.Context, old, next seal.MasterKey) error {
	r.st.options.MasterKey = old
	if err := r.start(ctx); err != nil {
		return err
	}
	return r.rewrap(ctx, func(scope string, wrapped []byte) ([]byte, error) {
		if slices.Contains(scopes(), scope) || scope == activityScope {
			return old.Renew(scope, wrapped, next)
		}
		return old.Rewrap(scope, wrapped, next) // markerScope: its marks are looked up, so they must stay the same
	})
}

func (r *Rotation) start(ctx context.Context) error {
	if r.started {
		return nil
	}
	r.started = true
	return r.st.startAlone(ctx)
}

// rewrap writes keysets anew, all in one transaction. One that does not open stays as it is: it is lost, and was before.
func (r *Rotation) rewrap(ctx context.Context, anew func(scope string, wrapped []byte) ([]byte, error)) error {
	stored, err := storedKeysets(ctx, r.st.engine, r.st.writer.DB)
	if err != nil {
		return err
	}
	return r.st.Do(ctx, func(ctx context.Context) error {
		for scope, wrapped := range stored {
			again, err := anew(scope, wrapped)
			if errors.Is(err, seal.ErrOpen) && scope != portalScope {
				continue
			}
			if err != nil {
				return err
			}
			if err := r.replace(ctx, `UPDATE keysets SET wrapped = $1 WHERE scope = $2 AND wrapped = $3`, again, scope, wrapped); err != nil {
				return err
			}
		}
		return nil
	})
}

// Finish does all that is left to do after Begin, and tells about each kind of rows. key is the new master key.
func (r *Rotation) Finish(ctx context.Context, key seal.MasterKey, tell func(Resealed) error) error {
	r.st.options.MasterKey = key
	if err := r.start(ctx); err != nil {
		return err
	}
	if err := r.st.loadKeysets(ctx); err != nil {
		return err
	}
	for _, c := range sealedColumns {
		done, err := r.column(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if err := tell(done); err != nil {
			return err
		}
	}
	err := r.rewrap(ctx, func(scope string, wrapped []byte) ([]byte, error) {
		if slices.Contains(scopes(), scope) {
			return key.Retire(scope, wrapped)
		}
		return key.Rewrap(scope, wrapped, key) // marks are verified with the keys that made them
	})
	if err != nil {
		return err
	}
	return r.forget(ctx)
}
