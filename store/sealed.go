package store

import (
	"encoding/json"
	"strconv"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
	"merchant-portal/keys"
)

// sealedColumn is one place in the database that holds what a keyset sealed or marked, and how it is renewed under the present key of its keyset.
type sealedColumn struct {
	name       string // of its rows, for people
	table, key string // key: the primary key
	column     string
	with       []string // further columns that renew needs
	renew      func(st *Store, r sealedRow) (renewed []byte, err error)
}

// sealedRow is one row of it. Values of with are texts.
type sealedRow struct {
	key   string
	with  []string
	value []byte
}

// sealedColumns are all of them (C082). A test compares this list with the schema and with the places that seal.
var sealedColumns = []sealedColumn{
	{"access keys", "access_keys", "id", "sealed", []string{"environment", "merchant_id", "kind"}, reseal(
		func(r sealedRow) string { return r.with[0] },
		func(r sealedRow) []byte {
			return keys.SealedLabel(keys.Key{
				ID: ids.KeyID(r.key), Environment: ids.Environment(r.with[0]), Merchant: ids.MerchantID(r.with[1]), Kind: keys.Kind(r.with[2]),
			})
		})},
	{"keys that sign notifications", "notification_keys", "id", "sealed", []string{"environment", "merchant_id"}, reseal(
		func(r sealedRow) string { return r.with[0] },
		func(r sealedRow) []byte {
			return keys.NotificationLabel(ids.MerchantID(r.with[1]), ids.Environment(r.with[0]), ids.NotificationKeyID(r.key))
		})},
	{"documents", "activation_documents", "id", "sealed", []string{"merchant_id", "kind"}, reseal(
		func(sealedRow) string { return string(ids.Production) },
		func(r sealedRow) []byte {
			return envswitch.DocumentLabel(ids.MerchantID(r.with[0]), envswitch.DocumentKind(r.with[1]), ids.DocumentID(r.key))
		})},
	{"second factors", "second_factors", "id", "sealed", []string{"person_id"}, reseal(ofPortal, func(r sealedRow) []byte {
		return auth.FactorLabel(ids.PersonID(r.with[0]), ids.FactorID(r.key))
	})},
	{"past passwords", "past_passwords", "id", "sealed", []string{"person_id"}, reseal(ofPortal, func(r sealedRow) []byte {
		return auth.PastPasswordLabel(ids.PersonID(r.with[0]))
	})},
	{"kept forms", "kept_forms", "id", "sealed", nil, reseal(ofPortal, func(sealedRow) []byte { return auth.KeptFormLabel() })},
	{"queued mails", "river_job", "id", "args", []string{"kind"}, resealMail},
	{"ends of activity logs", "activity_heads", "merchant_id", "seal", []string{"entries", "mac"}, resealHead},
}

func ofPortal(sealedRow) string { return portalScope }

// reseal opens with the keyset of a scope and a label, and seals alike. nil where the present key sealed already.
func reseal(scope func(sealedRow) string, label func(sealedRow) []byte) func(*Store, sealedRow) ([]byte, error) {
	return func(st *Store, r sealedRow) ([]byte, error) {
		box, there := st.keysets[scope(r)]
		if !there {
			return nil, seal.ErrOpen
		}
		return renewed(box, r.value, label(r))
	}
}

func renewed(box *seal.Box, sealed, label []byte) ([]byte, error) {
	if box.Current(sealed) {
		return nil, nil
	}
	text, err := box.Open(sealed, label)
	if err != nil {
		return nil, err
	}
	return box.Seal(text, label)
}

// resealMail seals what is within the arguments of a job.
func resealMail(st *Store, r sealedRow) ([]byte, error) {
	if r.with[0] != (mailJob{}).Kind() {
		return nil, nil // nothing is sealed in it
	}
	var job mailJob
	if err := json.Unmarshal(r.value, &job); err != nil {
		return nil, seal.ErrOpen
	}
	again, err := renewed(st.keysets[portalScope], job.Sealed, mailLabel(job.ID))
	if again == nil || err != nil {
		return nil, err
	}
	return json.Marshal(mailJob{job.ID, again})
}

// resealHead marks the end of an activity log with the present key. One that is not genuine stays as it is: verifying goes on naming it.
func resealHead(st *Store, r sealedRow) ([]byte, error) {
	entries, err := strconv.ParseInt(r.with[0], 10, 64)
	if err != nil {
		return nil, err
	}
	h := head{merchant: ids.MerchantID(r.key), entries: entries, mac: []byte(r.with[1]), seal: r.value}
	if st.chain.genuine(h) {
		return nil, nil
	}
	if !st.chain.once(h) {
		return nil, seal.ErrOpen
	}
	h, err = st.chain.sealed(h)
	return h.seal, err
}
