package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/store/storetest"
)

// However many forms of a person are cut off, the newest five are kept; those of others are not touched.
func TestOnlyTheNewestFormsOfAPersonAreKept(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	other, _ := merchant(t, db, "G100000002", "b@example.test")
	forms := db.KeptForms()
	if err := forms.Add(ctx, "others", other.ID, []byte("x"), storetest.Start); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		if err := forms.Add(ctx, ids.FormID(fmt.Sprint(i)), p.ID, []byte("x"), storetest.Start.Add(time.Duration(i)*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 8 {
		_, err := forms.Get(ctx, ids.FormID(fmt.Sprint(i)), p.ID, storetest.Start)
		if kept := err == nil; kept != (i >= 3) || (!kept && !errors.Is(err, auth.ErrNotKept)) {
			t.Errorf("form %d: %v", i, err)
		}
	}
	if _, err := forms.Get(ctx, "others", other.ID, storetest.Start); err != nil {
		t.Errorf("another one's: %v", err)
	}
	if err := forms.Add(ctx, "0", p.ID, []byte("x"), storetest.Start); !errors.Is(err, auth.ErrNotKept) {
		t.Errorf("a spent one once more: %v", err)
	}
}
