package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
)

// Every host and path gets JSON where the API answers, and is left to the portal where it does not. Nothing is redirected.
func TestTheAPIAnswersOnItsHostsAndPathsAlone(t *testing.T) {
	d := newDoor(t)
	for _, tt := range []struct {
		method, host, path string
		want               int
	}{
		{"GET", portalHost, "/", http.StatusTeapot},
		{"GET", portalHost, "/login", http.StatusTeapot},
		{"GET", portalHost, "/v2", http.StatusTeapot},
		{"GET", "elsewhere.test", "/login", http.StatusTeapot},
		{"GET", portalHost, "/v2//status", http.StatusNotFound},
		{"GET", portalHost, "/v2/order-1/status/", http.StatusNotFound},
		{"GET", portalHost, "/v2/a/b/status", http.StatusNotFound},
		{"GET", portalHost, "/v2/../login", http.StatusNotFound},
		{"GET", portalHost, "/v2/", http.StatusNotFound},
		{"POST", portalHost, "/v1.0/", http.StatusNotFound},
		{"POST", portalHost, "/v1.0//access-token/b2b", http.StatusNotFound},
		{"POST", portalHost, "/v1.0/debit/payment-host-to-host", http.StatusNotFound},
		{"GET", portalHost, "/v2/a%2Fb/status", http.StatusUnauthorized},
		{"GET", strings.ToUpper(portalHost), "/v2/1/status", http.StatusUnauthorized},
		{"GET", "elsewhere.test", "/v2/1/status", http.StatusMisdirectedRequest},
		{"GET", "api.portal.test", "/v2/1/status", http.StatusMisdirectedRequest}, // its port belongs to it
		{"GET", sandboxHost, "/", http.StatusNotFound},
		{"GET", sandboxHost, "/login", http.StatusNotFound},
		{"GET", sandboxHost, "//v2/1/status", http.StatusNotFound},
		{"POST", sandboxHost, "/login", http.StatusNotFound},
		{"GET", strings.ToUpper(sandboxHost), "/healthz", http.StatusNotFound},
		{"GET", productionHost, "/v2/1/status", http.StatusUnauthorized},
		{"HEAD", productionHost, "/v2/1/status", http.StatusUnauthorized},
		{"POST", productionHost, "/v2/1/status", http.StatusMethodNotAllowed},
		{"GET", portalHost, "/v1.0/access-token/b2b", http.StatusMethodNotAllowed},
		{"OPTIONS", portalHost, "/v1.0/debit/status", http.StatusMethodNotAllowed},
		{"TRACE", sandboxHost, "/v2/1/status", http.StatusMethodNotAllowed},
	} {
		answer := d.send(tt.method, tt.host, tt.path, "")
		if answer.StatusCode != tt.want || answer.Header.Get("Location") != "" {
			t.Errorf("%s %s%s: %s, want %d", tt.method, tt.host, tt.path, answer.Status, tt.want)
		}
		if tt.want == http.StatusTeapot {
			continue
		}
		fields, name, code := body(t, answer), "status_code", fmt.Sprint(tt.want)
		if strings.HasPrefix(tt.path, snapPaths) {
			name = "responseCode"
		}
		if got, isText := fields[name].(string); !isText || !strings.HasPrefix(got, code) {
			t.Errorf("%s %s: %s is %v, want %s…", tt.method, tt.path, name, fields[name], code)
		}
		if allow := answer.Header.Get("Allow"); (allow != "") != (tt.want == http.StatusMethodNotAllowed) {
			t.Errorf("%s %s: Allow %q", tt.method, tt.path, allow)
		}
	}
}

// standing is what every answer has (C071, C073, C074).
var standing = map[string]string{
	"Content-Type": "application/json", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
	"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
	"Strict-Transport-Security": "max-age=31536000",
}

// C070: on no route do cookies and other sites make a difference, and none sets a cookie.
func TestEveryRouteIgnoresCookiesAndOrigins(t *testing.T) {
	d := newDoor(t)
	_, server := d.reveal(t, d.who, ids.Sandbox, keys.Server)
	headers := map[string][]string{
		"nothing":       nil,
		"cookies":       {"Cookie", "__Host-session=x; __Host-language=id", "Accept-Language", "id"},
		"another site":  {"Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"},
		"no origin":     {"Origin", "null"},
		"cookies there": {"Cookie", "__Host-session=x", "Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site"},
	}
	for _, rt := range append(slices.Clone(d.table), route.Route[handler]{Method: "GET", Pattern: "/v2/none"}) {
		for _, credentials := range [][]string{nil, {"Authorization", basicOf(server), "Content-Type", "application/json"}} {
			want := ""
			for _, name := range slices.Sorted(maps.Keys(headers)) {
				answer := d.send(rt.Method, sandboxHost, strings.ReplaceAll(rt.Pattern, "{id}", "1"), "{}", append(slices.Clone(credentials), headers[name]...)...)
				fields := body(t, answer)
				delete(fields, "id")
				got := fmt.Sprint(answer.Status, fields, len(answer.Header))
				if want == "" {
					want = got
				}
				if got != want || answer.Header.Values("Set-Cookie") != nil || answer.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s %s with %s: %s, want %s", rt.Method, rt.Pattern, name, got, want)
				}
				for header, value := range standing {
					if answer.Header.Get(header) != value {
						t.Errorf("%s %s with %s: %s is %q", rt.Method, rt.Pattern, name, header, answer.Header.Get(header))
					}
				}
			}
		}
	}
	if d.pages > 0 {
		t.Errorf("%d requests went to the portal", d.pages)
	}
}

// A table with a route that nobody is meant to use, or that people are, stops the start.
func TestATableWithAGapIsRefused(t *testing.T) {
	right := handler{"", new(Server).status}
	for name, r := range map[string]route.Route[handler]{
		"no access":    {Method: "GET", Pattern: "/v2/x", Handler: right},
		"anyone":       {Method: "GET", Pattern: "/v2/x", Access: route.Anyone, Handler: right},
		"signed in":    {Method: "GET", Pattern: "/v2/x", Access: route.SignedIn, Handler: right},
		"no handler":   {Method: "GET", Pattern: "/v2/x", Access: route.Keyed},
		"a permission": {Method: "GET", Pattern: "/v2/x", Access: route.Keyed, Permission: "keys.see", Handler: right},
		"no limit":     {Method: "POST", Pattern: "/v2/x", Access: route.Keyed, Handler: right},
		"a password":   {Method: "POST", Pattern: "/v2/x", Access: route.Keyed, BodyLimit: 1, Fresh: "x", Handler: right},
		"environment":  {Method: "GET", Pattern: "/{environment}/x", Access: route.Keyed, Handler: right},
	} {
		if err := check([]route.Route[handler]{r}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
