package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
	"merchant-portal/keys"
	"merchant-portal/store"
	"merchant-portal/store/storetest"
)

// C079: no secret stands in clear in the database, its write-ahead log, the job table, a backup copy, or anything beside them. A new kind of secret is one more canary.
func TestNoFileHoldsASecretInClear(t *testing.T) {
	db := storetest.New(t)
	p, ring := merchant(t, db, "G100000001", "a@example.test")
	canaries := map[string]string{"the token of a mailed link": "CANARY-LINK-TOKEN", "the receiver of a queued mail": "canary@example.test", "a past password's hash": "CANARY-PASSWORD-HASH",
		"what a second factor is made of": "CANARY-TOTP-SECRET", "a kept form": "CANARY-KEPT-FORM"}
	err := db.Outbox().Enqueue(ctx, outbox.Message{
		Kind: outbox.ConfirmRegistration, To: canaries["the receiver of a queued mail"], Token: canaries["the token of a mailed link"],
	})
	if err != nil {
		t.Fatal(err)
	}
	for table, row := range map[string]struct {
		insert, canary string
		label          []byte
	}{
		"past_passwords": {`INSERT INTO past_passwords (id, person_id, sealed, replaced_at) VALUES ('past', $1, $2, 1)`, "a past password's hash", auth.PastPasswordLabel(p.ID)},
		"second_factors": {`INSERT INTO second_factors (id, person_id, kind, name, sealed, created_at) VALUES ('f', $1, 'totp', '', $2, 1)`, "what a second factor is made of", auth.FactorLabel(p.ID, "f")},
		"kept_forms":     {`INSERT INTO kept_forms (id, person_id, sealed, created_at) VALUES ('form', $1, $2, 1)`, "a kept form", auth.KeptFormLabel()},
	} {
		sealed, err := db.PortalBox().Seal([]byte(canaries[row.canary]), row.label)
		if err != nil {
			t.Fatal(table, err)
		}
		db.Exec(t, row.insert, p.ID, sealed)
	}
	for name, text := range keyTexts(t, ring, p) {
		canaries[name] = text
	}
	storetest.WantNone(t, db.Copies(t), canaries)
}

// keyTexts gives the texts of all keys of a merchant's Sandbox, whole and without their public beginning.
func keyTexts(t *testing.T, ring *keys.Service, p auth.Person) map[string]string {
	t.Helper()
	owned, err := ring.List(ctx, p.Merchant, ids.Sandbox)
	if err != nil || len(owned) == 0 {
		t.Fatalf("%d keys, %v", len(owned), err)
	}
	texts := map[string]string{}
	for _, k := range owned {
		_, text, err := ring.Reveal(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID}, ids.Sandbox, k.ID)
		if err != nil {
			t.Fatal(err)
		}
		texts["the "+string(k.Kind)+" key"] = text
		texts["the end of the "+string(k.Kind)+" key"] = strings.TrimPrefix(text, keys.Prefix(ids.Sandbox, k.Kind))
	}
	return texts
}

// C080: a sealed value that was moved to another row, kind, environment or merchant does not open.
func TestMovedSecretsDoNotOpen(t *testing.T) {
	const mine = ` WHERE merchant_id = 'G100000001' AND kind = 'server'`
	otherSealed := func(where string) func(*testing.T, *storetest.DB) {
		return func(t *testing.T, db *storetest.DB) {
			db.Exec(t, `UPDATE access_keys SET sealed = (SELECT sealed FROM access_keys o WHERE `+where+`)`+mine)
		}
	}
	damaged := func(damage func(sealed []byte) []byte) func(*testing.T, *storetest.DB) {
		return func(t *testing.T, db *storetest.DB) {
			var sealed []byte
			if err := db.Raw(t).QueryRow(`SELECT sealed FROM access_keys` + mine).Scan(&sealed); err != nil {
				t.Fatal(err)
			}
			db.Exec(t, `UPDATE access_keys SET sealed = $1`+mine, damage(sealed))
		}
	}
	moves := map[string]func(*testing.T, *storetest.DB){
		"between kinds":     otherSealed(`o.merchant_id = 'G100000001' AND o.kind = 'client'`),
		"between merchants": otherSealed(`o.merchant_id = 'G100000002' AND o.kind = 'server'`),
		"to Production": func(t *testing.T, db *storetest.DB) {
			db.Exec(t, `UPDATE access_keys SET environment = 'production'`+mine)
		},
		"to another row": func(t *testing.T, db *storetest.DB) { db.Exec(t, `UPDATE access_keys SET id = id || 'X'`+mine) },
		"one bit":        damaged(func(b []byte) []byte { b[20] ^= 1; return b }),
		"cut off":        damaged(func(b []byte) []byte { return b[:10] }),
		"emptied":        damaged(func([]byte) []byte { return []byte{} }),
	}
	for name, move := range moves {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			p, ring := merchant(t, db, "G100000001", "a@example.test")
			merchant(t, db, "G100000002", "b@example.test")
			move(t, db)
			for _, env := range ids.Environments() {
				owned, err := ring.List(ctx, p.Merchant, env)
				if err != nil {
					t.Fatal(err)
				}
				for _, k := range owned {
					if k.Kind != keys.Server {
						continue
					}
					_, text, err := ring.Reveal(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID}, env, k.ID)
					if !errors.Is(err, keys.ErrUnreadable) || text != "" {
						t.Errorf("Reveal = %q, %v, want %v", text, err, keys.ErrUnreadable)
					}
				}
			}
		})
	}
}

func TestWithOneKeysetGoneTheOtherEnvironmentStillWorks(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	db.Exec(t, `DELETE FROM keysets WHERE scope = 'production'`)
	again := db.Another(t)
	if _, err := again.Keysets().Environment(ids.Production); err == nil {
		t.Error("Production has a keyset")
	}
	ring := &keys.Service{Store: again.Keys(), Tx: again, Log: again.Activity(), Sealer: again.Keysets(), Now: db.Clock.Now}
	owned, err := ring.List(ctx, p.Merchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.PublicText(owned[0]); err != nil {
		t.Errorf("Sandbox: %v", err)
	}
}

// C083: with another master key the database does not open, and not a row of it changes.
func TestAnotherMasterKeyOpensAndChangesNothing(t *testing.T) {
	db := storetest.New(t)
	before := db.Dump(t)
	o := db.Options()
	var err error
	if o.MasterKey, err = seal.ParseMasterKey(seal.NewMasterKeyText()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, o); !errors.Is(err, store.ErrMasterKey) {
		t.Errorf("Open = %v, want %v", err, store.ErrMasterKey)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("the refused start changed:\n%s", diff)
	}
}

func TestADatabaseWithKeysetsIsNotNew(t *testing.T) {
	db := storetest.SQLite(t)
	if isNew, err := store.IsNew(ctx, db.Database); err != nil || isNew {
		t.Errorf("IsNew = %v, %v: a second master key would be made", isNew, err)
	}
}
