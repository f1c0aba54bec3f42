package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

func TestMailIsDeliveredOnceAndLeavesNothingBehind(t *testing.T) {
	db := storetest.New(t)
	want := outbox.Message{Kind: outbox.ConfirmRegistration, To: "a@example.test", Language: "id", Token: "T"}
	delivered := make(chan outbox.Message, 10)
	stop, err := db.Outbox().Work(ctx, func(_ context.Context, id string, m outbox.Message) error {
		if id == "" {
			t.Error("no id")
		}
		delivered <- m
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Outbox().Enqueue(ctx, want); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-delivered:
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("not delivered within 10 s")
	}
	for deadline := time.Now().Add(10 * time.Second); storetest.Count(db.Dump(t), "river_job") > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the job is still there after 10 s")
		}
	}
	if err := stop(ctx); err != nil {
		t.Error(err)
	}
	if len(delivered) > 0 {
		t.Error("delivered twice")
	}
}

// stuck turns every job into one whose worker died three minutes ago.
var stuck = map[bool]string{
	false: `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = datetime('now', '-3 minutes'), attempted_by = '["dead"]'`,
	true:  `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '3 minutes', attempted_by = '{dead}'`,
}

func TestAMailWhoseWorkerDiedIsDeliveredByAnother(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	if err := db.Outbox().Enqueue(ctx, outbox.Message{Kind: outbox.ConfirmRegistration, To: "a@example.test"}); err != nil {
		t.Fatal(err)
	}
	db.Exec(t, stuck[storetest.OnPostgres()])
	delivered := make(chan outbox.Message, 10)
	stop, err := db.Outbox().Work(ctx, func(_ context.Context, _ string, m outbox.Message) error {
		delivered <- m
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-delivered:
	case <-time.After(30 * time.Second):
		t.Error("not delivered within 30 s")
	}
	if err := stop(ctx); err != nil {
		t.Error(err)
	}
}
