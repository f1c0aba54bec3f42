package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// notSealed are the columns of bytes that hold nothing sealed, with the reason: rotating the master key leaves them alone.
var notSealed = map[string]string{
	"keysets.wrapped": "wrapped anew on its own", "activity.mac": "a mark of the chain: verified with the key that made it", "activity_heads.mac": "a copy of activity.mac",
	"access_keys.digest": "a digest", "registrations.browser_digest": "a digest", "registration_links.token_digest": "a digest", "password_resets.token_digest": "a digest",
	"invitations.token_digest": "a digest", "recovery_codes.digest": "a digest", "spent_challenges.digest": "a digest", "alarm_links.token_digest": "a digest",
	"second_factors.credential_id": "public, and looked up",
	"river_job.errors":             "errNotDelivered alone", "river_job.attempted_by": "River's own", "river_job.metadata": "River's own", "river_job.tags": "River's own", "river_job.unique_key": "River's own",
	"river_queue.metadata": "River's own", "river_client.metadata": "River's own", "river_client_queue.metadata": "River's own",
}

// C082: a column that might hold something sealed is renewed when the master key is rotated, or it is named above with the reason why not. Who adds one comes here.
func TestEveryColumnThatMayBeSealedIsRenewedOrNamed(t *testing.T) {
	db := storetest.New(t)
	query := `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'
		AND (UPPER(c.type) IN ('BYTEA', 'BLOB', '') OR c.name LIKE '%seal%' OR c.name LIKE '%wrapped%')`
	if storetest.OnPostgres() {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
			AND (data_type IN ('bytea', 'jsonb', 'json') OR column_name LIKE '%seal%' OR column_name LIKE '%wrapped%')`
	}
	rows, err := db.Raw(t).QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	found := map[string]bool{}
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		found[column] = true
		if !slices.Contains(store.SealedColumns(), column) && notSealed[column] == "" {
			t.Errorf("%s: is anything in it sealed? Then it belongs into sealedColumns (sealed.go); else name it in notSealed, with the reason", column)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, column := range store.SealedColumns() {
		if !found[column] {
			t.Errorf("%s is in sealedColumns and not in the schema", column)
		}
		if notSealed[column] != "" {
			t.Errorf("%s is sealed and not sealed", column)
		}
	}
}

// sealing are the functions that seal, and what becomes of it: a column of sealedColumns, or why it needs none.
var sealing = map[string]string{
	"auth/passkey.go request": "a page or cookie: begun again after a rotation", "auth/enrol.go NewAuthenticator": "a page: begun again after a rotation",
	"auth/second_step.go codeNeeded": "a cookie: logging in begins again after a rotation",
	"auth/enrol.go AddAuthenticator": "second_factors.sealed", "auth/passkey_credential.go sealCredential": "second_factors.sealed",
	"auth/kept.go sealForm": "kept_forms.sealed; what stands in a login page is lost with a rotation", "auth/change.go renewed": "past_passwords.sealed",
	"keys/keys.go seal": "access_keys.sealed", "keys/notification.go drawNotificationKey": "notification_keys.sealed", "keys/snap_token.go sealToken": "an access token, with a merchant's program for 900 seconds: it asks for another one", "store/outbox.go Enqueue": "river_job.args", "store/sealed.go renewed": "itself",
	"envswitch/document.go AddDocument": "activation_documents.sealed",
}

// C082: who seals something anew has to say where it stays.
func TestEveryPlaceThatSealsIsKnown(t *testing.T) {
	found := map[string]bool{}
	for _, room := range []string{"auth", "keys", "settings", "envswitch", "web", "api", "store", "cmd"} {
		err := filepath.WalkDir("../"+room, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			return findSealing(path, found)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := slices.Sorted(maps.Keys(sealing))
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if !slices.Contains(want, place) {
			t.Errorf("%s seals something: say in sealing where that stays, and see that it is in sealedColumns if it is stored", place)
		}
	}
	for _, place := range want {
		if !found[place] {
			t.Errorf("%s does not seal anything any more", place)
		}
	}
}

// findSealing notes the functions of a file that call Seal.
func findSealing(path string, found map[string]bool) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	for _, d := range parsed.Decls {
		f, isFunc := d.(*ast.FuncDecl)
		if !isFunc {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Seal" {
				found[strings.TrimPrefix(path, "../")+" "+f.Name.Name] = true
			}
			return true
		})
	}
	return nil
}
