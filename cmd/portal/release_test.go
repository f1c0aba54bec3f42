package main

import (
	"io"
	"strings"
	"testing"
)

// C133: libraries bring testing along, and its flags would come with flag.CommandLine. The program knows its own flags and variables alone.
func TestNobodySetsAClockASeedOrATestFlag(t *testing.T) {
	for _, name := range []string{"clock", "now", "seed", "test.run", "test.v", "httptest.serve", "debug", "pprof"} {
		if _, err := parseConfig([]string{"--" + name + "=x"}, nil, io.Discard); err == nil {
			t.Errorf("the program takes --%s", name)
		}
		variable := "PORTAL_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
		if _, err := parseConfig(nil, []string{variable + "=x"}, io.Discard); err == nil {
			t.Errorf("the program takes %s", variable)
		}
	}
}
