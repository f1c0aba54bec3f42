package store_test

import (
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/store/storetest"
)

// What was shown in a session is stored with its new token, and what was not shown keeps its time (C027, C130).
func TestARenewalStoresWhatWasShown(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	m := manager(db)
	token := signIn(t, db, m, p, "")
	in := db.Clock.Now()
	for _, tt := range []struct {
		shown          auth.Shown
		proved, factor time.Time
	}{
		{auth.Shown{Factor: true}, in, in.Add(time.Minute)},
		{auth.Shown{Password: true}, in.Add(2 * time.Minute), in.Add(time.Minute)},
		{auth.Shown{Password: true, Factor: true}, in.Add(3 * time.Minute), in.Add(3 * time.Minute)},
		{auth.Shown{}, in.Add(3 * time.Minute), in.Add(3 * time.Minute)},
	} {
		db.Clock.Move(time.Minute)
		ctx, visit := load(t, m, token)
		visit.Renew(db.Clock.Now(), tt.shown)
		if err := m.RenewToken(ctx); err != nil {
			t.Fatal(err)
		}
		renewed, _, err := m.Commit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		token = renewed
		if _, found := load(t, m, token); !found.Identity.ProvedAt.Equal(tt.proved) || !found.Identity.FactorAt.Equal(tt.factor) {
			t.Errorf("after %+v: password %v, factor %v; want %v and %v", tt.shown, found.Identity.ProvedAt, found.Identity.FactorAt, tt.proved, tt.factor)
		}
	}
}
