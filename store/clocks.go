package store

import (
	"sync"
	"time"

	"merchant-portal/internal/ids"
)

// clocks know the last activity of sessions on this node from its first moment on, and when that has to be written: a page view writes nothing.
// What is written is never more than flushEvery behind, and another node learns of an activity before it would take the session for idle (docs/adr/0013).
type clocks struct {
	mu   sync.Mutex
	idle time.Duration
	of   map[ids.SessionID]clock
}

// clock is a session's activity that is not written yet.
type clock struct {
	latest time.Time
	due    time.Time
}

// Bounds of how long an activity may stay unwritten: the first for what a killed node forgets, the second for other nodes.
const (
	flushEvery = time.Minute
	ahead      = time.Second
)

func newClocks(idle time.Duration) *clocks { return &clocks{idle: idle, of: map[ids.SessionID]clock{}} }

// latest gives the last activity of a session whose row says active.
func (c *clocks) latest(id ids.SessionID, active time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.of[id]; ok && known.latest.After(active) {
		return known.latest
	}
	return active
}

// touch notes an activity at a moment; written is what the row says.
func (c *clocks) touch(id ids.SessionID, written, at time.Time) {
	if !at.After(written) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.of[id]
	if !ok {
		known.due = at.Add(min(flushEvery, c.idle/4))
		if before := written.Add(c.idle - ahead); before.Before(known.due) {
			known.due = before
		}
	}
	if at.After(known.latest) {
		known.latest = at
	}
	c.of[id] = known
}

// due lists what has to be written by now; everything, if all.
func (c *clocks) due(now time.Time, all bool) map[ids.SessionID]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found map[ids.SessionID]time.Time
	for id, known := range c.of {
		if !all && known.due.After(now) {
			continue
		}
		if found == nil {
			found = map[ids.SessionID]time.Time{}
		}
		found[id] = known.latest
	}
	return found
}

// written forgets what is on disk. What came after it is due at its own time.
func (c *clocks) written(id ids.SessionID, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.of[id]
	if !ok {
		return
	}
	if !known.latest.After(at) {
		delete(c.of, id)
		return
	}
	c.of[id] = clock{latest: known.latest, due: known.latest.Add(min(flushEvery, c.idle/4))}
}
