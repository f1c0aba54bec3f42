package envswitch_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/envswitch"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// C091: until the operator approves there is no key of Production; from then on there are.
func TestApprovalOpensProductionWithItsKeys(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	_, err := o.Approve(t.Context(), merchant, 0)
	wants(t, "before it is handed in", err, envswitch.ErrNotInReview)
	o.submit(t)
	if n := o.owned(t); n != 0 {
		t.Errorf("%d keys before approval", n)
	}
	o.box.take()
	if _, err := o.Approve(t.Context(), merchant, 1); err != nil {
		t.Fatal(err)
	}
	state, err := o.Environments.State(t.Context(), merchant, ids.Production)
	if n := o.owned(t); err != nil || state != envswitch.Active || n != 2 {
		t.Errorf("Production is %s with %d keys, %v", state, n, err)
	}
	if mails := o.box.take(); len(mails) != 1 || mails[0].Kind != outbox.ActivationApproved {
		t.Errorf("mails: %+v", mails)
	}
	for what, act := range o.acts(t, o.of(t).Version, o.list(t).Documents[0].ID) {
		wants(t, what, act(), envswitch.ErrActive)
	}
	_, err = o.Approve(t.Context(), merchant, 0)
	wants(t, "approve again", err, envswitch.ErrNotInReview)
	_, err = o.Reject(t.Context(), merchant, 0, "x")
	wants(t, "reject what is active", err, envswitch.ErrNotInReview)
}

// noKeys makes the first key and fails at the second.
type noKeys struct{ envswitch.Opening }

var errNoKeys = errors.New("no keys")

// Issue implements envswitch.Opening.
func (n noKeys) Issue(ctx context.Context, m ids.MerchantID, env ids.Environment, at time.Time) error {
	return errors.Join(n.Opening.Issue(ctx, m, env, at), errNoKeys)
}

// C091: where the keys cannot be made, nothing has happened.
func TestAnApprovalWithoutKeysIsNone(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	o.submit(t)
	before := o.db.Dump(t)
	o.Opening = noKeys{o.keys}
	_, err := o.Approve(t.Context(), merchant, 1)
	wants(t, "approve", err, errNoKeys)
	if diff := cmp.Diff(before, o.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// together runs acts at the same moment and gives their errors.
func together(acts ...func() error) []error {
	var wg sync.WaitGroup
	start, failed := make(chan struct{}), make([]error, len(acts))
	for i, act := range acts {
		wg.Go(func() {
			<-start
			failed[i] = act()
		})
	}
	close(start)
	wg.Wait()
	return failed
}

// won counts the acts that were done. All others have to be conflicts.
func won(t *testing.T, failed []error) (done int) {
	t.Helper()
	for _, err := range failed {
		switch {
		case err == nil:
			done++
		case fault.KindOf(err) != fault.Conflict:
			t.Errorf("lost with %v, want a conflict", err)
		}
	}
	return done
}

func TestParallelDecisionsAreOne(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	o.submit(t)
	o.box.take()
	approve := func() error { _, err := o.Approve(t.Context(), merchant, 1); return err }
	reject := func() error { _, err := o.Reject(t.Context(), merchant, 1, "no"); return err }
	if n := won(t, together(approve, approve, reject, approve, reject)); n != 1 {
		t.Errorf("%d decisions", n)
	}
	want := map[envswitch.Progress]int{envswitch.Approved: 2}[o.of(t).Progress]
	if n, mails := o.owned(t), len(o.box.take()); n != want || mails < 1 {
		t.Errorf("%d keys, want %d; %d mails", n, want, mails)
	}
}

// Of what happens while it is handed in, either all is in the submission or nothing: it is never in review with less than it needs.
func TestNothingChangesWhileItIsHandedIn(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	acts := o.acts(t, o.of(t).Version, o.list(t).Documents[0].ID)
	failed := together(acts["submit"], acts["remove"], acts["upload"], acts["save"], acts["submit"])
	if n := len(failed); n != 5 {
		t.Fatal(n)
	}
	a, c := o.of(t), o.list(t)
	if a.Progress != envswitch.InReview {
		return // something else came first, and it was not complete any more
	}
	if a.Submission != 1 || a.Entity != envswitch.Individual || len(c.Documents) != 2 {
		t.Errorf("in review: %+v with %+v", a, c.Documents)
	}
}

func TestTheListBeginsWithWhatHasWaitedLongest(t *testing.T) {
	o := newOffice(t)
	for i, row := range []string{"draft", "in_review", "rejected", "approved", "in_review"} {
		m := "G20000000" + string(rune('0'+i))
		o.db.Exec(t, `INSERT INTO merchants (id, name, created_at) VALUES ($1, 'Toko', 1)`, m)
		o.db.Exec(t, `INSERT INTO activations (merchant_id, version, state, submitted_at, updated_at) VALUES ($1, 1, $2, $3, 1)`, m, row, 100-i)
	}
	found, err := o.List(t.Context())
	var order []string
	for _, l := range found {
		order = append(order, string(l.Merchant)[9:]+" "+string(l.Progress))
	}
	want := []string{"4 in_review", "1 in_review", "2 rejected", "0 draft", "3 approved"}
	if diff := cmp.Diff(want, order); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// The rows keep out what comes too late by themselves, whatever the transactions around them are.
func TestTheRowsRefuseWhatComesTooLate(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	stale := o.of(t)
	o.answers(t, envswitch.Individual, "Kopi")
	wants(t, "put a version that is over", o.Store.Put(t.Context(), stale), envswitch.ErrChanged)
	stale.Version = 0
	wants(t, "put a first one", o.Store.Put(t.Context(), stale), envswitch.ErrChanged)
	o.submit(t)
	wants(t, "touch", o.Store.Touch(t.Context(), merchant, o.Now()), envswitch.ErrLocked)
	wants(t, "activate", o.Store.Activate(t.Context(), merchant), nil)
	wants(t, "activate again", o.Store.Activate(t.Context(), merchant), envswitch.ErrActive)
	_, err := o.Approve(t.Context(), merchant, 1)
	wants(t, "approve what was opened by hand", err, envswitch.ErrActive)
	if n := o.owned(t); n != 0 {
		t.Errorf("%d keys of an approval that did not happen", n)
	}
}
