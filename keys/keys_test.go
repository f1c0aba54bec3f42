package keys_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// C086: the formats that leak scanners are told of in docs/operations.md, and no key twice.
func TestKeysHaveTheirFormatAndAreUnique(t *testing.T) {
	documented, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		env  ids.Environment
		kind keys.Kind
		want string
	}{
		{ids.Sandbox, keys.Server, `^SB-Mid-server-[A-Za-z0-9_-]{24}$`}, {ids.Production, keys.Server, `^Mid-server-[A-Za-z0-9_-]{24}$`},
		{ids.Sandbox, keys.Client, `^SB-Mid-client-[A-Za-z0-9_-]{16}$`}, {ids.Production, keys.Client, `^Mid-client-[A-Za-z0-9_-]{16}$`},
		{ids.Sandbox, keys.Secret, `^[A-Za-z0-9]{32}$`},
	} {
		if pattern := "`" + strings.Trim(tt.want, "^$") + "`"; !strings.Contains(string(documented), pattern) {
			t.Errorf("docs/operations.md does not tell of %s", pattern)
		}
		format, seen := regexp.MustCompile(tt.want), map[string]bool{}
		for range 10_000 {
			k := keys.Generate(tt.env, tt.kind)
			if !format.MatchString(k) || seen[k] {
				t.Fatalf("%q: format %s, seen before: %v", k, format, seen[k])
			}
			seen[k] = true
		}
	}
}

func TestAMaskShowsTheLastFourCharactersAlone(t *testing.T) {
	k := keys.Key{Environment: ids.Sandbox, Kind: keys.Server, LastFour: "wxyz"}
	if got := k.Mask(); got != "SB-Mid-server-"+strings.Repeat("•", 12)+"wxyz" {
		t.Errorf("Mask = %q", got)
	}
}

func TestOnlyClientKeysArePublic(t *testing.T) {
	if text, err := new(keys.Service).PublicText(keys.Key{Kind: keys.Server}); err == nil || text != "" {
		t.Errorf("PublicText of a server key = %q, %v", text, err)
	}
}
