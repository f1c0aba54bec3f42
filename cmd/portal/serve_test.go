package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSettingsThatCannotWorkStopTheStartWithASentence(t *testing.T) {
	for name, tt := range map[string]struct {
		args, environ []string
		want          string
	}{
		"unknown flag":                {args: []string{"--colour", "red"}, want: "-colour"},
		"unknown argument":            {args: []string{"now"}, want: `"now"`},
		"unknown variable":            {environ: []string{"PORTAL_LISTN=x"}, want: "PORTAL_LISTN"},
		"no port":                     {args: []string{"--listen", "localhost"}, want: "--listen"},
		"open to all without a url":   {args: []string{"--listen", "0.0.0.0:80", "--smtp", "smtp://x"}, want: "--public-url"},
		"plain http to the world":     {args: []string{"--public-url", "http://portal.example.com", "--smtp", "smtp://x"}, want: "must be https"},
		"url with a path":             {args: []string{"--public-url", "https://example.com/portal", "--smtp", "smtp://x"}, want: "--public-url"},
		"no mail server off loopback": {args: []string{"--public-url", "https://portal.example.com"}, want: "--smtp"},
		"no mail server behind proxy": {args: []string{"--trusted-proxies", "127.0.0.1"}, want: "--smtp"},
		"proxy that is none":          {args: []string{"--trusted-proxies", "proxy", "--smtp", "smtp://x"}, want: `"proxy"`},
		"bad support address":         {args: []string{"--support-email", "Support <a@b.c>"}, want: "--support-email"},
		"bad sender":                  {args: []string{"--mail-from", "nobody"}, want: "--mail-from"},
		"bad log format":              {args: []string{"--log-format", "xml"}, want: "--log-format"},
		"certificate without key":     {args: []string{"--tls-cert", "x"}, want: "--tls-key"},
		"key without certificate":     {args: []string{"--tls-key", "x"}, want: "--tls-cert"},
		"tls under a http url":        {args: []string{"--tls-cert", "x", "--tls-key", "x", "--public-url", "http://127.0.0.1"}, want: "must be https"},
		"redirects to nothing":        {args: []string{"--listen-http", "127.0.0.1:80"}, want: "--listen-http"},
		"redirects from no port":      {args: []string{"--tls-cert", "x", "--tls-key", "x", "--listen-http", "localhost"}, want: "--listen-http"},
		"redirects of others to here": {args: []string{"--tls-cert", "x", "--tls-key", "x", "--listen-http", ":80"}, want: "--public-url is required"},
		"two master keys":             {args: []string{"--master-key-file", "x"}, environ: []string{"PORTAL_MASTER_KEY=x"}, want: "not both"},
	} {
		_, err := parseConfig(tt.args, tt.environ, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want something about %s", name, err, tt.want)
		}
	}
}

func TestAFlagBeatsItsVariable(t *testing.T) {
	c, err := parseConfig([]string{"--brand-name", "Flag"}, []string{"PORTAL_BRAND_NAME=Variable", "PORTAL_LISTEN=127.0.0.1:1", "HOME=/"}, io.Discard)
	if err != nil || c.BrandName != "Flag" || c.Listen != "127.0.0.1:1" {
		t.Errorf("config %+v, %v", c, err)
	}
}

// C083: a master key is made with a new database alone; afterwards a lost one stops the start, and so does one that others can read.
func TestTheMasterKeyIsMadeOnceAndNeverReplaced(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	startAndStop(t, data)
	file := filepath.Join(data, "master.key")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{file: 0o600, filepath.Join(data, "portal.db"): 0o600, data: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
	startAndStop(t, data)
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the second start changed the master key: %v", err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	wantStartError(t, data, nil, "chmod 600")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	wantStartError(t, data, nil, "needs its master key")
	if _, err := os.Stat(file); err == nil {
		t.Error("another master key was made")
	}
	wantStartError(t, data, []string{"PORTAL_MASTER_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "does not belong to this database")
	if err := os.WriteFile(file, before, 0o600); err != nil {
		t.Fatal(err)
	}
	startAndStop(t, data)
}

func wantStartError(t *testing.T, data string, environ []string, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := run(ctx, []string{"--listen", "127.0.0.1:0", "--data", data}, environ, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("run = %v, want something about %q", err, want)
	}
}

// startAndStop runs the program until it says where it is, asks whether it is ready, and ends it.
func startAndStop(t *testing.T, data string) {
	t.Helper()
	url, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", data)
	for _, path := range []string{"/healthz", "/readyz", "/login"} {
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close() //nolint:errcheck // not read
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	stop()
}

// start runs the program until it says where it is. stop ends it, and it must end well.
func start(t *testing.T, args ...string) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	var log bytes.Buffer
	go func() {
		err := run(ctx, args, nil, in, &log)
		in.Close() //nolint:errcheck // never fails
		ended <- err
	}()
	line := make([]byte, 200)
	n, _ := out.Read(line)
	_, url, found := strings.Cut(strings.TrimSpace(string(line[:n])), "url=")
	if !found {
		cancel()
		t.Fatalf("said %q: %v\n%s", line[:n], <-ended, log.String())
	}
	return url, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v\n%s", err, log.String())
		}
	}
}
