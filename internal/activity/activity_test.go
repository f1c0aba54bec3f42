package activity

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// An action that is not in the list could neither be filtered by nor would its words be tested.
func TestEveryActionIsListedOnce(t *testing.T) {
	source, err := os.ReadFile("activity.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []Action
	for _, found := range regexp.MustCompile(`(?m)^\t\w+\s+Action = "([a-z_.]+)"`).FindAllSubmatch(source, -1) {
		declared = append(declared, Action(found[1]))
	}
	listed := slices.Sorted(slices.Values(Actions()))
	slices.Sort(declared)
	if len(declared) < 30 || !slices.Equal(declared, listed) {
		t.Errorf("declared %q\nlisted %q", declared, listed)
	}
}
