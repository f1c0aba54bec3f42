package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shutOut makes an account whose merchant allows the portal from nowhere near.
func shutOut(t *testing.T) member {
	t.Helper()
	m := lockedMember(t)
	room, st := people(t, m.data)
	if err := room.Unlock(t.Context(), "a@example.test"); err != nil {
		t.Fatal(err)
	}
	if err := st.AllowLists().Save(t.Context(), m.Merchant, "203.0.113.0/24"); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

// list is what is stored for the merchant.
func (m member) list(t *testing.T) string {
	t.Helper()
	_, st := people(t, m.data)
	defer st.Close() //nolint:errcheck // only read
	list, err := st.AllowLists().Load(t.Context(), m.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The operator's way back works beside a running portal, at the next request of a session that is open, and says what it did.
func TestClearingAListWorksBesideThePortal(t *testing.T) {
	m := shutOut(t)
	if _, err := clearList(t, m); err != nil {
		t.Fatal(err)
	}
	portal, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", m.data)
	defer stop()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: secureJar{jar}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	status := func(answer *http.Response, err error) int {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close() //nolint:errcheck // not read
		return answer.StatusCode
	}
	if got := status(client.PostForm(portal+"/login", url.Values{"email": {"a@example.test"}, "password": {password}})); got != http.StatusSeeOther {
		t.Fatalf("log in: %d", got)
	}
	_, st := people(t, m.data)
	if err := st.AllowLists().Save(t.Context(), m.Merchant, "203.0.113.0/24"); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := status(client.Get(portal + "/account/profile")); got != http.StatusForbidden {
		t.Fatalf("with a list: %d", got)
	}
	if out, err := clearList(t, m); err != nil || out != "cleared the list of networks of "+string(m.Merchant)+"\n" {
		t.Errorf("clear said %q, %v", out, err)
	}
	if got := status(client.Get(portal + "/account/profile")); got != http.StatusOK {
		t.Errorf("cleared: %d", got)
	}
	if out, err := clearList(t, m); err != nil || !strings.Contains(out, "has no list of networks; nothing was changed") {
		t.Errorf("once more: %q, %v", out, err)
	}
}

// secureJar gives cookies of this machine back on plain http, as browsers do.
type secureJar struct{ *cookiejar.Jar }

// Cookies implements http.CookieJar.
func (j secureJar) Cookies(u *url.URL) []*http.Cookie {
	https := *u
	https.Scheme = "https"
	return j.Jar.Cookies(&https)
}

// SetCookies implements http.CookieJar.
func (j secureJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	https := *u
	https.Scheme = "https"
	j.Jar.SetCookies(&https, cookies)
}

func clearList(t *testing.T, m member) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), []string{"ip-allow-list", "clear", "--data", m.data, string(m.Merchant)}, nil, &out, io.Discard)
	return out.String(), err
}

func TestClearingTheListOfNobodyIsRefusedWithASentence(t *testing.T) {
	m := shutOut(t)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"unknown merchant": {[]string{"ip-allow-list", "clear", "G000000000"}, `no merchant with the ID "G000000000"; nothing was changed`},
		"no merchant":      {[]string{"ip-allow-list", "clear"}, "ip-allow-list clear takes one Merchant ID, not 0: portal ip-allow-list clear MERCHANT"},
		"two merchants":    {[]string{"ip-allow-list", "clear", string(m.Merchant), "G1"}, "takes one Merchant ID, not 2"},
		"half the command": {[]string{"ip-allow-list", string(m.Merchant)}, `"ip-allow-list" is only the beginning of a command: ip-allow-list clear; portal help`},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append(tt.args, "--data", m.data), nil, &out, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
			t.Errorf("%s: %v, want something about %s; said %q", name, err, tt.want, out.String())
		}
	}
	if got := m.list(t); got != "203.0.113.0/24" {
		t.Errorf("stored is %q", got)
	}
	none := filepath.Join(t.TempDir(), "none")
	if err := run(t.Context(), []string{"ip-allow-list", "clear", "G1", "--data", none}, nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("without a database: %v", err)
	}
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Errorf("a database was made: %v", err)
	}
}
