package archtest

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// C133: what is built for people has no test clock, no test route, no seed data and no debugging page.

// forTests are packages that the program must not contain, with those of others that bring one along all the same. A package may stay here
// only as long as it does nothing by itself: no route, no flag (cmd/portal parses flags of its own set alone).
var forTests = map[string][]string{
	"testing":           {"github.com/riverqueue/river/rivershared/riversharedtest"}, // river's test signals are part of its client
	"net/http/httptest": {"github.com/stretchr/testify/assert"},                      // which riversharedtest imports
	"testing/fstest":    nil,
	"testing/synctest":  nil,
	"net/http/pprof":    nil,
	"expvar":            nil,
}

func TestTheProgramHasNothingForTests(t *testing.T) {
	text := goList(t, "-deps", "-json=ImportPath,Imports,Standard", module+"cmd/portal")
	for decoder := json.NewDecoder(strings.NewReader(text)); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if name, ours := strings.CutPrefix(p.ImportPath, module); ours && strings.HasSuffix(name, "test") {
			t.Errorf("the program contains %s", name)
		}
		for _, imported := range p.Imports {
			if tolerated, found := forTests[imported]; found && !p.Standard && !slices.Contains(tolerated, p.ImportPath) {
				t.Errorf("the program contains %s: %s imports it", imported, p.ImportPath)
			}
		}
	}
}

// eachFile calls visit with every Go file that is no test, in a package that is not for tests, by its path in the repository.
func eachFile(t *testing.T, visit func(name string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		if entry.IsDir() {
			if strings.HasPrefix(entry.Name(), ".") && name != "../.." || strings.HasSuffix(name, "test") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			visit(name, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// selected reports whether a node is pkg.name for one of the names.
func selected(n ast.Node, pkg string, names ...string) bool {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg && slices.Contains(names, s.Sel.Name)
}

// readsTheClock says why a file outside cmd/portal may, nevertheless.
var readsTheClock = map[string]string{
	"store/engine_postgres.go": "the deadline of a connection is a time of this machine, whatever the portal takes for now",
}

// The time comes from cmd/portal alone, and there it is the real one; nobody else reads the clock, or what the environment says.
func TestOnlyTheRealClockRuns(t *testing.T) {
	given := 0
	eachFile(t, func(name string, file *ast.File) {
		outside := strings.HasPrefix(name, "bench/") || strings.HasPrefix(name, "e2e/") // programs about the program
		wiring := strings.HasPrefix(name, "cmd/portal/")
		ast.Inspect(file, func(n ast.Node) bool {
			if readsTheClock[name] == "" && !outside && !wiring && selected(n, "time", "Now", "Since", "Until") {
				t.Errorf("%s reads the clock: time comes from cmd/portal", name)
			}
			if !outside && !wiring && selected(n, "os", "Getenv", "LookupEnv", "Environ", "Args") {
				t.Errorf("%s reads settings: they come from cmd/portal", name)
			}
			if value := clockOf(n); value != nil && !outside {
				given++
				if wiring && !selected(value, "time", "Now") {
					t.Errorf("%s gives a clock that is not time.Now", name)
				}
			}
			return true
		})
	})
	if given == 0 {
		t.Error("no clock is given to anybody: this test looks for the wrong name")
	}
}

// clockOf gives what a node sets a Now to: in a literal or in an assignment.
func clockOf(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Now" {
			return n.Value
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if s, ok := left.(*ast.SelectorExpr); ok && s.Sel.Name == "Now" && i < len(n.Rhs) {
				return n.Rhs[i]
			}
		}
	}
	return nil
}

var (
	settingOf = regexp.MustCompile(`flag:"([^"]*)"`)
	testName  = regexp.MustCompile(`(^|[-_/])(clock|now|seed|test|tests|fixture|fixtures|debug|pprof|fake|mock|demo)($|[-_/])`)
)

// No setting and no path of the program is for tests. The inbox of a developer's portal is the one path that begins with an underscore.
func TestNoSettingAndNoPathIsForTests(t *testing.T) {
	var settings, paths int
	eachFile(t, func(name string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && f.Tag != nil && strings.HasPrefix(name, "cmd/portal/") {
				if found := settingOf.FindStringSubmatch(f.Tag.Value); found != nil {
					settings++
					if testName.MatchString(found[1]) {
						t.Errorf("%s: the setting %s is for tests", name, found[1])
					}
				}
			}
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING || !strings.HasPrefix(name, "web/") {
				return true
			}
			path, err := strconv.Unquote(literal.Value)
			if err != nil || !strings.HasPrefix(path, "/") {
				return true
			}
			paths++
			if testName.MatchString(path) || strings.Contains(path, "/_") && path != "/_dev/inbox" {
				t.Errorf("%s: the path %s is for tests", name, path)
			}
			return true
		})
	})
	if settings == 0 || paths == 0 {
		t.Errorf("%d settings and %d paths were looked at", settings, paths)
	}
}
