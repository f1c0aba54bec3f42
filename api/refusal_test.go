package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// shape is what must be the same of all refusals: status, names of headers and members, and their values but for id and text.
func shape(t *testing.T, answer *http.Response) []string {
	t.Helper()
	lines := []string{answer.Status}
	for name, values := range answer.Header {
		if name == "X-Request-Id" || name == "Content-Length" {
			values = nil
		}
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	fields := body(t, answer)
	id, isText := fields["id"].(string)
	if !isText || id != answer.Header.Get("X-Request-Id") || len(id) != 36 {
		t.Errorf("id %v, X-Request-Id %q", fields["id"], answer.Header.Get("X-Request-Id"))
	}
	for name, value := range fields {
		if name == "id" || name == "status_message" {
			value = nil
		}
		lines = append(lines, name)
		if value != nil {
			lines = append(lines, value.(string)) //nolint:forcetypeassert // a code that is no text fails here
		}
	}
	slices.Sort(lines)
	return lines
}

// C088: whatever is shown instead of the environment's server key gets the same answer; only what is itself valid is told what it is.
func TestEveryWrongKeyGetsTheSameRefusal(t *testing.T) {
	d := newDoor(t)
	other := d.merchant(t, "G100000002")
	_, server := d.reveal(t, d.who, ids.Sandbox, keys.Server)
	_, client := d.reveal(t, d.who, ids.Sandbox, keys.Client)
	_, production := d.reveal(t, d.who, ids.Production, keys.Server)
	revoked, revokedText := d.reveal(t, other, ids.Sandbox, keys.Server)
	revokedClient, revokedClientText := d.reveal(t, other, ids.Sandbox, keys.Client)
	_, others := d.reveal(t, other, ids.Production, keys.Server)
	d.end(t, revoked, d.db.Clock.Now())
	d.end(t, revokedClient, d.db.Clock.Now())
	_, made := d.registerSnap(t)
	request := func(edit func(*http.Request)) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "https://"+sandboxHost+"/v2/order-1/status", nil)
		edit(r)
		return r
	}
	basic := func(user, password string) *http.Request {
		return request(func(r *http.Request) { r.SetBasicAuth(user, password) })
	}
	const neutral = deniedLegacy
	want := shape(t, d.ask(basic("unknown", "")))
	for name, tt := range map[string]struct {
		request *http.Request
		says    string
	}{
		"unknown":                  {basic(keys.Generate(ids.Sandbox, keys.Server), ""), neutral},
		"client key":               {basic(client, ""), "This is a client key"},
		"Client Secret":            {basic(made.Secret, ""), "This is a BI-SNAP credential"},
		"other environment":        {basic(production, ""), "This key belongs to Production"},
		"other merchant's":         {basic(others, ""), "This key belongs to Production"},
		"revoked":                  {basic(revokedText, ""), neutral},
		"revoked client key":       {basic(revokedClientText, ""), neutral},
		"as the password":          {basic("", server), neutral},
		"with a password":          {basic(server, "x"), neutral},
		"nothing":                  {request(func(*http.Request) {}), neutral},
		"empty":                    {basic("", ""), neutral},
		"in the query":             {request(func(r *http.Request) { r.URL.RawQuery = "server_key=" + server + "&key=" + server }), neutral},
		"as a bearer":              {request(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+server) }), neutral},
		"in another header":        {request(func(r *http.Request) { r.Header.Set("X-Api-Key", server) }), neutral},
		"no base64":                {request(func(r *http.Request) { r.Header.Set("Authorization", "Basic %") }), neutral},
		"twice":                    {request(func(r *http.Request) { r.SetBasicAuth(server, ""); r.Header.Add("Authorization", "Basic eA==") }), neutral},
		"with spaces":              {basic(server+" ", ""), neutral},
		"NUL":                      {basic("\x00", ""), neutral},
		"in the path, and nowhere": {httptest.NewRequest(http.MethodGet, "https://"+sandboxHost+"/v2/"+server+"/status", nil), neutral},
	} {
		answer := d.ask(tt.request)
		raw := httptest.NewRecorder()
		d.handler.ServeHTTP(raw, tt.request)
		if diff := cmp.Diff(want, shape(t, answer)); diff != "" || answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s\n%s", name, answer.Status, diff)
		}
		message := body(t, raw.Result())["status_message"].(string) //nolint:forcetypeassert // as above
		if !strings.Contains(message, tt.says) || (tt.says == neutral) != (message == neutral) {
			t.Errorf("%s: %q, want %q", name, message, tt.says)
		}
	}
	for _, secret := range []string{server, client, production, revokedText, made.Secret} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log has %s", secret) // C089
		}
	}
}

// Neither the merchant's allow-list nor the age of a password concerns a program (rules.md).
func TestKeysWorkBesideAllowListsAndOldPasswords(t *testing.T) {
	d := newDoor(t)
	_, server := d.reveal(t, d.who, ids.Sandbox, keys.Server)
	d.db.Exec(t, `UPDATE merchants SET ip_allow_list = '203.0.113.0/24', second_factor_from = 1`)
	d.db.Clock.Move(365 * 24 * 3600e9)
	if answer := d.legacy(sandboxHost, server); answer.StatusCode != http.StatusOK {
		t.Errorf("%s", answer.Status)
	}
}

// Without a host of its own the key alone says which environment it is.
func TestOnThePortalsHostTheKeySaysTheEnvironment(t *testing.T) {
	d := newDoor(t)
	for _, env := range ids.Environments() {
		_, server := d.reveal(t, d.who, env, keys.Server)
		if answer := d.legacy(portalHost, server); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", env, answer.Status)
		}
	}
}
