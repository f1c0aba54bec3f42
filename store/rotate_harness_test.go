package store_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
	"merchant-portal/keys"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// sealedRows are the rows of a test with something sealed in each place there is.
type sealedRows struct {
	db     *storetest.DB
	person auth.Person
	texts  map[string]string // of keys, by id
	past   int               // how many passwords there were before
}

const sealedText = "CANARY-SEALED"

// newSealedRows fills a database and closes it.
func newSealedRows(t *testing.T, past int) *sealedRows {
	t.Helper()
	db := storetest.New(t)
	p, ring := merchant(t, db, "G100000001", "a@example.test")
	record(t, db.Store, p, activity.MerchantRegistered, db.Clock.Now())
	other, _ := merchant(t, db, "G100000002", "b@example.test")
	record(t, db.Store, other, activity.MerchantRegistered, db.Clock.Now())
	f := &sealedRows{db, p, map[string]string{}, past}
	owned, err := ring.List(ctx, p.Merchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range owned {
		_, f.texts[string(k.ID)], err = ring.Reveal(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID}, ids.Sandbox, k.ID)
		if err != nil {
			t.Fatal(err)
		}
	}
	db.Exec(t, `INSERT INTO second_factors (id, person_id, kind, name, sealed, created_at) VALUES ('factor', $1, 'totp', '', $2, 1)`,
		p.ID, f.seal(t, auth.FactorLabel(p.ID, "factor")))
	raw := db.Raw(t)
	for i := range past {
		_, err := raw.ExecContext(t.Context(), `INSERT INTO past_passwords (id, person_id, sealed, replaced_at) VALUES ($1, $2, $3, 1)`,
			fmt.Sprint(i), p.ID, f.seal(t, auth.PastPasswordLabel(p.ID)))
		if err != nil {
			t.Fatal(err)
		}
	}
	db.Exec(t, `INSERT INTO kept_forms (id, person_id, sealed, created_at) VALUES ('form', $1, $2, 1), ('spent', $1, NULL, 1)`, p.ID, f.seal(t, auth.KeptFormLabel()))
	db.Exec(t, `INSERT INTO notification_keys (id, merchant_id, environment, public_key, sealed, created_at) VALUES ('pair', $1, 'sandbox', '', $2, 1)`,
		p.Merchant, f.sealIn(t, ids.Sandbox, keys.NotificationLabel(p.Merchant, ids.Sandbox, "pair")))
	for _, id := range []ids.DocumentID{"d1", "d2", "d3", "d4", "d5", "d6"} { // more than go in one transaction
		db.Exec(t, `INSERT INTO activation_documents (id, merchant_id, kind, name, media_type, size, sealed, uploaded_by, uploaded_at)
			VALUES ($1, $2, $1, '', '', 1, $3, '', 1)`, string(id), p.Merchant,
			f.sealIn(t, ids.Production, envswitch.DocumentLabel(p.Merchant, envswitch.DocumentKind(id), id)))
	}
	if err := db.Outbox().Enqueue(ctx, outbox.Message{Kind: outbox.ConfirmRegistration, Token: sealedText}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *sealedRows) seal(t *testing.T, label []byte) []byte {
	t.Helper()
	return sealWith(t, f.db.PortalBox(), label)
}

func (f *sealedRows) sealIn(t *testing.T, env ids.Environment, label []byte) []byte {
	t.Helper()
	box, err := f.db.Keysets().Environment(env)
	if err != nil {
		t.Fatal(err)
	}
	return sealWith(t, box, label)
}

func sealWith(t *testing.T, box *seal.Box, label []byte) []byte {
	t.Helper()
	sealed, err := box.Seal([]byte(sealedText), label)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// blobs gives all that is sealed, with its place, and the keysets.
func (f *sealedRows) blobs(t *testing.T) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	raw := f.db.Raw(t)
	for place, query := range map[string]string{
		"key": `SELECT id, sealed FROM access_keys`, "factor": `SELECT id, sealed FROM second_factors`, "past": `SELECT id, sealed FROM past_passwords`,
		"form": `SELECT id, sealed FROM kept_forms WHERE sealed IS NOT NULL`, "mail": `SELECT 'mail', args FROM river_job`,
		"pair": `SELECT id, sealed FROM notification_keys`, "document": `SELECT id, sealed FROM activation_documents`,
		"head": `SELECT merchant_id, seal FROM activity_heads`, "keyset": `SELECT scope, wrapped FROM keysets`,
	} {
		readBlobs(t, raw, query, func(id string, blob []byte) { found[place+" "+id] = blob })
	}
	return found
}

func readBlobs(t *testing.T, raw *sql.DB, query string, see func(id string, blob []byte)) {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	for rows.Next() {
		var id string
		var blob []byte
		if err := rows.Scan(&id, &blob); err != nil {
			t.Fatal(err)
		}
		see(id, blob)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// wantReadable opens the database and reads all that is sealed in it.
func (f *sealedRows) wantReadable(t *testing.T, key seal.MasterKey) {
	t.Helper()
	f.db.MasterKey = key
	st, err := store.Open(ctx, f.db.Options())
	if err != nil {
		t.Fatal(err)
	}
	ring := &keys.Service{Store: st.Keys(), Tx: st, Log: st.Activity(), Sealer: st.Keysets(), Now: f.db.Clock.Now}
	for id, want := range f.texts {
		if _, text, err := ring.Reveal(ctx, activity.Actor{Merchant: f.person.Merchant, Person: f.person.ID}, ids.Sandbox, ids.KeyID(id)); err != nil || text != want {
			t.Errorf("key %s: %v", id, err)
		}
	}
	opened := 0
	for place, blob := range f.blobs(t) {
		kind, id, _ := strings.Cut(place, " ")
		label, known := map[string][]byte{"factor": auth.FactorLabel(f.person.ID, ids.FactorID(id)), "past": auth.PastPasswordLabel(f.person.ID), "form": auth.KeptFormLabel()}[kind]
		if kind == "mail" {
			var job struct {
				ID     string
				Sealed []byte
			}
			if err := json.Unmarshal(blob, &job); err != nil {
				t.Fatal(err)
			}
			label, known, blob = seal.Label("mail", job.ID), true, job.Sealed
		}
		if !known {
			continue
		}
		opened++
		if text, err := st.PortalBox().Open(blob, label); err != nil || !strings.Contains(string(text), sealedText) {
			t.Errorf("%s: %q, %v", place, text, err)
		}
	}
	if opened != f.past+3 {
		t.Errorf("only %d were looked at", opened)
	}
	err = st.Chains().Each(ctx, func(v store.Verdict) error {
		if len(v.Findings) > 0 {
			t.Errorf("activity of %s: %v", v.Merchant, v.Findings)
		}
		return nil
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
}

func newMasterKey(t *testing.T) seal.MasterKey {
	t.Helper()
	key, err := seal.ParseMasterKey(seal.NewMasterKeyText())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// rotate does what the command does, up to the statement that observe panics at.
func (f *sealedRows) rotate(t *testing.T, old, next seal.MasterKey, observe func(string, bool)) (done []store.Resealed, finished bool) {
	t.Helper()
	o := f.db.Options()
	o.Observe = observe
	r, err := store.OpenToRotate(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if stopped := recover(); stopped != nil && stopped != errBrokenOff { //nolint:errorlint // the very one
			panic(stopped)
		}
	}()
	if f.opens(t, r, old) == store.Wholly {
		if err := r.Begin(ctx, old, next); err != nil {
			t.Fatal(err)
		}
	}
	err = r.Finish(ctx, next, func(d store.Resealed) error {
		done = append(done, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return done, true
}

var errBrokenOff = errors.New("broken off")

func (f *sealedRows) opens(t *testing.T, r *store.Rotation, key seal.MasterKey) store.Opening {
	t.Helper()
	opens, err := r.Opens(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	return opens
}
