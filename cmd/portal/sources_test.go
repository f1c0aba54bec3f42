package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"merchant-portal/internal/ids"
)

func TestNotificationAddressesAreAddressesOrNetworks(t *testing.T) {
	for args, want := range map[string]string{
		"--sandbox-notification-addresses=notify.example.com":          `--sandbox-notification-addresses: "notify.example.com"`,
		"--production-notification-addresses=13.228.166.126/33":        "--production-notification-addresses",
		"--production-notification-addresses=13.228.166.126/24":        "13.228.166.0/24",
		"--production-notification-addresses=13.228.166.126:443":       "--production-notification-addresses",
		"--sandbox-notification-addresses=https://13.228.166.126":      "--sandbox-notification-addresses",
		"--sandbox-notification-addresses=13.228.166.126;52.220.80.5":  "--sandbox-notification-addresses",
		"--sandbox-notification-addresses=127.0.0.1,2001:db8::/32,::x": "--sandbox-notification-addresses",
	} {
		if _, err := parseConfig(strings.Fields(args), nil, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something about %s", args, err, want)
		}
	}
}

func TestNotificationAddressesAreShownAsNetworks(t *testing.T) {
	const given = "13.228.166.126/32, 52.220.80.5,2001:db8::/32"
	lines, _, err := checkConfig(t, nil, "--data", t.TempDir(), "--production-notification-addresses", given)
	if err != nil || lines["production-notification-addresses"] != given+" flag" || lines["sandbox-notification-addresses"] != "not set default" {
		t.Errorf("%v, %v", lines, err)
	}
	c, err := parseConfig([]string{"--production-notification-addresses", given}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.sources[ids.Production], []string{"13.228.166.126/32", "52.220.80.5/32", "2001:db8::/32"}; !slices.Equal(got, want) || len(c.sources[ids.Sandbox]) != 0 {
		t.Errorf("%v, want %v", c.sources, want)
	}
}
