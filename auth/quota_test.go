package auth_test

import (
	"errors"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/store/storetest"
)

// A quota counts names apart, whatever they look like, and says when to come again in its own words.
func TestAQuotaBoundsEachNameByItself(t *testing.T) {
	clock := &hand{storetest.Start}
	quota := auth.NewQuota(2, 10*time.Minute, clock.now, "fault.too_many")
	take := func(name string) (func(), *fault.Error) {
		release, err := quota.Take(name)
		var known *fault.Error
		if err != nil && !errors.As(err, &known) {
			t.Fatal(err)
		}
		return release, known
	}
	for range 2 {
		if _, refused := take("person one"); refused != nil {
			t.Fatal(refused)
		}
		clock.move(time.Minute)
	}
	_, refused := take("person one")
	if refused == nil || refused.Kind != fault.TooMany || refused.RetryAfter != 8*time.Minute || refused.Public.ID != "fault.too_many" {
		t.Errorf("the third: %+v, want too many for 8 minutes", refused)
	}
	release, refused := take("person two")
	if refused != nil {
		t.Errorf("another name: %v", refused)
	}
	release()
	clock.move(8 * time.Minute)
	if _, refused := take("person one"); refused != nil {
		t.Errorf("after the window: %v", refused)
	}
}
