package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

// A version follows the one before it, or it is none: whatever the rooms looked at, the row itself refuses to be overwritten.
func TestAVersionThatDoesNotFollowIsNotStored(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	put := func(version int64) error {
		return db.Settings().Put(ctx, p.Merchant, ids.Sandbox, settings.GeneralPage, settings.Version{
			Document: settings.Document{Version: version, Text: []byte(`{}`)}, Origin: settings.Saved, At: storetest.Start,
		})
	}
	if err := put(2); !errors.Is(err, settings.ErrMoved) {
		t.Errorf("a second version without a first: %v", err)
	}
	for version := range int64(2) {
		if err := put(version + 1); err != nil {
			t.Fatal(err)
		}
	}
	before := db.Dump(t)
	for _, version := range []int64{1, 2, 4, 0, -1} {
		if err := put(version); !errors.Is(err, settings.ErrMoved) {
			t.Errorf("version %d behind 2: %v", version, err)
		}
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}
