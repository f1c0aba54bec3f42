package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime/debug"
)

// versionCommand says what was built: version, commit and Go.
func versionCommand(_ context.Context, args, _ []string, stdout, _ io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("unknown argument %q: version takes none", args[0])
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	_, err := fmt.Fprintln(stdout, versionText(info))
	return err
}

func versionText(info *debug.BuildInfo) string {
	stamps := map[string]string{}
	for _, s := range info.Settings {
		stamps[s.Key] = s.Value
	}
	commit := cmp.Or(stamps["vcs.revision"], "unknown")
	if stamps["vcs.modified"] == "true" {
		commit += " with changes"
	}
	return fmt.Sprintf("portal %s, commit %s, %s", cmp.Or(info.Main.Version, "(devel)"), commit, cmp.Or(info.GoVersion, "unknown Go"))
}
