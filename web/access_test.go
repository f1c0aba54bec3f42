package web

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/settings"
)

// go test ./web -run TheAccessPage -update
var update = flag.Bool("update", false, "rewrite docs/access.md")

const accessPage = `# Who may use which page

Made by ` + "`go test ./web -run TheAccessPage -update`" + ` from the route table and the table of roles; a test fails while it is out of date, and another walks
every line as every role, in both environments, with objects of the own and of another merchant (C092, C093).

| Method | Path | Who may |
| --- | --- | --- |
`

// who says in words who may use a route.
func whoMay(t *i18n.Printer, r route.Route[handler]) string {
	switch r.Access {
	case route.Anyone:
		return "anybody"
	case route.SignedIn:
		return "whoever is logged in"
	}
	var names []string
	for _, role := range auth.AllRoles() {
		roles := auth.Roles{role}
		env := map[bool]ids.Environment{true: ids.Production}[r.InEnvironment()]
		switch {
		case roles.May(r.Permission, env):
			names = append(names, t.T(roleWords[role]))
		case r.InEnvironment() && roles.May(r.Permission, ids.Sandbox):
			names = append(names, t.T(roleWords[role])+" (in Sandbox)")
		}
	}
	return strings.Join(names, ", ") + " (`" + r.Permission + "`)"
}

func TestTheAccessPageIsWhatTheRoutesAre(t *testing.T) {
	p := newPortal(t)
	var page strings.Builder
	page.WriteString(accessPage)
	for _, r := range p.table {
		fmt.Fprintf(&page, "| %s | `%s` | %s |\n", r.Method, r.Pattern, whoMay(p.Catalog.Printer(i18n.English), r))
	}
	const name = "../docs/access.md"
	if *update {
		if err := os.WriteFile(name, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(written)); diff != "" {
		t.Errorf("docs/access.md is out of date (go test ./web -run TheAccessPage -update):\n%s", diff)
	}
}

// everybody stands for each role.
var everybody = auth.AllRoles()

// granted is map-facts section 1 once more, written by hand: which roles have which permission. What stands in sandboxToo has it in Sandbox alone.
var granted = map[auth.Permission][]auth.Role{
	"environment.see":     {auth.Administrator, auth.OperationsStaff, auth.FinanceStaff, auth.Developer, auth.CustomerService},
	"settings.edit":       {auth.Administrator, auth.Developer},
	"settings.copy":       {auth.Administrator, auth.Developer},
	"keys.see":            {auth.Administrator, auth.Developer},
	"keys.reveal":         {auth.Administrator, auth.Developer},
	"keys.change":         {auth.Administrator, auth.Developer},
	"production.activate": {auth.Administrator},
	"users.manage":        {auth.Administrator},
	"activity.see":        {auth.Administrator, auth.Developer},
	"security.edit":       {auth.Administrator, auth.Developer},
}

var sandboxToo = []auth.Permission{"environment.see", "settings.edit", "keys.see", "keys.reveal", "keys.change"}

// needs is what each route needs, written by hand: a permission, "" for whoever is logged in, "anybody".
var needs = map[string]string{
	"GET /login/passkey": "anybody", "POST /login/passkey": "anybody", "GET /login/code/passkey": "anybody", "POST /login/code/passkey": "anybody",
	"GET /account/second-factor/passkeys/proof": "", "POST /account/second-factor/passkeys/new": "", "POST /account/second-factor/passkeys": "",
	"GET /healthz": "anybody", "GET /readyz": "anybody", "GET /static/": "anybody", "GET /login": "anybody", "POST /login": "anybody",
	"GET /login/done": "anybody", "GET /login/code": "anybody", "POST /login/code": "anybody", "GET /session/check": "anybody",
	"POST /language": "anybody", "GET /register": "anybody", "POST /register": "anybody", "GET /register/sent": "anybody",
	"GET /register/resend": "anybody", "POST /register/resend": "anybody", "GET /register/confirm": "anybody", "POST /register/confirm": "anybody",
	"GET /password/forgot": "anybody", "POST /password/forgot": "anybody", "GET /password/sent": "anybody", "GET /password/reset": "anybody",
	"POST /password/reset": "anybody", "GET /account-alarm": "anybody", "POST /account-alarm": "anybody", "GET /invitation": "anybody",
	"POST /invitation": "anybody", "GET /_dev/inbox": "anybody",

	"GET /": "", "POST /logout": "", "POST /session/extend": "", "POST /environment": "", "GET /account/password": "", "POST /account/password": "",
	"GET /account/profile": "", "POST /account/profile": "", "GET /account/sessions": "", "POST /account/sessions/{session}/end": "",
	"POST /account/sessions/end-others": "", "GET /account/second-factor": "", "POST /account/second-factor/authenticator/new": "",
	"POST /account/second-factor/authenticator": "", "POST /account/second-factor/recovery-codes": "",
	"POST /account/second-factor/{factor}/remove": "",

	"GET /production/activation": "production.activate", "POST /production/activation": "production.activate", "POST /production/activation/submit": "production.activate",
	"POST /production/activation/documents": "production.activate", "POST /production/activation/documents/{document}": "production.activate",
	"POST /production/activation/documents/{document}/remove": "production.activate",

	"GET /{environment}/dashboard": "environment.see", "GET /{environment}/search": "environment.see",
	"GET /{environment}/settings/general": "settings.edit", "POST /{environment}/settings/general": "settings.edit",
	"GET /settings/compare": "settings.copy", "GET /{environment}/settings/copy": "settings.copy", "POST /{environment}/settings/copy": "settings.copy",
	"GET /{environment}/settings/copy/done": "settings.copy", "POST /{environment}/settings/copy/undo": "settings.copy",
	"GET /{environment}/settings/general/history": "settings.edit", "GET /{environment}/settings/general/history/{version}": "settings.edit",
	"POST /{environment}/settings/general/history/{version}": "settings.edit",
	"GET /{environment}/settings/payment/history":            "settings.edit", "GET /{environment}/settings/payment/history/{version}": "settings.edit",
	"POST /{environment}/settings/payment/history/{version}":   "settings.edit",
	"GET /{environment}/settings/bi-snap-notification/history": "settings.edit", "GET /{environment}/settings/bi-snap-notification/history/{version}": "settings.edit",
	"POST /{environment}/settings/bi-snap-notification/history/{version}": "settings.edit",
	"GET /{environment}/settings/access-keys":                             "keys.see",
	"GET /{environment}/settings/access-keys/{key}/reveal":                "keys.reveal", "POST /{environment}/settings/access-keys/{key}/reveal": "keys.reveal",
	"GET /{environment}/settings/access-keys/bi-snap": "keys.see", "POST /{environment}/settings/access-keys/bi-snap": "keys.change",
	"GET /{environment}/settings/access-keys/bi-snap/replace": "keys.change", "POST /{environment}/settings/access-keys/bi-snap/replace": "keys.change",
	"GET /{environment}/settings/access-keys/{key}":        "keys.see",
	"GET /{environment}/settings/access-keys/{key}/rotate": "keys.change", "POST /{environment}/settings/access-keys/{key}/rotate": "keys.change",
	"GET /{environment}/settings/access-keys/{key}/retire": "keys.change", "POST /{environment}/settings/access-keys/{key}/retire": "keys.change",
	"GET /{environment}/settings/access-keys/{key}/extend": "keys.change", "POST /{environment}/settings/access-keys/{key}/extend": "keys.change",
	"GET /{environment}/settings/access-keys/{key}/undo": "keys.change", "POST /{environment}/settings/access-keys/{key}/undo": "keys.change",
	"GET /{environment}/settings/access-keys/doctor": "keys.see", "POST /{environment}/settings/access-keys/doctor": "keys.see",
	"GET /{environment}/settings/access-keys/signature": "keys.see", "POST /{environment}/settings/access-keys/signature": "keys.see",
	"GET /{environment}/settings/access-keys/signature/request": "keys.see", "POST /{environment}/settings/access-keys/signature/request": "keys.see",
	"GET /{environment}/settings/access-keys/snippets": "keys.see",
	"GET /{environment}/settings/payment":              "settings.edit", "POST /{environment}/settings/payment": "settings.edit",
	"GET /{environment}/settings/bi-snap-notification": "settings.edit", "POST /{environment}/settings/bi-snap-notification": "settings.edit",
	"GET /{environment}/integration": "keys.see",
	"GET /account/activity":          "activity.see", "GET /account/activity.csv": "activity.see",
	"GET /account/security": "security.edit", "POST /account/security": "security.edit",
	"POST /account/security/second-factor": "users.manage", "GET /account/users": "users.manage", "GET /account/users/invite": "users.manage",
	"POST /account/users/invite": "users.manage", "POST /account/users/invitations/{invitation}/resend": "users.manage",
	"GET /account/users/invitations/{invitation}/withdraw": "users.manage", "POST /account/users/invitations/{invitation}/withdraw": "users.manage",
	"GET /account/users/{person}/roles": "users.manage", "POST /account/users/{person}/roles": "users.manage",
	"GET /account/users/{person}/deactivate": "users.manage", "POST /account/users/{person}/deactivate": "users.manage",
	"GET /account/users/{person}/activate": "users.manage", "POST /account/users/{person}/activate": "users.manage",
	"GET /account/users/{person}/remove": "users.manage", "POST /account/users/{person}/remove": "users.manage",
}

// mayUse is the statement that the portal is compared with.
func mayUse(t *testing.T, r route.Route[handler], role auth.Role, env string) bool {
	t.Helper()
	need, known := needs[r.Method+" "+r.Pattern]
	switch {
	case !known:
		t.Fatalf("needs does not say who may use %s %s", r.Method, r.Pattern)
	case need == "anybody" || need == "":
		return true
	case role == auth.SandboxStaff:
		return env == "sandbox" && slices.Contains(sandboxToo, need)
	}
	roles, known := granted[need]
	if !known {
		t.Fatalf("granted does not say who has %s", need)
	}
	return slices.Contains(roles, role)
}

// objects are what the placeholders of paths stand for.
type objects map[string]string

// paths gives the paths of a route by environment, "" for a route of none.
func (o objects) paths(t *testing.T, pattern string) map[string]string {
	t.Helper()
	for name, id := range o {
		pattern = strings.ReplaceAll(pattern, "{"+name+"}", id)
	}
	byEnvironment := map[string]string{"": pattern}
	if strings.Contains(pattern, route.Environment) {
		byEnvironment = map[string]string{}
		for _, env := range ids.Environments() {
			byEnvironment[string(env)] = strings.ReplaceAll(pattern, route.Environment, string(env))
		}
	}
	for _, path := range byEnvironment {
		if strings.Contains(path, "{") {
			t.Fatalf("objects have nothing for %s", path)
		}
	}
	return byEnvironment
}

// objectsOf makes one of each kind for a merchant and a person of it.
func (p *portal) objectsOf(t *testing.T, boss *browser, email, owner string) objects {
	t.Helper()
	o := objects{"key": boss.keyID()}
	m, at := p.merchantOf(t, email), p.db.Clock.Now()
	person, err := p.db.People().ByEmail(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	boss.post(usersPath+"/invite", "email", "invited-"+email, "role", "finance")
	invited, err := p.db.Invitations().Of(t.Context(), m)
	if err != nil || len(invited) != 1 {
		t.Fatal(invited, err)
	}
	factor := auth.Factor{ID: ids.FactorID("FACTOR" + owner[:1]), Kind: auth.Passkey, Name: "key", Sealed: []byte("x"), CredentialID: []byte(owner), CreatedAt: at}
	if err := p.db.Factors().Add(t.Context(), m, person.ID, factor); err != nil {
		t.Fatal(err)
	}
	p.db.Exec(t, `INSERT INTO sessions (token_digest, id, person_id, data, browser, address, created_at, expires_at, active_at)
		VALUES ($1, $2, $3, '', '', '', $4, $5, $4)`, "digest of "+owner, "SESSION"+owner[:1], string(person.ID), at.UnixMilli(), at.UnixMilli()+1e9)
	o["version"] = p.versionOf(t, m)
	o["document"] = p.documentOf(t, m)
	o["person"], o["invitation"], o["factor"], o["session"] = string(person.ID), string(invited[0].ID), string(factor.ID), "SESSION"+owner[:1]
	return o
}

// versionOf makes, in both environments, a version of each page of settings that no other merchant has.
func (p *portal) versionOf(t *testing.T, m ids.MerchantID) string {
	t.Helper()
	number, err := strconv.ParseInt(strings.TrimPrefix(string(m), "G"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range ids.Environments() {
		for _, page := range settings.Pages() {
			p.db.Exec(t, `INSERT INTO settings_versions (merchant_id, environment, page, version, document, origin, saved_by, saved_at)
				VALUES ($1, $2, $3, $4, '{}', 'saved', '', 1)`, m, env, page, number)
		}
	}
	return strconv.FormatInt(number, 10)
}

// hire adds somebody to the merchant of an address, with the password of all tests, and opens a browser for them.
func (p *portal) hire(t testing.TB, boss, email, phone string, roles ...auth.Role) *browser {
	t.Helper()
	of, err := p.db.People().ByEmail(t.Context(), boss)
	if err != nil {
		t.Fatal(err)
	}
	person := auth.Person{
		ID: ids.New[ids.PersonID](), Merchant: of.Merchant, Name: "Budi", Email: email, Phone: phone, Roles: roles, Language: "en",
		PasswordHash: of.PasswordHash, PasswordSetAt: of.PasswordSetAt, CreatedAt: p.db.Clock.Now(),
	}
	if err := p.db.Staff().Add(t.Context(), person); err != nil {
		t.Fatal(err)
	}
	b := p.browser(t)
	b.signIn(email)
	return b
}

// C092, C093, C094: every route, as every role of two merchants, in both environments, with objects of the own merchant and of the other: who may not is refused,
// whatever the object is; who may does not find the other's.
func TestEveryRoleMayUseWhatTheRoutesSay(t *testing.T) {
	p := newPortal(t)
	merchants := []string{"a", "b"}
	own := map[string]objects{}
	for i, m := range merchants {
		boss := p.member(t, m+"@example.test", fmt.Sprintf("081111111%d", i))
		p.hire(t, m+"@example.test", m+"-target@example.test", fmt.Sprintf("+6282222222%d", i), auth.FinanceStaff)
		own[m] = p.objectsOf(t, boss, m+"@example.test", m+"-target@example.test")
	}
	for i, m := range merchants {
		other := own[merchants[1-i]]
		for j, role := range everybody {
			email := fmt.Sprintf("%s-%s@example.test", m, role)
			b := p.hire(t, m+"@example.test", email, fmt.Sprintf("+62833333%d%d", i, j), role)
			for _, r := range p.table {
				for env, path := range other.paths(t, r.Pattern) {
					b.tries(r, role, env, path, strings.Contains(strings.ReplaceAll(r.Pattern, route.Environment, ""), "{"))
				}
				for env, path := range own[m].paths(t, r.Pattern) {
					b.tries(r, role, env, path, false)
				}
				if !b.isIn() {
					b.signIn(email)
				}
			}
		}
	}
	for _, line := range slices.Sorted(func(yield func(string) bool) {
		for line := range needs {
			if !slices.ContainsFunc(p.table, func(r route.Route[handler]) bool { return r.Method+" "+r.Pattern == line }) && !yield(line) {
				return
			}
		}
	}) {
		t.Errorf("needs has %s, which is no route", line)
	}
}

// tries asks for a path as somebody of a role. foreign: it names an object of another merchant.
func (b *browser) tries(r route.Route[handler], role auth.Role, env, path string, foreign bool) {
	b.t.Helper()
	answer := b.send(b.request(r.Method, path, map[bool]map[string][]string{true: {}}[r.Method == http.MethodPost]))
	what := fmt.Sprintf("%s: %s %s (another merchant's: %t): %s", role, r.Method, path, foreign, answer.Status)
	t, isTest := b.t.(*testing.T)
	if !isTest {
		b.t.Fatal("only a test walks")
	}
	switch may := mayUse(t, r, role, env); {
	case !may && answer.StatusCode != http.StatusForbidden:
		b.t.Errorf("%s, want it refused", what)
	case may && answer.StatusCode == http.StatusForbidden:
		b.t.Errorf("%s, want it allowed", what)
	case may && foreign && answer.StatusCode != http.StatusNotFound:
		b.t.Errorf("%s, want 404", what)
	}
}
