package keys_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
)

// C085: the new key works at once, the old one until the chosen end and not at it.
func TestTheOldKeyWorksUntilExactlyItsEnd(t *testing.T) {
	for overlap, length := range map[keys.Overlap]time.Duration{
		keys.AtOnce: 0, keys.Hour: time.Hour, keys.Day: 24 * time.Hour, keys.Week: 7 * 24 * time.Hour,
	} {
		r := newRing(t)
		start := r.Now()
		old, issued := r.rotate(t, overlap)
		if !r.get(t, issued.ID).LiveAt(start) || issued.Replaces != old.ID || issued.Kind != old.Kind {
			t.Errorf("%s: the new key is %+v", overlap, issued)
		}
		if !old.EndsAt.Equal(start.Add(length)) || old.LiveAt(start.Add(length)) {
			t.Errorf("%s: the old key ends at %s", overlap, old.EndsAt)
		}
		if length > 0 && !old.LiveAt(start.Add(length-time.Millisecond)) {
			t.Errorf("%s: the old key ends before its end", overlap)
		}
		r.db.Clock.Move(length)
		if live := r.live(t, keys.Server); len(live) != 1 || live[0].ID != issued.ID {
			t.Errorf("%s: at the end %d keys work", overlap, len(live))
		}
		wants(t, "the first use of the old key at its end", r.use(t, old.ID), keys.ErrNotFound)
	}
}

func TestEveryDrawnKindCanBeRotatedAndGivesItsText(t *testing.T) {
	r := newRing(t)
	for _, kind := range []keys.Kind{keys.Client, keys.Server} {
		old := r.live(t, kind)[0]
		issued, text, err := r.Rotate(t.Context(), r.who, ids.Sandbox, old.ID, keys.Day)
		if err != nil || !strings.HasPrefix(text, keys.Prefix(ids.Sandbox, kind)) || !strings.HasSuffix(text, issued.LastFour) {
			t.Fatalf("%s: %q, %v", kind, text, err)
		}
		if _, revealed, err := r.Reveal(t.Context(), r.who, ids.Sandbox, issued.ID); err != nil || revealed != text {
			t.Errorf("%s: revealed %q, %v, want %q", kind, revealed, err, text)
		}
		if got := r.actions(t, issued.ID); !slices.Equal(got, []activity.Action{activity.KeyRotated, activity.KeyRevealed}) {
			t.Errorf("%s: the log says %v", kind, got)
		}
	}
}

func TestTheRotationMailNamesTheKeysAndHoldsNone(t *testing.T) {
	r := newRing(t)
	old := r.live(t, keys.Server)[0]
	issued, text, err := r.Rotate(t.Context(), r.who, ids.Sandbox, old.ID, keys.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want := outbox.Message{
		Kind: outbox.KeyRotated, To: "sari@example.test", Language: "en", By: "sari@example.test", Merchant: string(merchant), Address: r.who.Address,
		Environment: "sandbox", Credential: "server", LastFour: old.LastFour, NewLastFour: issued.LastFour,
		At: r.Now().UnixMilli(), Until: r.Now().Add(time.Hour).UnixMilli(),
	}
	sent := r.box.take()
	if len(sent) != 1 {
		t.Fatalf("%d mails", len(sent))
	}
	want.Zone = sent[0].Zone
	if sent[0] != want || strings.Contains(text, sent[0].NewLastFour) == false {
		t.Errorf("the mail is %+v, want %+v", sent[0], want)
	}
	client := r.live(t, keys.Client)[0]
	if _, _, err := r.Rotate(t.Context(), r.who, ids.Sandbox, client.ID, keys.AtOnce); err != nil {
		t.Fatal(err)
	}
	if sent := r.box.take(); len(sent) != 1 || sent[0].Kind != outbox.KeyReplaced || sent[0].Until != sent[0].At {
		t.Errorf("after a rotation at once: %+v", sent)
	}
}

func TestThereAreNeverThreeLiveKeysOfAKind(t *testing.T) {
	r := newRing(t)
	before := r.live(t, keys.Server)[0]
	_, _, err := r.Rotate(t.Context(), r.who, ids.Sandbox, before.ID, "2h")
	wants(t, "an overlap that is none", err, keys.ErrOverlap)
	old, issued := r.rotate(t, keys.Day)
	_, _, err = r.Rotate(t.Context(), r.who, ids.Sandbox, old.ID, keys.AtOnce)
	wants(t, "the replaced key again", err, keys.ErrReplaced)
	_, _, err = r.Rotate(t.Context(), r.who, ids.Sandbox, issued.ID, keys.AtOnce)
	wants(t, "the new key while the old one works", err, keys.ErrTwoLive)
	r.db.Clock.Move(24 * time.Hour)
	_, _, err = r.Rotate(t.Context(), r.who, ids.Sandbox, old.ID, keys.AtOnce)
	wants(t, "a key that has ended", err, keys.ErrEnded)
	if _, _, err = r.Rotate(t.Context(), r.who, ids.Sandbox, issued.ID, keys.Hour); err != nil {
		t.Errorf("the new key once the old one has ended: %v", err)
	}
	if n := len(r.live(t, keys.Client)); n != 1 {
		t.Errorf("%d client keys", n)
	}
}

func TestARetiredKeyEndsAtOnceAndTheLastOneCannotBeRetired(t *testing.T) {
	r := newRing(t)
	wants(t, "the only key", r.Retire(t.Context(), r.who, ids.Sandbox, r.live(t, keys.Server)[0].ID), keys.ErrCurrent)
	old, issued := r.rotate(t, keys.Week)
	wants(t, "the new key", r.Retire(t.Context(), r.who, ids.Sandbox, issued.ID), keys.ErrCurrent)
	r.box.take()
	r.db.Clock.Move(time.Minute)
	if err := r.Retire(t.Context(), r.who, ids.Sandbox, old.ID); err != nil {
		t.Fatal(err)
	}
	if k := r.get(t, old.ID); k.LiveAt(r.Now()) || !k.LiveAt(r.Now().Add(-time.Millisecond)) {
		t.Errorf("the key ends at %s", k.EndsAt)
	}
	if sent := r.box.take(); len(sent) != 1 || sent[0].Kind != outbox.KeyRetired || sent[0].Until != r.Now().UnixMilli() {
		t.Errorf("mails %+v", sent)
	}
	wants(t, "once more", r.Retire(t.Context(), r.who, ids.Sandbox, old.ID), keys.ErrEnded)
}

func TestMoreTimeCountsFromNowAndNeverShortens(t *testing.T) {
	r := newRing(t)
	_, err := r.Extend(t.Context(), r.who, ids.Sandbox, r.live(t, keys.Server)[0].ID, keys.Day)
	wants(t, "a key without an end", err, keys.ErrCurrent)
	old, _ := r.rotate(t, keys.Day)
	for overlap, want := range map[keys.Overlap]error{keys.AtOnce: keys.ErrOverlap, "": keys.ErrOverlap, keys.Hour: keys.ErrNotLater, keys.Day: keys.ErrNotLater} {
		_, err := r.Extend(t.Context(), r.who, ids.Sandbox, old.ID, overlap)
		wants(t, "more time: "+string(overlap), err, want)
	}
	r.box.take()
	r.db.Clock.Move(24*time.Hour - time.Millisecond)
	extended, err := r.Extend(t.Context(), r.who, ids.Sandbox, old.ID, keys.Hour)
	if want := r.Now().Add(time.Hour); err != nil || !extended.EndsAt.Equal(want) || !r.get(t, old.ID).EndsAt.Equal(want) {
		t.Errorf("the end is %s, %v, want %s", extended.EndsAt, err, want)
	}
	if sent := r.box.take(); len(sent) != 1 || sent[0].Kind != outbox.KeyExtended || sent[0].Until != extended.EndsAt.UnixMilli() {
		t.Errorf("mails %+v", sent)
	}
	r.db.Clock.Move(time.Hour)
	_, err = r.Extend(t.Context(), r.who, ids.Sandbox, old.ID, keys.Week)
	wants(t, "a key that has ended", err, keys.ErrEnded)
}

func TestARotationIsUndoneWhileTheNewKeyIsUnused(t *testing.T) {
	r := newRing(t)
	old, issued := r.rotate(t, keys.Day)
	r.db.Clock.Move(24*time.Hour - time.Millisecond)
	r.box.take()
	if err := r.Undo(t.Context(), r.who, ids.Sandbox, issued.ID); err != nil {
		t.Fatal(err)
	}
	if k := r.get(t, old.ID); !k.EndsAt.IsZero() {
		t.Errorf("the old key ends at %s", k.EndsAt)
	}
	if k := r.get(t, issued.ID); !k.Undone() || k.LiveAt(r.Now()) {
		t.Errorf("the new key still works: %+v", k)
	}
	wants(t, "a first use afterwards", r.use(t, issued.ID), keys.ErrNotFound)
	wants(t, "undo once more", r.Undo(t.Context(), r.who, ids.Sandbox, issued.ID), keys.ErrNotUndoable)
	_, _, err := r.Reveal(t.Context(), r.who, ids.Sandbox, issued.ID)
	wants(t, "reveal what was taken back", err, keys.ErrEnded)
	if sent := r.box.take(); len(sent) != 1 || sent[0].Kind != outbox.RotationUndone || sent[0].Until != 0 {
		t.Errorf("mails %+v", sent)
	}
	if got := r.actions(t, old.ID); !slices.Equal(got, []activity.Action{activity.RotationUndone}) {
		t.Errorf("the log says %v", got)
	}
	r.rotate(t, keys.AtOnce)
}

func TestWhatWasUsedOrHasEndedIsNotUndone(t *testing.T) {
	r := newRing(t)
	wants(t, "the first key", r.Undo(t.Context(), r.who, ids.Sandbox, r.live(t, keys.Server)[0].ID), keys.ErrNotUndoable)
	old, issued := r.rotate(t, keys.Day)
	wants(t, "the old key", r.Undo(t.Context(), r.who, ids.Sandbox, old.ID), keys.ErrNotUndoable)
	if err := r.use(t, issued.ID); err != nil {
		t.Fatal(err)
	}
	wants(t, "a new key that was used", r.Undo(t.Context(), r.who, ids.Sandbox, issued.ID), keys.ErrInUse)
	r.db.Clock.Move(24 * time.Hour)
	wants(t, "after the old key's end", r.Undo(t.Context(), r.who, ids.Sandbox, issued.ID), keys.ErrNotUndoable)
	_, again := r.rotate(t, keys.AtOnce)
	wants(t, "where the old key ended at once", r.Undo(t.Context(), r.who, ids.Sandbox, again.ID), keys.ErrNotUndoable)
}

// C096: a permission that was taken away is missed by the act itself, and nothing is written or mailed.
func TestARotationNeedsThePermissionAtThatMoment(t *testing.T) {
	r := newRing(t)
	old, issued := r.rotate(t, keys.Day)
	r.box.take()
	r.db.Exec(t, `UPDATE people SET roles = 'finance'`)
	before := r.db.Dump(t)
	_, _, rotated := r.Rotate(t.Context(), r.who, ids.Sandbox, r.live(t, keys.Client)[0].ID, keys.Day)
	_, extended := r.Extend(t.Context(), r.who, ids.Sandbox, old.ID, keys.Week)
	for act, err := range map[string]error{
		"rotate": rotated, "extend": extended, "retire": r.Retire(t.Context(), r.who, ids.Sandbox, old.ID), "undo": r.Undo(t.Context(), r.who, ids.Sandbox, issued.ID),
	} {
		if missing := new(auth.MissingPermission); !errors.As(err, &missing) {
			t.Errorf("%s: %v", act, err)
		}
	}
	if !slices.Equal(before, r.db.Dump(t)) || len(r.box.take()) > 0 {
		t.Error("something was written or mailed")
	}
}

// C093, C094: keys of another merchant, or of the other environment, are not there.
func TestAKeyOfSomebodyElseIsNotThere(t *testing.T) {
	r := newRing(t)
	old, issued := r.rotate(t, keys.Day)
	_, _, err := r.Rotate(t.Context(), r.who, ids.Production, issued.ID, keys.Day)
	wants(t, "rotate", err, keys.ErrNotFound)
	wants(t, "retire", r.Retire(t.Context(), r.who, ids.Production, old.ID), keys.ErrNotFound)
	_, err = r.Extend(t.Context(), r.who, ids.Production, old.ID, keys.Week)
	wants(t, "extend", err, keys.ErrNotFound)
	wants(t, "undo", r.Undo(t.Context(), r.who, ids.Production, issued.ID), keys.ErrNotFound)
}
