package mail

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// ErrRefused is the answer of a mail server that works but does not take mail for the one address.
var ErrRefused = errors.New("the mail server refuses the receiver")

// Health is a Sender around another one. It remembers whether this node's mails go out, for the operator to see.
type Health struct {
	Sender Sender
	Logger *slog.Logger
	Now    func() time.Time

	mu       sync.Mutex
	since    time.Time // of the first failure in a row; zero: the last mail went out
	attempts int       // failures in a row
}

// Send passes the mail on and remembers how that ended. A refused receiver and a delivery that was called off say nothing about the
// server: whoever can type an address could otherwise raise an alarm here, or see in its end that a mail was sent to somebody (C022).
func (h *Health) Send(ctx context.Context, id string, m *gomail.Msg) error {
	err := h.Sender.Send(ctx, id, m)
	if errors.Is(err, ErrRefused) || errors.Is(err, context.Canceled) {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil && h.attempts == 0:
		h.since, h.attempts = h.Now(), 1
	case err != nil:
		h.attempts++
	case h.attempts > 0:
		h.Logger.Info("mails go out again", slog.Time("failing_since", h.since), slog.Int("failed_attempts", h.attempts))
		h.since, h.attempts = time.Time{}, 0
	}
	return err
}

// Line says it in words that anybody may read: no host, no address, no cause. There is no number of attempts in it either, and nothing
// that changes when a mail goes out as usual: it would tell a stranger whether a reset request led to a mail (C022).
func (h *Health) Line() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.attempts == 0 {
		return "mail: ok"
	}
	return "mail: failing since " + h.since.UTC().Format(time.RFC3339)
}
