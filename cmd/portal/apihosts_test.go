package main

import (
	"io"
	"maps"
	"strings"
	"testing"

	"merchant-portal/internal/ids"
)

func TestAnAPIHostIsAHostOfItsOwn(t *testing.T) {
	for args, want := range map[string]string{
		"--sandbox-api-host=https://api.example.com":                               "--sandbox-api-host",
		"--sandbox-api-host=api.example.com/v2":                                    "--sandbox-api-host",
		"--production-api-host=API.example.com":                                    "--production-api-host",
		"--production-api-host=:8080":                                              "--production-api-host",
		"--production-api-host=a@b.example.com":                                    "--production-api-host",
		"--sandbox-api-host=api.example.com --production-api-host=api.example.com": "two names",
		"--smtp=smtp://mail.example.com:25 --public-url=https://portal.example.com --sandbox-api-host=portal.example.com": "own host",
	} {
		if _, err := parseConfig(strings.Fields(args), nil, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something about %s", args, err, want)
		}
	}
}

func TestTheAPIIsWhereItsHostIsElseAtThePortal(t *testing.T) {
	c, err := parseConfig([]string{"--public-url=https://portal.example.com", "--smtp=smtp://mail.example.com:25", "--sandbox-api-host=api.sandbox.example.com"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := map[ids.Environment]string{ids.Sandbox: "https://api.sandbox.example.com", ids.Production: "https://portal.example.com"}
	if got := c.apiURLs(); !maps.Equal(got, want) {
		t.Errorf("apiURLs = %v, want %v", got, want)
	}
}
