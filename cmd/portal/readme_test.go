package main

import (
	"cmp"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of settings into README.md")

// The table is made of Config's tags: go test ./cmd/portal -run TestTheReadmeTable -update (make generate) writes it.
func TestTheReadmeTableIsWhatTheProgramTakes(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- configuration -->\n", "<!-- /configuration -->"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	want := "\n" + readmeTable(settingsOf(new(Config))) + "\n"
	if table == want {
		return
	}
	if !*update {
		t.Fatalf("run make generate and commit it: README.md has\n%s\nand the program takes\n%s", table, want)
	}
	if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readmeTable(settings []setting) string {
	text := "| Flag | Variable | Default | Meaning |\n| --- | --- | --- | --- |\n"
	for _, s := range settings {
		name, variables, fallback := "`--"+s.name+"`", "`"+s.variable+"`", cmp.Or(s.unset, "none")
		if s.flagless {
			name = ""
		}
		if s.fileVariable != "" {
			variables += " or `" + s.fileVariable + "`"
		}
		if s.fallback != "" {
			fallback = "`" + s.fallback + "`"
		}
		text += "| " + strings.Join([]string{name, variables, fallback, strings.ReplaceAll(s.help, "|", `\|`)}, " | ") + " |\n"
	}
	return text
}
