package store_test

import (
	"errors"
	"testing"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/store/storetest"
)

// C093, C094: the pair of an environment is nobody else's, and there is one.
func TestTheNotificationKeyOfAnEnvironmentIsItsOwn(t *testing.T) {
	db := storetest.New(t)
	one, _ := merchant(t, db, "G100000001", "a@example.test")
	other, _ := merchant(t, db, "G200000002", "b@example.test")
	add := func(id ids.NotificationKeyID) bool {
		t.Helper()
		added, err := db.NotificationKeys().Add(ctx, keys.NotificationKey{
			ID: id, Merchant: one.Merchant, Environment: ids.Sandbox, Public: "public", Sealed: []byte("sealed"), CreatedAt: storetest.Start,
		})
		if err != nil {
			t.Fatal(err)
		}
		return added
	}
	if !add("first") || add("second") {
		t.Error("the first pair was not stored, or a second one was")
	}
	if k, err := db.NotificationKeys().Of(ctx, one.Merchant, ids.Sandbox); err != nil || k.ID != "first" {
		t.Errorf("%+v, %v", k, err)
	}
	for what, owner := range map[string]struct {
		m   ids.MerchantID
		env ids.Environment
	}{"another merchant": {other.Merchant, ids.Sandbox}, "the other environment": {one.Merchant, ids.Production}} {
		if k, err := db.NotificationKeys().Of(ctx, owner.m, owner.env); !errors.Is(err, keys.ErrNoNotificationKey) {
			t.Errorf("%s has %+v, %v", what, k, err)
		}
	}
}
