package store

import (
	"context"
	"log/slog"
	"time"

	"merchant-portal/keys"
)

// Work writes counts in the background until the function that it returns is called; that one writes the rest.
func (u *Uses) Work(ctx context.Context) (stop func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(flushUses)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-u.full:
			case <-ctx.Done():
				return
			}
			if err := u.Flush(context.WithoutCancel(ctx)); err != nil {
				u.logger.Warn("the counts of key use cannot be written; it is tried again in a minute", slog.Any("error", err))
			}
		}
	}()
	return func(ctx context.Context) error {
		cancel()
		select {
		case <-ended:
			return u.Flush(ctx)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Flush writes what was counted, all of it or nothing, and removes what is too old to be asked for. What could not be written is tried again by the
// next one; if nobody knows whether it was written, it may count twice.
func (u *Uses) Flush(ctx context.Context) error {
	u.writes.Lock()
	defer u.writes.Unlock()
	u.mu.Lock()
	u.writing, u.pending = u.pending, nothingCounted()
	batch := u.writing
	u.mu.Unlock()

	err := u.save(ctx, batch)

	u.mu.Lock()
	u.writing = nothingCounted()
	if err != nil {
		u.pending.add(batch)
	}
	u.lasts, u.refusals = nil, nil
	u.mu.Unlock()
	if err != nil {
		return err
	}
	return u.purge(ctx)
}

func (u *Uses) save(ctx context.Context, batch uncounted) error {
	if len(batch.uses) == 0 && len(batch.refusals) == 0 {
		return nil
	}
	return u.tx.Do(ctx, func(ctx context.Context) error {
		for of, counted := range batch.uses {
			for hour, requests := range counted.requests {
				if _, err := u.addRequests.exec(ctx, of.merchant, of.environment, of.key, hour, requests); err != nil {
					return err
				}
			}
			if _, err := u.setLast.exec(ctx, of.merchant, of.environment, of.key, millis(counted.last.At), counted.last.From); err != nil {
				return err
			}
		}
		for of, r := range batch.refusals {
			if _, err := u.addRefusals.exec(ctx, of.merchant, of.environment, of.reason, of.key, of.hour, r.Requests, millis(r.At), r.From); err != nil {
				return err
			}
		}
		return nil
	})
}

// purge removes what nobody asks for any more: counts of more than usesLife ago, and ids that are free again (externalIDLife).
func (u *Uses) purge(ctx context.Context) error {
	now := u.now()
	for _, old := range []struct {
		remove *statement
		before int64
	}{
		{u.purgeUses, hourOf(now.Add(-usesLife))}, {u.purgeRefusals, hourOf(now.Add(-usesLife))},
		{u.purgeExternalIDs, millis(now.Add(-externalIDLife))},
	} {
		if _, err := old.remove.exec(ctx, old.before); err != nil {
			return err
		}
	}
	return nil
}

// add puts back what a flush could not write.
func (n uncounted) add(batch uncounted) {
	for of, counted := range batch.uses {
		if newer, ok := n.uses[of]; ok {
			for hour, requests := range newer.requests {
				counted.add(hour, requests, newer.last)
			}
		}
		n.uses[of] = counted
	}
	for of, r := range batch.refusals {
		if newer, ok := n.refusals[of]; ok {
			addRefusal(r, *newer)
		}
		n.refusals[of] = r
	}
}

// each calls fn with everything that is not written yet. The caller holds mu.
func (u *Uses) each(fnUse func(useOf, *use), fnRefusal func(refusalOf, *keys.Refusal)) {
	for _, n := range []uncounted{u.pending, u.writing} {
		if fnUse != nil {
			for of, counted := range n.uses {
				fnUse(of, counted)
			}
		}
		if fnRefusal != nil {
			for of, r := range n.refusals {
				fnRefusal(of, r)
			}
		}
	}
}
