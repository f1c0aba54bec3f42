package keys_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

const rounds = 20

func TestAFirstUseAndAnUndoEndInExactlyOneOfTheTwo(t *testing.T) {
	r := newRing(t)
	for range rounds {
		old, issued := r.rotate(t, keys.Day)
		var wg sync.WaitGroup
		var used, undone error
		wg.Go(func() { used = r.use(t, issued.ID) })
		wg.Go(func() { undone = r.Undo(t.Context(), r.who, ids.Sandbox, issued.ID) })
		wg.Wait()
		k, before := r.get(t, issued.ID), r.get(t, old.ID)
		switch {
		case used == nil && errors.Is(undone, keys.ErrInUse):
			if k.FirstUsedAt.IsZero() || !k.EndsAt.IsZero() || before.EndsAt.IsZero() {
				t.Errorf("used: the new key is %+v, the old one %+v", k, before)
			}
			if err := r.Retire(t.Context(), r.who, ids.Sandbox, old.ID); err != nil {
				t.Fatal(err)
			}
		case undone == nil && errors.Is(used, keys.ErrNotFound):
			if !k.FirstUsedAt.IsZero() || k.EndsAt.IsZero() || !before.EndsAt.IsZero() {
				t.Errorf("undone: the new key is %+v, the old one %+v", k, before)
			}
		default:
			t.Fatalf("use: %v, undo: %v", used, undone)
		}
		r.db.Clock.Move(time.Minute)
	}
}

// A use that began a moment before the undo and is written after it is refused as well.
func TestAUseThatBeganBeforeTheUndoIsRefusedAfterIt(t *testing.T) {
	r := newRing(t)
	_, issued := r.rotate(t, keys.Day)
	began := r.Now()
	r.db.Clock.Move(time.Second)
	if err := r.Undo(t.Context(), r.who, ids.Sandbox, issued.ID); err != nil {
		t.Fatal(err)
	}
	wants(t, "the use", r.Store.MarkUsed(t.Context(), merchant, ids.Sandbox, issued.ID, began), keys.ErrNotFound)
}

func TestOfParallelRotationsOneWins(t *testing.T) {
	r := newRing(t)
	for range rounds {
		old := r.live(t, keys.Server)[0]
		var wg sync.WaitGroup
		var won atomic.Int32
		for range 4 {
			wg.Go(func() {
				_, _, err := r.Rotate(t.Context(), r.who, ids.Sandbox, old.ID, keys.Hour)
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, keys.ErrReplaced):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(r.live(t, keys.Server)); won.Load() != 1 || n != 2 {
			t.Fatalf("%d rotations, %d keys work", won.Load(), n)
		}
		r.db.Clock.Move(time.Hour)
	}
}
