package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
	"merchant-portal/store"
)

// deliverer does what a queued message asks for: it is a letter, or the wish for a reset link, which people answer (C022).
func deliverer(people *auth.Service, mailer *mail.Mailer) store.Deliver {
	return func(ctx context.Context, id string, m outbox.Message) error {
		if m.Kind == outbox.ResetRequested {
			return people.AnswerReset(ctx, m)
		}
		return mailer.Deliver(ctx, id, m)
	}
}

// remindEvery is how often it is asked whose password, and which access key, ends soon.
const remindEvery = time.Minute

// remind sends reminders in the background until the function that it returns is called. Nodes that were started together do not ask at the same moment.
// A failure of one sort keeps none of the others from being sent.
func remind(ctx context.Context, people *auth.Service, ring *keys.Service, logger *slog.Logger) (stop func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		next := time.NewTimer(rand.N(remindEvery)) //nolint:gosec // when is no secret
		defer next.Stop()
		for {
			select {
			case <-next.C:
			case <-ctx.Done():
				return
			}
			for of, send := range map[string]func(context.Context) error{"passwords": people.Remind, "access keys": ring.Remind} {
				if err := send(ctx); err != nil && ctx.Err() == nil {
					logger.Warn("reminders about "+of+" could not be sent; it is tried again in a minute", slog.Any("error", err))
				}
			}
			next.Reset(remindEvery)
		}
	}()
	return func(ctx context.Context) error {
		cancel()
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
