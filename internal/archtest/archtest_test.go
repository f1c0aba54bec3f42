// Package archtest holds the project's arrows as a test: which package may import which, and which third-party modules each may use.
// A new arrow is a decision: it belongs here together with its reason, or not into the code.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "merchant-portal/"

// may lists, per package, the packages of ours and the third-party modules that its code may import. A trailing slash means all below.
var may = map[string][]string{
	"internal/ids":         {},
	"internal/fault":       {},
	"internal/route":       {},
	"internal/peer":        {},
	"internal/activity":    {"internal/ids"},
	"internal/outbox":      {},
	"internal/seal":        {"github.com/tink-crypto/tink-go/v2/"},
	"internal/form":        {"internal/fault", "github.com/go-playground/validator/v10"},
	"internal/i18n":        {"github.com/nicksnyder/go-i18n/v2/", "golang.org/x/text/"},
	"internal/zone":        {},
	"internal/search":      {"golang.org/x/text/"},
	"internal/mail":        {"internal/i18n", "internal/outbox", "internal/zone", "github.com/wneessen/go-mail"}, // zone: times as the receiver's clock shows them
	"internal/archtest":    {},
	"internal/pgtest":      {},
	"internal/passkeytest": {"github.com/fxamacker/cbor/v2"}, // tests alone use it

	"auth":      {"internal/ids", "internal/fault", "internal/seal", "internal/activity", "internal/outbox", "internal/form", "golang.org/x/crypto/", "golang.org/x/text/", "github.com/pquerna/otp", "github.com/pquerna/otp/", "github.com/go-webauthn/webauthn/"},
	"envswitch": {"auth", "internal/ids", "internal/fault", "internal/seal", "internal/activity", "internal/outbox", "internal/form"},
	"settings":  {"auth", "envswitch", "internal/ids", "internal/fault", "internal/seal", "internal/activity", "internal/outbox", "internal/form", "internal/zone", "golang.org/x/text/", "golang.org/x/net/idna"}, // zone: the choices for Timezone; idna: names of hosts
	"keys":      {"auth", "envswitch", "internal/ids", "internal/fault", "internal/seal", "internal/activity", "internal/outbox"},

	"store": {
		"auth", "envswitch", "settings", "keys", "internal/",
		"modernc.org/sqlite", "modernc.org/sqlite/lib", "github.com/jackc/pgx/v5/", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3", "github.com/riverqueue/", "github.com/alexedwards/scs/v2",
	},
	"store/storetest": {"auth", "store", "internal/", "github.com/jackc/pgx/v5/stdlib"},
	"web":             {"auth", "envswitch", "settings", "keys", "internal/", "web/templates", "web/static", "web/snippets", "github.com/a-h/templ", "github.com/alexedwards/scs/v2", "github.com/mileusna/useragent", "github.com/boombuler/barcode/qr"},
	"api":             {"keys", "internal/ids", "internal/fault", "internal/route", "internal/peer"}, // peer: addresses and hosts are judged as in web
	"web/templates":   {"web/static", "internal/i18n", "github.com/a-h/templ", "github.com/a-h/templ/"},
	"web/static":      {},
	"web/snippets":    {},
	"cmd/portal":      {"auth", "envswitch", "settings", "keys", "store", "web", "api", "web/templates", "internal/"},
	"e2e":             {"internal/pgtest"},
	"bench":           {"internal/pgtest", "golang.org/x/crypto/argon2", "modernc.org/sqlite", "github.com/jackc/pgx/v5/stdlib"}, // the drivers: a long activity log is seeded from outside
}

// domain packages know nothing of how they are reached or stored.
var (
	domain       = []string{"auth", "envswitch", "settings", "keys"}
	notForDomain = []string{"net/http", "database/sql", "html/template"}
)

type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestEveryImportIsAnAllowedArrow(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := may[name]
		if !known {
			t.Errorf("package %s has no line in may: decide what it may import", name)
		}
		for _, imported := range p.Imports {
			if slices.Contains(domain, name) && slices.Contains(notForDomain, imported) {
				t.Errorf("%s is domain and imports %s", name, imported)
			}
			first, _, _ := strings.Cut(imported, "/")
			ours := strings.HasPrefix(imported, module)
			if !ours && !strings.Contains(first, ".") {
				continue // standard library
			}
			if !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, strings.TrimPrefix(imported, module)) }) {
				t.Errorf("%s imports %s, which is no allowed arrow", name, imported)
			}
		}
	}
}

func matches(allowed, imported string) bool {
	return imported == allowed || (strings.HasSuffix(allowed, "/") && strings.HasPrefix(imported, allowed))
}
