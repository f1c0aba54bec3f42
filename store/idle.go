package store

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

// lookForDue is how often it is asked which activities have to be written: often enough for ahead.
const lookForDue = 250 * time.Millisecond

// Active notes that somebody did something at a moment. It is known on this node at once and written later (Work).
func (s *Sessions) Active(who auth.Identity, at time.Time) {
	s.clocks.touch(who.Session, who.StoredAt, at)
}

// Work writes activities in the background until the function that it returns is called; that one writes the rest.
func (s *Sessions) Work(ctx context.Context) (stop func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(lookForDue)
		defer tick.Stop()
		failing := false
		for {
			select {
			case <-tick.C:
				err := s.Flush(context.WithoutCancel(ctx), false)
				if err != nil && !failing {
					s.logger.Warn("the activity of sessions cannot be written; some may end early if this node stops", slog.Any("error", err))
				}
				failing = err != nil
			case <-ctx.Done():
				return
			}
		}
	}()
	return func(ctx context.Context) error {
		cancel()
		select {
		case <-ended:
			return s.Flush(ctx, true)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Flush writes the activities that are due; all of them, if all.
func (s *Sessions) Flush(ctx context.Context, all bool) error {
	for id, at := range s.clocks.due(s.now(), all) {
		if _, err := s.writeActive.exec(ctx, millis(at), id); err != nil {
			return err
		}
		s.clocks.written(id, at)
	}
	return nil
}

// Live implements auth.Sessions.
func (s *Sessions) Live(ctx context.Context, p ids.PersonID) ([]auth.Session, error) {
	var all []auth.Session
	now := s.now()
	err := s.live.each(ctx, func(rows *sql.Rows) error {
		var found auth.Session
		var created, active int64
		if err := rows.Scan(&found.ID, &found.Browser, &found.Address, &created, &active); err != nil {
			return err
		}
		found.CreatedAt, found.ActiveAt = moment(created), s.clocks.latest(found.ID, moment(active))
		if !s.rules.Idle(found.ActiveAt, now) {
			all = append(all, found)
		}
		return nil
	}, p, millis(now))
	return all, err
}

// End implements auth.Sessions.
func (s *Sessions) End(ctx context.Context, p ids.PersonID, id ids.SessionID) (bool, error) {
	ended, err := s.end.exec(ctx, millis(s.now()), id, p)
	return ended == 1, err
}

// EndAll implements auth.Sessions.
func (s *Sessions) EndAll(ctx context.Context, p ids.PersonID, keep ids.SessionID) error {
	_, err := s.endAll.exec(ctx, millis(s.now()), p, keep)
	return err
}
