package auth_test

import (
	"net/url"
	"testing"

	"merchant-portal/auth"
)

// Passkeys are bound to a host name. The addresses of this machine have one: localhost.
func TestPasskeysNeedAHostName(t *testing.T) {
	for public, want := range map[string]string{
		"https://Portal.Example.com":      "https://portal.example.com",
		"https://portal.example.com:443":  "https://portal.example.com",
		"https://portal.example.com:8443": "https://portal.example.com:8443",
		"http://localhost:8080":           "http://localhost:8080",
		"http://127.0.0.1:8080":           "http://localhost:8080",
		"http://[::1]:8080":               "http://localhost:8080",
		"https://192.0.2.7":               "",
		"https://[2001:db8::1]":           "",
	} {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if rp := auth.NewRelyingParty(u, "Portal"); rp != nil {
			got = rp.Origin
		}
		if got != want {
			t.Errorf("%s: %q, want %q", public, got, want)
		}
	}
}
