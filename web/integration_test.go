package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"merchant-portal/internal/ids"
)

// apiRoutes reads the API's own table from its source: the two doors know nothing of each other.
func apiRoutes(t *testing.T) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../api/routes.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		line, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		fields := map[string]string{}
		for _, e := range line.Elts {
			pair, isPair := e.(*ast.KeyValueExpr)
			if !isPair {
				continue
			}
			name, _ := pair.Key.(*ast.Ident)
			text, isText := pair.Value.(*ast.BasicLit)
			if name == nil || !isText {
				continue
			}
			fields[name.Name], _ = strconv.Unquote(text.Value)
		}
		if fields["Pattern"] != "" {
			all = append(all, fields["Method"]+" "+fields["Pattern"])
		}
		return true
	})
	return all
}

func TestTheIntegrationPageListsWhatTheAPIHas(t *testing.T) {
	want := apiRoutes(t)
	var listed []string
	for _, e := range endpoints {
		listed = append(listed, e.method+" "+e.pattern)
	}
	slices.Sort(want)
	slices.Sort(listed)
	if len(want) == 0 || !slices.Equal(want, listed) {
		t.Errorf("the page lists %v, the API has %v", listed, want)
	}
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for env, base := range map[string]string{"sandbox": "https://api.sandbox.example.test", "production": "https://api.example.test"} {
		page := html.UnescapeString(body(t, b.get("/"+env+integrationPath)))
		for _, route := range want {
			method, pattern, _ := strings.Cut(route, " ")
			if !strings.Contains(page, "<code>"+method+" "+base+pattern+"</code>") {
				t.Errorf("%s has no %s", env, route)
			}
		}
		other := map[string]string{"sandbox": "Not https://api.example.test: that one is for Production.", "production": "Not https://api.sandbox.example.test: that one is for Sandbox."}[env]
		if !strings.Contains(page, `value="`+base+`"`) || !strings.Contains(page, other) {
			t.Errorf("%s:\n%s", env, page)
		}
	}
}

// Where no environment has a host of its own there is one address, and nothing says that it is the wrong one.
func TestOneAddressForBothEnvironmentsIsSaidSo(t *testing.T) {
	p := newPortal(t, func(o *Options) {
		o.APIs = map[ids.Environment]string{ids.Sandbox: "https://portal.test", ids.Production: "https://portal.test"}
	})
	b := p.member(t, "a@example.test", "0811111111")
	if page := body(t, b.get("/sandbox"+integrationPath)); !strings.Contains(page, "have the same address here") || strings.Contains(page, "that one is for") {
		t.Errorf("the page:\n%s", page)
	}
}

// Everything of the own merchant that is public is there to copy; what is secret is masked, with the way to it (C084).
func TestTheIntegrationPageHasTheOwnValuesAndNoSecret(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	m := string(p.merchantOf(t, "a@example.test"))
	page := body(t, b.get("/sandbox"+integrationPath))
	if !strings.Contains(page, "There are no BI-SNAP credentials in this environment yet.") || !strings.Contains(page, `href="`+sandboxSnap+`"`) {
		t.Error("it does not say how BI-SNAP credentials are made")
	}
	if n := strings.Count(page, "<em class=\"soft\">not set</em>"); n != 8 {
		t.Errorf("%d addresses are said not to be set, want 8", n)
	}
	b.post(sandboxSnap, "public_key", aPublicKey(t))
	b.post(sandboxPayment, "version", "0", "payment_notification_url", "https://a.id\nhttps://b.id", "error_redirect_url", "https://c.id/e")
	b.savesPrefix("0", "https://d.id")
	page = body(t, b.get("/sandbox"+integrationPath))
	texts := p.keyTexts(t, "a@example.test")
	for _, want := range []string{
		`value="` + m + `"`, `value="` + m + `-SNAP"`, `value="` + texts["the client key of sandbox"] + `"`, "/reveal\"", "••••" + texts["the server key of sandbox"][len(texts["the server key of sandbox"])-4:],
		">https://a.id\nhttps://b.id<", ">https://c.id/e<", ">https://d.id/v1.0/debit/notify<", ">https://d.id/v1.0/qr/qr-mpm-notify<", `href="` + sandboxPayment + `#error_redirect_url"`, `href="` + snapNotificationPath + `"`,
		"This portal itself always shows the legacy statuses.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	for what, text := range texts {
		if !strings.Contains(what, "client") && strings.Contains(page, text) {
			t.Errorf("%s is in the page", what)
		}
	}
}

// map-facts section 4, as it stands there.
func TestBISNAPIsComparedWithTheLegacyAPI(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	page := strings.Join(strings.Fields(body(t, b.get("/sandbox"+integrationPath))), " ")
	for legacy, code := range map[string]string{
		"PENDING": "03 Pending", "AUTHORIZE": "01 Initiated", "SETTLEMENT": "00 Success", "REFUND, PARTIAL REFUND": "04 Refunded", "CANCEL": "05 Canceled", "FAILURE": "06 Failed", "EXPIRY": "08 Expiry",
		"DENY": "09 Rejected",
	} {
		if !strings.Contains(page, `<code>`+legacy+`</code></th><td data-head="BI-SNAP code"><code>`+code+`</code>`) {
			t.Errorf("%s is not %s", legacy, code)
		}
	}
	for _, name := range []string{"transaction_id", "referenceNo", "order_id", "partnerReferenceNo", "Idempotency-Key", "X-EXTERNAL-ID", "account_id", "Authorization-Customer"} {
		if !strings.Contains(page, "<code>"+name+"</code>") {
			t.Errorf("no %s", name)
		}
	}
}

// C091: Production that is not active has no keys, and says so.
func TestProductionSaysThatItHasNoKeysYet(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	page := body(t, b.get("/production"+integrationPath))
	if !strings.Contains(page, "No Production keys yet") || strings.Contains(page, "Mid-") {
		t.Errorf("the page:\n%s", page)
	}
	p.activate(t, "a@example.test")
	if page := body(t, b.get("/production"+integrationPath)); !strings.Contains(page, `value="Mid-client-`) || !strings.Contains(page, ">Mid-server-•") {
		t.Errorf("active:\n%s", page)
	}
}

// Nothing is made up: without addresses of the operator's the page says whom to ask.
func TestNotificationAddressesAreTheOperatorsOrNone(t *testing.T) {
	sources := map[ids.Environment][]string{ids.Production: {"13.228.166.126/32", "52.220.80.5/32"}}
	p := newPortal(t, func(o *Options) { o.NotificationSources = maps.Clone(sources) })
	b := p.member(t, "a@example.test", "0811111111")
	if page := body(t, b.get("/sandbox"+integrationPath)); !strings.Contains(page, "has not named the addresses") || !strings.Contains(page, "mailto:support@example.test") || strings.Contains(page, "13.228") {
		t.Errorf("Sandbox:\n%s", page)
	}
	if page := body(t, b.get("/production"+integrationPath)); !strings.Contains(page, ">13.228.166.126/32\n52.220.80.5/32</textarea>") || strings.Contains(page, "has not named") {
		t.Errorf("Production:\n%s", page)
	}
	p = newPortal(t, func(o *Options) { o.SupportEmail = "" })
	b = p.member(t, "a@example.test", "0811111111")
	if r := b.get("/sandbox" + integrationPath); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "ask the people who run this portal") {
		t.Error("without support it does not say whom to ask")
	}
}
