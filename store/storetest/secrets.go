package storetest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merchant-portal/store"
)

// Copies gives all that is kept of the database, by name: every row of every table, those of the job queue included; with SQLite also its files as they are now, the
// write-ahead log among them, and a backup copy (C079).
func (db *DB) Copies(t testing.TB) map[string]string {
	t.Helper()
	copies := map[string]string{"rows": strings.Join(db.Dump(t), "\n")}
	if store.IsPostgres(db.Database) {
		return copies
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	db.Exec(t, `VACUUM INTO $1`, backup)
	names, err := filepath.Glob(db.Database + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, backup) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		copies[filepath.Base(name)] = string(text)
	}
	for _, name := range []string{"portal.db", "portal.db-wal", "backup.db"} {
		if copies[name] == "" {
			t.Errorf("%s is empty or not there", name)
		}
	}
	return copies
}

// WantNone wants that no place holds a secret, however it is spelled. Both are by name; a failure names them and quotes nothing else.
func WantNone(t testing.TB, places, secrets map[string]string) {
	t.Helper()
	for what, secret := range secrets {
		if len(secret) < 8 {
			t.Errorf("%s is too short to be looked for: %q", what, secret)
			continue
		}
		for how, text := range spellings(secret) {
			for where, place := range places {
				if strings.Contains(place, text) {
					t.Errorf("%s (%s) stands in %s", what, how, where)
				}
			}
		}
	}
}

// spellings are the forms in which a text may end up somewhere by mistake.
func spellings(text string) map[string]string {
	forms := map[string]string{
		"as it is": text, "escaped": url.QueryEscape(text), "escaped for a path": url.PathEscape(text), "hex": hex.EncodeToString([]byte(text)),
	}
	for before := range 3 { // how the text lies in what was encoded, whose first and last letters depend on its neighbours
		within := append(make([]byte, before), text...)
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 for a URL": base64.RawURLEncoding} {
			encoded := encoding.EncodeToString(within)
			forms[fmt.Sprintf("%s at %d", name, before)] = encoded[(before*8+5)/6 : len(within)*8/6]
		}
	}
	return forms
}
