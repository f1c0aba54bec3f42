package mail_test

import (
	"strings"
	"testing"
)

// C077: a letter about an environment names it and leads into that one.
func TestALetterLeadsIntoTheEnvironmentThatItTellsOf(t *testing.T) {
	inOne := map[string]bool{}
	each(t, func(t *testing.T, e expected, language, _ string) {
		for env, name := range map[string]string{"sandbox": "Sandbox", "production": "Production"} {
			m := full(e.kind, language)
			if m.Environment == "" {
				continue // about no environment
			}
			if env == "sandbox" && strings.HasPrefix(string(e.kind), "activation_") {
				continue // of Production alone
			}
			m.Environment = env
			got := deliver(t, nil, m)
			link := anyURL.FindString(got.text)
			if !strings.Contains(got.text, "Environment: "+name+"\n") || !strings.HasPrefix(link, "https://portal.example.test/"+env+"/") {
				t.Errorf("of %s: it leads to %s\n%s", name, link, got.text)
			}
			inOne[string(e.kind)] = true
		}
	})
	if len(inOne) < 5 {
		t.Errorf("only %v lead into an environment", inOne)
	}
}
