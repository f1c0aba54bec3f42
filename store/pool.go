package store

import (
	"database/sql"
	"errors"
	"time"

	"merchant-portal/internal/fault"
)

// maxQueue is how long a statement waits for a connection.
const maxQueue = 3 * time.Second

var errQueue = errors.New("no connection became free in time")

// pool is a pool of connections and the queue in front of it. database/sql's own queue has no end where a context cannot be cancelled, and
// while a server is silent it connects for one caller after the other.
type pool struct {
	*sql.DB
	places chan struct{} // as many as the pool may open
}

func newPool(db *sql.DB) pool { return pool{db, make(chan struct{}, db.Stats().MaxOpenConnections)} }

// enter waits for a place, for maxQueue at most. Who got one calls leave.
func (p pool) enter() error {
	select {
	case p.places <- struct{}{}:
		return nil
	default:
	}
	patience := time.NewTimer(maxQueue)
	defer patience.Stop()
	select {
	case p.places <- struct{}{}:
		return nil
	case <-patience.C:
		return fault.Wrap(fault.Unavailable, "fault.unavailable", errQueue)
	}
}

func (p pool) leave() { <-p.places }
