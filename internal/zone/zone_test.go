package zone_test

import (
	"testing"
	"time"

	"merchant-portal/internal/zone"
)

func TestZonesAreNamedAndCountedAsInIndonesia(t *testing.T) {
	moment := time.Date(2026, time.November, 21, 23, 30, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"Asia/Jakarta": "22 06:30 WIB", "Asia/Makassar": "22 07:30 WITA", "Asia/Jayapura": "22 08:30 WIT",
		"": "22 06:30 WIB", "Europe/Berlin": "22 06:30 WIB",
	} {
		if got := moment.In(zone.Of(name)).Format("2 15:04 MST"); got != want {
			t.Errorf("in %q it is %q, want %q", name, got, want)
		}
	}
	if n := len(zone.All()); n != 3 {
		t.Errorf("%d zones", n)
	}
}
