package archtest

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Every test that docs/security.md names exists: the page is a table of promises with proof, not of intentions.
func TestEveryTestThatTheSecurityPageNamesExists(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := exec.Command("grep", "-rhoE", `^func (Test|Fuzz)[A-Za-z0-9]+`, "../..", "--include=*_test.go").Output()
	if err != nil {
		t.Fatalf("grep: %v", err)
	}
	exists := map[string]bool{}
	for line := range strings.Lines(string(tests)) {
		exists[strings.TrimPrefix(strings.TrimSpace(line), "func ")] = true
	}
	named := regexp.MustCompile(`\b(Test|Fuzz)[A-Z][A-Za-z0-9]+`).FindAllString(string(page), -1)
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, name := range named {
		if !exists[name] {
			t.Errorf("docs/security.md names %s, which does not exist", name)
		}
	}
}
