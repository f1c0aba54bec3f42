package main

import (
	"bytes"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestAnUnknownCommandIsAnsweredWithTheOnesThatExist(t *testing.T) {
	err := run(t.Context(), []string{"migrate"}, nil, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), `"migrate"`) || !strings.Contains(err.Error(), "serve, check-config, unlock, activity verify, second-factor clear, ip-allow-list clear, master-key rotate, activation list, activation show, activation approve, activation reject, version and help") {
		t.Errorf("run = %v", err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"help"}, nil, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		if !strings.Contains(out.String(), c.name+" ") || !strings.Contains(out.String(), c.help) {
			t.Errorf("help does not say what %s is:\n%s", c.name, out.String())
		}
	}
}

func TestACommandMayHaveANameOfSeveralWords(t *testing.T) {
	two := command{name: "lock show"}
	for name, tt := range map[string]struct {
		args, rest []string
		named      bool
	}{
		"with an argument":      {[]string{"lock", "show", "--data", "x"}, []string{"--data", "x"}, true},
		"alone":                 {[]string{"lock", "show"}, []string{}, true},
		"its first word":        {[]string{"lock"}, nil, false},
		"another second word":   {[]string{"lock", "showing"}, nil, false},
		"both in one argument":  {[]string{"lock show"}, nil, false},
		"a flag between them":   {[]string{"lock", "--data", "show"}, nil, false},
		"nothing was said":      {nil, nil, false},
		"the words the far way": {[]string{"show", "lock"}, nil, false},
	} {
		rest, named := two.namedBy(tt.args)
		if named != tt.named || !slices.Equal(rest, tt.rest) {
			t.Errorf("%s: %q, %v; want %q, %v", name, rest, named, tt.rest, tt.named)
		}
	}
}

func TestServeIsMeantWhereNoCommandIsNamed(t *testing.T) {
	for _, args := range [][]string{{"--log-format", "xml"}, {"serve", "--log-format", "xml"}} {
		if err := run(t.Context(), args, nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--log-format") {
			t.Errorf("%v: %v", args, err)
		}
	}
	if err := run(t.Context(), nil, []string{"PORTAL_LOG_FORMAT=xml"}, io.Discard, io.Discard); err == nil {
		t.Error("no argument at all: nothing was read")
	}
}

func TestTheVersionSaysWhatWasBuilt(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, nil, &out, io.Discard); err != nil || !strings.Contains(out.String(), runtime.Version()) {
		t.Errorf("version: %q, %v", out.String(), err)
	}
	if err := run(t.Context(), []string{"version", "--all"}, nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--all") {
		t.Errorf("an argument too many: %v", err)
	}
	stamps := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc123"}, {Key: "vcs.modified", Value: "false"}}
	info := &debug.BuildInfo{GoVersion: "go1.26.1", Main: debug.Module{Version: "v1.2.3"}, Settings: stamps}
	if got := versionText(info); got != "portal v1.2.3, commit abc123, go1.26.1" {
		t.Errorf("of a release: %s", got)
	}
	stamps[1].Value = "true"
	if got := versionText(info); !strings.Contains(got, "abc123 with changes") {
		t.Errorf("of a changed tree: %s", got)
	}
	if got := versionText(new(debug.BuildInfo)); got != "portal (devel), commit unknown, unknown Go" {
		t.Errorf("without stamps: %s", got)
	}
}
