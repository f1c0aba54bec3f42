package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merchant-portal/internal/seal"
)

// checkConfig runs the command and gives what it printed, by the names of settings, and its last line.
func checkConfig(t *testing.T, environ []string, args ...string) (lines map[string]string, last string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), append([]string{"check-config"}, args...), environ, &out, io.Discard)
	lines = map[string]string{}
	for line := range strings.Lines(out.String()) {
		last = strings.TrimSpace(line)
		name, rest, _ := strings.Cut(last, " ")
		lines[name] = strings.Join(strings.Fields(rest), " ")
	}
	return lines, last, err
}

func TestCheckConfigShowsEachSettingWithItsSource(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	smtp := fileOf(t, "smtp", "smtp://user:CANARY@mail.test:587\n")
	lines, last, err := checkConfig(t, []string{"PORTAL_BRAND_NAME=Two\nlines", "PORTAL_SMTP_FILE=" + smtp}, "--data", data)
	if err != nil || last != "configuration ok" {
		t.Errorf("%v, ends with %q", err, last)
	}
	for name, want := range map[string]string{
		"data": data + " flag", "brand-name": `"Two\nlines" PORTAL_BRAND_NAME`, "smtp": "smtp://user:***@mail.test:587 PORTAL_SMTP_FILE",
		"listen": "127.0.0.1:8080 default", "public-url": "not set (from --listen on loopback) default", "support-email": "not set default",
		"master-key-file": filepath.Join(data, "master.key") + " default", "master-key": "not set default",
	} {
		if lines[name] != want {
			t.Errorf("%s: %q, want %q", name, lines[name], want)
		}
	}
	if want := len(settingsOf(new(Config))) + 1; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
}

// Nothing is made: neither the data folder nor, in one that is there, a database or a key.
func TestCheckConfigLeavesNoTrace(t *testing.T) {
	data := t.TempDir()
	for _, folder := range []string{data, filepath.Join(data, "none")} {
		if _, _, err := checkConfig(t, nil, "--data", folder); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestCheckConfigSaysWhatWouldStopTheStart(t *testing.T) {
	openKey := fileOf(t, "open.key", "x")
	if err := os.Chmod(openKey, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args, environ []string
		want          string
	}{
		"contradiction":            {environ: []string{"PORTAL_PUBLIC_URL=http://portal.example.com"}, want: "must be https"},
		"missing file of a secret": {environ: []string{"PORTAL_SMTP_FILE=/nowhere"}, want: "PORTAL_SMTP_FILE"},
		"unknown variable":         {environ: []string{"PORTAL_SMPT=x"}, want: "PORTAL_SMPT"},
		"open master key":          {args: []string{"--master-key-file", openKey}, want: "chmod 600"},
		"no master key":            {environ: []string{"PORTAL_MASTER_KEY=x"}, want: "32 bytes"},
		"no mail server":           {environ: []string{"PORTAL_SMTP=http://x"}, want: "--smtp"},
		"no shared master key":     {environ: []string{"PORTAL_DATABASE=postgres://u:p@h/name"}, want: "with PostgreSQL"},
		"data is a file":           {args: []string{"--data", openKey}, want: "no folder"},
	} {
		lines, last, err := checkConfig(t, tt.environ, tt.args...)
		if err == nil || !strings.Contains(err.Error(), tt.want) || last == "configuration ok" {
			t.Errorf("%s: %v, want something about %q; ends with %q", name, err, tt.want, last)
		}
		if _, shown := lines["listen"]; !shown {
			t.Errorf("%s: the settings are not shown", name)
		}
	}
	if _, _, err := checkConfig(t, nil, "--colour"); err == nil {
		t.Error("an unknown flag is no error")
	}
}

func TestAPrivateKeyInPlaceOfItsFileIsNotPrinted(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----"
	for _, command := range []string{"check-config", "serve"} {
		var out bytes.Buffer
		err := run(t.Context(), []string{command, "--tls-cert", "cert.pem", "--data", t.TempDir()}, []string{"PORTAL_TLS_KEY=" + key}, &out, &out)
		if err == nil || strings.Contains(out.String()+err.Error(), "CANARY") || !strings.Contains(err.Error(), "must name files") {
			t.Errorf("%s: %v\n%s", command, err, out.String())
		}
	}
}

// Whatever is wrong with a secret, no part of it is printed: not the value, not what an early / or # or ? in it turns into another part of a URL.
func TestCheckConfigNeverPrintsASecret(t *testing.T) {
	for _, smtp := range []string{
		"smtp://user:CANARY@h:587", "smtp://CANARY:CANARY@h:587", "postgres://h/db;password=CANARY",
		"smtp://user:C%41NARY@h", "smtp://user:1#CANARY@h", "smtp://user:1/CANARY@h", "smtp://user:1?CANARY@h", "smtp://user:x@CANARY@h",
		"user:CANARY@h:587", "smtp:CANARY", "smtp://user:CAN ARY@h", "smtp://user:CANARY%zz@h", "smtp://h?password=CANARY", "smtp://h#CANARY", "CANARY",
	} {
		database := strings.Replace(smtp, "smtp:", "postgres:", 1)
		for _, environ := range [][]string{{"PORTAL_SMTP=" + smtp}, {"PORTAL_SMTP_FILE=" + fileOf(t, "smtp", smtp)}, {"PORTAL_DATABASE=" + database}} {
			var out bytes.Buffer
			err := run(t.Context(), []string{"check-config", "--data", t.TempDir()}, slices.Concat(environ, []string{"PORTAL_MASTER_KEY=CANARY"}), &out, &out)
			if err == nil {
				t.Error("a master key that is none is no error")
			}
			text := out.String() + err.Error()
			if strings.Contains(text, "ANARY") || strings.Contains(text, "CAN") || strings.Contains(text, "user:1") || !strings.Contains(text, mask) {
				t.Errorf("%s:\n%s", smtp, text)
			}
		}
	}
}

// A secret where something else belongs is refused, and neither the table nor the error quotes it.
func TestASecretInTheWrongSettingIsNotPrinted(t *testing.T) {
	key := seal.NewMasterKeyText()
	for secret, environ := range map[string]string{
		key:      "PORTAL_MASTER_KEY_FILE=" + key,
		"CANARY": "PORTAL_PUBLIC_URL=https://user:CANARY@portal.test",
		"CAN4RY": "PORTAL_SMTP_FILE=CAN4RY",
	} {
		for _, command := range []string{"check-config", "serve"} {
			var out bytes.Buffer
			err := run(t.Context(), []string{command, "--data", t.TempDir()}, []string{environ}, &out, &out)
			if err == nil || strings.Contains(out.String()+err.Error(), secret) {
				t.Errorf("%s %s: %v\n%s", command, environ, err, out.String())
			}
		}
	}
}

// A file that is not there is named, so that whoever mistyped it sees how.
func TestAMissingSecretFileIsNamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "smtp")
	if _, _, err := checkConfig(t, []string{"PORTAL_SMTP_FILE=" + name}); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("%v does not name %s", err, name)
	}
}
