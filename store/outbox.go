package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
)

var _ outbox.Queue = (*Outbox)(nil)

// Times of the mail queue. A job that runs longer than jobTimeout is stopped; one whose worker died is given to another after rescueAfter
// (River's own default is an hour, after which a reset mail would be useless).
const (
	jobTimeout  = 30 * time.Second
	rescueAfter = 2 * time.Minute
	pollEvery   = 500 * time.Millisecond
	mailWorkers = 2
	maxAttempts = 14 // with retryAfter below, about a day
)

// Outbox keeps messages as River jobs, sealed while they wait, and removes them once delivered.
type Outbox struct {
	st     *Store
	client *river.Client[*sql.Tx] // adds jobs; Work starts another one that works them off
}

// mailJob is what River stores of a message: nothing that can be read. The id is bound to the sealed text and becomes the Message-ID.
type mailJob struct {
	ID     string `json:"id"`
	Sealed []byte `json:"sealed"`
}

// Kind names the job.
func (mailJob) Kind() string { return "mail" }

func mailLabel(id string) []byte { return seal.Label("mail", id) }

// errNotDelivered is all that River keeps of a failure: the reason may name people and goes to the log alone.
var errNotDelivered = errors.New("not delivered")

func newOutbox(st *Store) (*Outbox, error) {
	client, err := river.NewClient(st.engine.driver(st.writer.DB), &river.Config{Logger: st.options.Logger})
	if err != nil {
		return nil, fmt.Errorf("mail queue: %w", err)
	}
	return &Outbox{st: st, client: client}, nil
}

// Enqueue seals a message and adds it to the transaction of ctx.
func (o *Outbox) Enqueue(ctx context.Context, m outbox.Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	id := rand.Text()
	sealed, err := o.st.keysets[portalScope].Seal(text, mailLabel(id))
	if err != nil {
		return err
	}
	return o.st.Do(ctx, func(ctx context.Context) error {
		_, err := o.client.InsertTx(ctx, txOf(ctx), mailJob{id, sealed}, &river.InsertOpts{MaxAttempts: maxAttempts})
		if err != nil {
			return o.st.classify(fmt.Errorf("enqueue mail: %w", err))
		}
		return nil
	})
}

// Deliver sends one message. id is the same for every attempt at it.
type Deliver func(ctx context.Context, id string, m outbox.Message) error

// Work delivers messages in the background until the function that it returns is called; that one waits for those under way.
func (o *Outbox) Work(ctx context.Context, deliver Deliver) (stop func(context.Context) error, err error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &mailWorker{outbox: o, deliver: deliver}); err != nil {
		return nil, fmt.Errorf("mail queue: %w", err)
	}
	client, err := river.NewClient(o.st.engine.driver(o.st.writer.DB), &river.Config{
		Logger:                      o.st.options.Logger,
		Workers:                     workers,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: mailWorkers}},
		FetchPollInterval:           pollEvery,
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		CompletedJobRetentionPeriod: time.Minute, // for what removeDelivered did not get to
		RetryPolicy:                 retryPolicy{},
	})
	if err != nil {
		return nil, fmt.Errorf("mail queue: %w", err)
	}
	done, cancel := client.Subscribe(river.EventKindJobCompleted)
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		cancel()
		return nil, fmt.Errorf("start mail queue: %w", err)
	}
	removed := make(chan struct{})
	go func() {
		defer close(removed)
		o.removeDelivered(context.WithoutCancel(ctx), done)
	}()
	return func(ctx context.Context) error {
		err := client.Stop(ctx)
		cancel()
		select {
		case <-removed:
		case <-ctx.Done(): // what is left is removed by River a minute later
		}
		return err
	}, nil
}

// removeDelivered drops each job that River has completed: nothing of a message stays behind. River has to complete a job itself: it does
// not survive one that its worker removed.
func (o *Outbox) removeDelivered(ctx context.Context, done <-chan *river.Event) {
	for event := range done {
		if _, err := o.client.JobDelete(ctx, event.Job.ID); err != nil && !errors.Is(err, river.ErrNotFound) {
			o.st.options.Logger.Warn("a delivered message stays queued for a while", slog.Any("error", err))
		}
	}
}

// mailWorker opens a job and hands its message over.
type mailWorker struct {
	river.WorkerDefaults[mailJob]
	outbox  *Outbox
	deliver Deliver
}

// Work delivers one message. What does not open can never be sent, so it is dropped and said aloud.
func (w *mailWorker) Work(ctx context.Context, job *river.Job[mailJob]) error {
	text, err := w.outbox.st.keysets[portalScope].Open(job.Args.Sealed, mailLabel(job.Args.ID))
	if err != nil {
		return river.JobCancel(err)
	}
	var m outbox.Message
	if err := json.Unmarshal(text, &m); err != nil {
		return river.JobCancel(errors.New("message cannot be read"))
	}
	if err := w.deliver(ctx, job.Args.ID, m); err != nil {
		w.outbox.st.options.Logger.Warn("mail not delivered, will be tried again", slog.String("kind", string(m.Kind)),
			slog.Int("attempt", job.Attempt), slog.Any("error", err))
		return errNotDelivered
	}
	return nil
}

// retryPolicy waits a minute after the first failure, then twice as long each time, at most four hours.
type retryPolicy struct{}

// NextRetry gives the time of the next attempt. River counts in its own clock.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	wait := min(time.Minute<<max(job.Attempt-1, 0), 4*time.Hour)
	if job.AttemptedAt != nil {
		return job.AttemptedAt.Add(wait)
	}
	return job.ScheduledAt.Add(wait)
}
