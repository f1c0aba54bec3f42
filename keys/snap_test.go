package keys_test

import (
	"testing"
	"time"

	"merchant-portal/keys"
)

func TestTimestampsOfEveryClientAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"2024-03-01T08:27:49.024Z":       "2024-03-01T08:27:49.024Z",
		"2026-11-20T23:22:08+00:00":      "2026-11-20T23:22:08Z",
		"2026-11-20T23:22:08.123456789Z": "2026-11-20T23:22:08.123456789Z",
		"2026-11-21T06:22:08+07:00":      "2026-11-20T23:22:08Z",
	} {
		at, ok := keys.ParseTimestamp(text)
		if got := at.UTC().Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%s is %s, %t, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "2026-11-21", "2026-11-21T06:22:08", "2026-11-21t06:22:08z", "2026-11-21 06:22:08Z", "2026-11-21T06:22:08,5Z", "2026-13-21T06:22:08Z",
		"2026-11-21T06:22:08.1234567890Z", "2026-11-21T06:22:08+0700", "1700000000", "2026-11-21T06:22:08Z ", "2026-02-30T06:22:08Z",
	} {
		if at, ok := keys.ParseTimestamp(text); ok {
			t.Errorf("%q is read as %s", text, at)
		}
	}
}

func TestAClientIDNamesItsMerchant(t *testing.T) {
	if m, ok := keys.MerchantOf(keys.ClientID("G123456789")); !ok || m != "G123456789" {
		t.Errorf("MerchantOf = %s, %t", m, ok)
	}
	for _, no := range []string{"", "-SNAP", "G123456789", "G12345678-SNAP", "g123456789-SNAP", "G123456789-SNAP-SNAP", "G123456789-SNAP\n"} {
		if m, ok := keys.MerchantOf(no); ok {
			t.Errorf("%q names %s", no, m)
		}
	}
}
