package archtest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/licensecheck"
)

// go test ./internal/archtest -run Licences -update
var update = flag.Bool("update", false, "rewrite docs/licences.md")

// licences that may be linked or shipped: each lets a closed program use the code, at most with its own files kept open (MPL-2.0).
var licences = []string{
	"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "MPL-2.0", "OFL-1.1", "Unlicense", "CC0-1.0", "0BSD", "Zlib",
}

// minCovered is how much of a licence file must be known text, in percent. The rest are names, years and notices.
const minCovered = 80

type asset struct{ name, place, licence, text, note string }

// shipped is what else comes with the repository. Where there is a text, it must say what stands here.
var shipped = []asset{
	{"Plus Jakarta Sans", "web/static/fonts", "OFL-1.1", "web/static/fonts/OFL.txt", "in the program"},
	{"Lucide icons", "web/static/icons", "ISC AND MIT", "web/static/icons/LICENSE", "in the program; some come from Feather (MIT)"},
	{"common passwords", "auth/common", "MPL-2.0 AND MIT", "", "in the program; auth/common/README.md says where the list is from"},
	{"axe-core", "e2e/testdata", "MPL-2.0", "e2e/testdata/axe-LICENSE.txt", "for tests alone, not in the program"},
}

const licencesHead = `# Licences

Made by ` + "`go test ./internal/archtest -run Licences -update`" + ` from the licence files of the modules themselves; a test fails while it is out of date.

## Modules linked into cmd/portal

Linux, without cgo. The Go standard library beside them is BSD-3-Clause; the C code of SQLite that modernc.org/sqlite translates is in the public domain.

| Module | Version | Licence |
| --- | --- | --- |
`

const licencesMiddle = `
## Files of others in this repository

| What | Where | Licence | Note |
| --- | --- | --- | --- |
`

type linkedModule struct{ path, version, dir string }

// release is the environment of every question about the program: the answer depends on no machine.
func release() []string {
	return append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
}

func goList(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("go", append([]string{"list"}, args...)...)
	command.Env = release()
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return string(out)
}

func linkedModules(t *testing.T) []linkedModule {
	t.Helper()
	text := goList(t, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", module+"cmd/portal")
	lines := slices.Compact(slices.Sorted(strings.Lines(text)))
	var modules []linkedModule
	for _, line := range lines {
		if part := strings.Split(strings.TrimSpace(line), "\t"); len(part) == 3 {
			modules = append(modules, linkedModule{part[0], part[1], part[2]})
		}
	}
	return modules
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)(\.(txt|md))?$`)

// found gives the licences that a text grants, as an SPDX expression, or why it cannot.
func found(text []byte) (string, error) {
	cover := licensecheck.Scan(text)
	var names []string
	for _, m := range cover.Match {
		if !slices.Contains(licences, m.ID) {
			return "", fmt.Errorf("%s is not in the list of licences that may be used", m.ID)
		}
		if !slices.Contains(names, m.ID) {
			names = append(names, m.ID)
		}
	}
	if len(names) == 0 {
		return "", fmt.Errorf("no licence is recognised")
	}
	return strings.Join(names, " AND "), nil
}

func (m linkedModule) licence() (string, error) {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !licenceFile.MatchString(e.Name()) || e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.dir, e.Name()))
		if err != nil {
			return "", err
		}
		if covered := licensecheck.Scan(text).Percent; covered < minCovered {
			return "", fmt.Errorf("only %.0f%% of %s is known", covered, e.Name())
		}
		return found(text)
	}
	return "", fmt.Errorf("no licence file")
}

func (a asset) check(t *testing.T) {
	t.Helper()
	if a.text == "" {
		return
	}
	text, err := os.ReadFile(filepath.Join("../..", a.text))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := found(text); got != a.licence {
		t.Errorf("%s says %q (%v), the test %q", a.text, got, err, a.licence)
	}
}

// C134: the page of licences is what is really linked and shipped, and nothing has a licence that nobody agreed to.
func TestTheLicencesPageIsTrue(t *testing.T) {
	page := bytes.NewBufferString(licencesHead)
	for _, m := range linkedModules(t) {
		licence, err := m.licence()
		if err != nil {
			t.Errorf("%s %s: %v", m.path, m.version, err)
		}
		fmt.Fprintf(page, "| %s | %s | %s |\n", m.path, m.version, licence)
	}
	page.WriteString(licencesMiddle)
	for _, a := range shipped {
		a.check(t)
		fmt.Fprintf(page, "| %s | `%s` | %s | %s |\n", a.name, a.place, a.licence, a.note)
	}
	const file = "../../docs/licences.md"
	if *update {
		if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, page.Bytes()) {
		t.Errorf("docs/licences.md is out of date (%v): go test ./internal/archtest -run Licences -update", err)
	}
}

// A folder of files that others made has a row in shipped.
func TestEveryFolderOfAssetsHasALicence(t *testing.T) {
	for _, parent := range []string{"web/static", "auth", "e2e"} {
		entries, err := os.ReadDir(filepath.Join("../..", parent))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			place := parent + "/" + e.Name()
			goFiles, err := filepath.Glob(filepath.Join("../..", place, "*.go"))
			if err != nil {
				t.Fatal(err)
			}
			ignored := place == "e2e/screenshots" || !e.IsDir() || len(goFiles) > 0
			if !ignored && !slices.ContainsFunc(shipped, func(a asset) bool { return a.place == place }) {
				t.Errorf("%s has no row in shipped: whose is it, and under which licence?", place)
			}
		}
	}
}

// C134: a build takes exactly what go.mod names: nothing replaced, no moving branch, each linked module with its checksum.
func TestModulesArePinned(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json", "../../go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
		Replace, Exclude []any
	}
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Replace)+len(file.Exclude) > 0 {
		t.Errorf("go.mod replaces %v and excludes %v", file.Replace, file.Exclude)
	}
	release, commit := regexp.MustCompile(`^v\d+\.\d+\.\d+$`), regexp.MustCompile(`^v0\.0\.0-\d{14}-[0-9a-f]{12}$`)
	for _, r := range file.Require {
		if !release.MatchString(r.Version) && (!r.Indirect || !commit.MatchString(r.Version)) {
			t.Errorf("%s %s is no release", r.Path, r.Version)
		}
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range linkedModules(t) {
		if !bytes.Contains(sums, []byte(m.path+" "+m.version+" h1:")) {
			t.Errorf("%s %s has no checksum in go.sum", m.path, m.version)
		}
	}
}
