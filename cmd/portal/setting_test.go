package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fileOf writes a file of a test and gives its name.
func fileOf(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestASecretMayStandInAFile(t *testing.T) {
	for name, text := range map[string]string{"unix": "smtp://u:p@h:587\n", "windows": "smtp://u:p@h:587\r\n", "no line's end": "smtp://u:p@h:587"} {
		c, err := parseConfig(nil, []string{"PORTAL_SMTP_FILE=" + fileOf(t, "smtp", text)}, io.Discard)
		if err != nil || c.SMTP != "smtp://u:p@h:587" {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestASecretHasOneSourceThatCanBeRead(t *testing.T) {
	file := fileOf(t, "smtp", "smtp://file\n")
	for name, tt := range map[string]struct {
		args, environ []string
		want          []string
	}{
		"flag and file":       {[]string{"--smtp", "smtp://flag"}, []string{"PORTAL_SMTP_FILE=" + file}, []string{"--smtp", "PORTAL_SMTP_FILE", "not both"}},
		"variable and file":   {nil, []string{"PORTAL_SMTP=smtp://x", "PORTAL_SMTP_FILE=" + file}, []string{"PORTAL_SMTP or", "PORTAL_SMTP_FILE", "not both"}},
		"missing file":        {nil, []string{"PORTAL_SMTP_FILE=" + file + ".none"}, []string{"PORTAL_SMTP_FILE", file + ".none"}},
		"empty file":          {nil, []string{"PORTAL_SMTP_FILE=" + fileOf(t, "empty", "\n")}, []string{"PORTAL_SMTP_FILE", "empty"}},
		"file of an open one": {nil, []string{"PORTAL_LISTEN_FILE=" + file}, []string{"unknown variable PORTAL_LISTEN_FILE"}},
	} {
		_, err := parseConfig(tt.args, tt.environ, io.Discard)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want something about %s", name, err, want)
			}
		}
	}
}

// PORTAL_MASTER_KEY_FILE is the setting --master-key-file with its own rules (mode 0600, made with a new database), not the content's place.
func TestTheMasterKeysFileIsASettingOfItsOwn(t *testing.T) {
	c, err := parseConfig(nil, []string{"PORTAL_MASTER_KEY_FILE=/run/secrets/key"}, io.Discard)
	if err != nil || c.MasterKeyFile != "/run/secrets/key" || c.MasterKey != "" {
		t.Errorf("config %+v, %v", c, err)
	}
	if _, err := parseConfig([]string{"--master-key", "x"}, nil, io.Discard); err == nil || !strings.Contains(err.Error(), "-master-key") {
		t.Errorf("the master key on the command line: %v", err)
	}
}

// The help prints defaults: they must be the program's, not what stands in the environment.
func TestNeitherHelpNorErrorsShowASecret(t *testing.T) {
	const canary = "CANARY"
	for name, tt := range map[string]struct{ args, environ []string }{
		"help":                 {[]string{"-help"}, []string{"PORTAL_SMTP=smtp://u:" + canary + "@h", "PORTAL_MASTER_KEY=" + canary}},
		"value in place of it": {nil, []string{"PORTAL_SMTP_FILE=smtp://u:" + canary + "@h"}},
		"unknown flag":         {[]string{"--smpt=smtp://u:" + canary + "@h"}, nil},
		"unknown variable":     {nil, []string{"PORTAL_SMPT=smtp://u:" + canary + "@h"}},
	} {
		var usage bytes.Buffer
		_, err := parseConfig(tt.args, tt.environ, &usage)
		if err == nil || strings.Contains(err.Error(), canary) || strings.Contains(usage.String(), canary) {
			t.Errorf("%s: %v\n%s", name, err, usage.String())
		}
		if name == "help" && (!errors.Is(err, errHelp) || !strings.Contains(usage.String(), "PORTAL_SMTP_FILE")) {
			t.Errorf("help: %v\n%s", err, usage.String())
		}
	}
}
