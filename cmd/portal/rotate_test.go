package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merchant-portal/internal/seal"
)

func rotate(t *testing.T, data string, environ []string, args ...string) (said string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	err = run(t.Context(), append([]string{"master-key", "rotate", "--data", data}, args...), environ, &out, &log)
	if err == nil && !strings.Contains(log.String(), "the master key was rotated") {
		t.Errorf("logged %q", log.String())
	}
	return out.String() + log.String(), err
}

// keyFilesIn gives the contents of all files of a data folder that are named after the master key.
func keyFilesIn(t *testing.T, data string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(data, "master.key*"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		found[filepath.Base(name)] = strings.TrimSpace(string(text))
	}
	return found
}

func putKey(t *testing.T, data, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantRefused wants a sentence, and that neither key files nor database have changed.
func wantRefused(t *testing.T, m member, want string, environ []string, args ...string) {
	t.Helper()
	before := keyFilesIn(t, m.data)
	if said, err := rotate(t, m.data, environ, args...); err == nil || !strings.Contains(err.Error(), want) || said != "" {
		t.Errorf("rotate %v: %v, want something about %q; said %q", args, err, want, said)
	}
	if after := keyFilesIn(t, m.data); !maps.Equal(before, after) {
		t.Errorf("%s: the key files have changed: %v", want, slices.Sorted(maps.Keys(after)))
	}
}

// wantRotated wants the new key in the place of the old one, the old one kept, and a portal that works without it.
func wantRotated(t *testing.T, m member, old string) {
	t.Helper()
	files := keyFilesIn(t, m.data)
	if len(files) != 2 || files["master.key.old"] != old || files["master.key"] == old {
		t.Fatalf("files: %v", slices.Sorted(maps.Keys(files)))
	}
	if err := os.Remove(filepath.Join(m.data, "master.key.old")); err != nil {
		t.Fatal(err)
	}
	startAndStop(t, m.data)
}

// C082: the new key takes the place of the old one, which is kept aside and can be deleted; no key is ever printed. A second run does nothing by accident.
func TestRotatingPutsANewMasterKeyInPlace(t *testing.T) {
	m := loggedMember(t)
	old := keyFilesIn(t, m.data)["master.key"]
	said, err := rotate(t, m.data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"the old one opens nothing", "ends of activity logs: 1 sealed anew\n", "master.key.old is the old one: keep it", "delete it"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	for name, key := range keyFilesIn(t, m.data) {
		if strings.Contains(said, key) {
			t.Errorf("it prints %s", name)
		}
	}
	wantRefused(t, m, "an earlier rotation is complete", nil)
	wantRotated(t, m, old)
	if _, err := rotate(t, m.data, nil); err != nil {
		t.Errorf("another rotation: %v", err)
	}
	if said, err := m.verify(t); err != nil || !strings.HasSuffix(said, "complete\n") {
		t.Errorf("the log after two rotations: %q, %v", said, err)
	}
}

// C082: beside a portal nothing happens; what an operator does beside a portal still works.
func TestRotatingIsRefusedBesideAPortal(t *testing.T) {
	m := lockedMember(t)
	_, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", m.data)
	wantRefused(t, m, "stop every portal, on all machines", nil)
	if err := run(t.Context(), []string{"unlock", "--data", m.data, "a@example.test"}, nil, io.Discard, io.Discard); err != nil {
		t.Errorf("unlock beside the portal: %v", err)
	}
	stop()
	if _, err := rotate(t, m.data, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// C082: a run that ended at whatever point is taken up where it ended.
func TestRotatingGoesOnWithTheKeyFilesThatAreThere(t *testing.T) {
	next := seal.NewMasterKeyText()
	for name, tt := range map[string]struct {
		begun bool   // the database has the new key
		fresh string // master.key.new
		kept  string // how much of the old key is in master.key.old
	}{
		"before the database was touched":   {false, next + "\n", "none"},
		"while the new key was written":     {false, next[:20], "none"},
		"as soon as it was there":           {false, "", "none"},
		"before the old key was kept":       {true, next, "none"},
		"while the copy of it was made":     {true, next, "begun"},
		"when the copy was there":           {true, next, "half"},
		"before the new one took its place": {true, next, "all"},
	} {
		t.Run(name, func(t *testing.T) {
			m := lockedMember(t)
			old := keyFilesIn(t, m.data)["master.key"]
			if tt.begun {
				if _, err := rotate(t, m.data, []string{"PORTAL_NEW_MASTER_KEY=" + next}); err != nil {
					t.Fatal(err)
				}
			}
			putKey(t, m.data, "master.key.new", tt.fresh)
			if part, written := map[string]string{"begun": "", "half": old[:20], "all": old + "\n"}[tt.kept]; written {
				putKey(t, m.data, "master.key.old", part)
			}
			if tt.begun {
				wantStartError(t, m.data, nil, "run portal master-key rotate again")
			}
			if _, err := rotate(t, m.data, nil); err != nil {
				t.Fatal(err)
			}
			if now := keyFilesIn(t, m.data)["master.key"]; strings.HasPrefix(tt.fresh, next) && now != next {
				t.Error("another key was drawn")
			}
			wantRotated(t, m, old)
		})
	}
}

// Another key that is kept is not lost.
func TestRotatingDoesNotOverwriteAKeyThatIsKept(t *testing.T) {
	m := lockedMember(t)
	next := seal.NewMasterKeyText()
	if _, err := rotate(t, m.data, []string{"PORTAL_NEW_MASTER_KEY=" + next}); err != nil {
		t.Fatal(err)
	}
	putKey(t, m.data, "master.key.new", next)
	putKey(t, m.data, "master.key.old", seal.NewMasterKeyText())
	before := keyFilesIn(t, m.data)
	if _, err := rotate(t, m.data, nil); err == nil || !strings.Contains(err.Error(), "holds another key") || !maps.Equal(before, keyFilesIn(t, m.data)) {
		t.Errorf("rotate: %v", err)
	}
}

// C082: whoever keeps the keys gives both; no file is touched, and what is missing is said.
func TestRotatingBetweenKeysThatAreGiven(t *testing.T) {
	m := lockedMember(t)
	old, next := keyFilesIn(t, m.data)["master.key"], seal.NewMasterKeyText()
	file := filepath.Join(t.TempDir(), "next")
	if err := os.WriteFile(file, []byte(next), 0o600); err != nil {
		t.Fatal(err)
	}
	isOld, isNext := "PORTAL_MASTER_KEY="+old, "PORTAL_NEW_MASTER_KEY="+next
	wantRefused(t, m, "set PORTAL_NEW_MASTER_KEY", []string{isOld})
	wantRefused(t, m, "not both", []string{isOld, isNext}, "--new-master-key-file", file)
	wantRefused(t, m, "32 bytes", []string{isOld, "PORTAL_NEW_MASTER_KEY=x"})
	before := keyFilesIn(t, m.data)
	for i, environ := range [][]string{{isOld, isNext}, {isOld, "PORTAL_NEW_MASTER_KEY_FILE=" + file}} {
		said, err := rotate(t, m.data, environ)
		if err != nil || !strings.Contains(said, "put the new key into PORTAL_MASTER_KEY") || strings.Contains(said, next) || strings.Contains(said, old) {
			t.Errorf("run %d: %v; said %q", i, err, said)
		}
	}
	wantRefused(t, m, "has already", []string{"PORTAL_MASTER_KEY=" + next, isNext})
	if !maps.Equal(before, keyFilesIn(t, m.data)) {
		t.Error("the key files have changed")
	}
	wantStartError(t, m.data, nil, "does not belong to this database")
	putKey(t, m.data, "master.key", next)
	startAndStop(t, m.data)
}

// C083: with a wrong key, or without a database, nothing is made or changed.
func TestRotatingWithAWrongKeyChangesNothing(t *testing.T) {
	m := lockedMember(t)
	right := keyFilesIn(t, m.data)["master.key"]
	putKey(t, m.data, "master.key", seal.NewMasterKeyText())
	wantRefused(t, m, "does not belong to this database; nothing was changed", nil)
	putKey(t, m.data, "master.key.new", seal.NewMasterKeyText())
	wantRefused(t, m, "does not belong to this database; nothing was changed", nil)
	if err := os.Remove(filepath.Join(m.data, "master.key.new")); err != nil {
		t.Fatal(err)
	}
	putKey(t, m.data, "master.key", right)
	startAndStop(t, m.data)
	none := filepath.Join(t.TempDir(), "none")
	if _, err := rotate(t, none, nil); err == nil || !strings.Contains(err.Error(), "there is no portal's database") {
		t.Errorf("without a database: %v", err)
	}
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}
