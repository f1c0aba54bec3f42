package envswitch_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

// office is the service on a real database, of one merchant with an Administrator who acts.
type office struct {
	*envswitch.Activations
	db       *storetest.DB
	keys     *keys.Service
	settings *settings.Service
	box      *box
	who      activity.Actor
}

const merchant ids.MerchantID = "G100000001"

// box keeps what would be mailed.
type box struct {
	mu   sync.Mutex
	sent []outbox.Message
}

// Enqueue implements outbox.Queue.
func (b *box) Enqueue(_ context.Context, m outbox.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, m)
	return nil
}

// take gives what was sent since the last call.
func (b *box) take() []outbox.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	sent := b.sent
	b.sent = nil
	return sent
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db := storetest.New(t)
	b := new(box)
	d := db.ForAuth()
	d.Outbox, d.Hasher, d.Rules, d.Now = b, auth.NewHasher(1, storetest.Cost), auth.DocumentedRules(), db.Clock.Now
	o := &office{db: db, box: b, who: activity.Actor{Merchant: merchant, Person: "sari", Address: "203.0.113.9"}}
	people := auth.New(d)
	o.keys = &keys.Service{Store: db.Keys(), Tx: db, Log: db.Activity(), Sealer: db.Keysets(), Staff: people, Now: db.Clock.Now}
	o.settings = settings.New(settings.Deps{Store: db.Settings(), Tx: db, Log: db.Activity(), Staff: people, Now: db.Clock.Now})
	o.Activations = &envswitch.Activations{
		Store: db.Activations(), Documents: db.ActivationDocuments(), Environments: db.Environments(), Business: o.settings, Opening: o.keys,
		Tx: db, Log: db.Activity(), Sealer: db.Keysets(), Staff: people, Now: db.Clock.Now,
	}
	o.hire(t, merchant, "sari")
	db.Clock.Move(time.Hour)
	return o
}

// hire makes a merchant with its environments and an Administrator.
func (o *office) hire(t *testing.T, m ids.MerchantID, name ids.PersonID) {
	t.Helper()
	now := o.db.Clock.Now()
	env := &envswitch.Service{Store: o.db.Environments(), Tx: o.db, Log: o.db.Activity(), Now: o.Now}
	err := o.db.Do(t.Context(), func(ctx context.Context) error {
		return errors.Join(o.db.People().Create(ctx, auth.Merchant{ID: m, Name: "Toko", CreatedAt: now}, auth.Person{
			ID: name, Merchant: m, Name: "Sari", Email: string(name) + "@example.test", Phone: "+62811" + string(name), Language: "en",
			Roles: auth.Roles{auth.Administrator}, PasswordHash: "hash", PasswordSetAt: now, CreatedAt: now,
		}), env.MerchantCreated(ctx, m, now), o.keys.Issue(ctx, m, ids.Sandbox, now))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// general fills in the General Settings of Production.
func (o *office) general(t *testing.T) {
	t.Helper()
	o.particulars(t, settings.Values{
		"merchant_name": "Toko Bunga", "merchant_url": "toko.id", "merchant_email": "toko@example.test", "director_name": "Sari",
		"director_phone": "0812345678", "npwp": "123456789012345", "npwp_name": "Sari", "timezone": "Asia/Jakarta", "business_address": "Jalan Melati 1",
	})
}

// particulars saves fields of the General Settings of Production.
func (o *office) particulars(t *testing.T, values settings.Values) {
	t.Helper()
	now, err := o.settings.Page(t.Context(), merchant, ids.Production, settings.GeneralPage)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.settings.Save(t.Context(), o.who, ids.Production, settings.Edit{Page: settings.GeneralPage, Opened: now.Version, Values: values})
	if err != nil {
		t.Fatal(err)
	}
}

// answers saves what the merchant is and sells.
func (o *office) answers(t *testing.T, e envswitch.Entity, sells string) {
	t.Helper()
	if err := o.Save(t.Context(), o.who, envswitch.Answers{Version: o.of(t).Version, Entity: e, Business: sells}); err != nil {
		t.Fatal(err)
	}
}

// upload adds a document.
func (o *office) upload(t *testing.T, kind envswitch.DocumentKind, f envswitch.File) {
	t.Helper()
	if err := o.AddDocument(t.Context(), o.who, kind, f); err != nil {
		t.Fatal(err)
	}
}

// complete does all that an individual has to do before handing in.
func (o *office) complete(t *testing.T) {
	t.Helper()
	o.general(t)
	o.answers(t, envswitch.Individual, "Bunga segar")
	o.upload(t, envswitch.IdentityCard, envswitch.File{Name: "ktp.png", Content: pngOf(t, 3, 2)})
	o.upload(t, envswitch.TaxNumber, envswitch.File{Name: "npwp.pdf", Content: pdfOf("NPWP")})
}

// submit hands in.
func (o *office) submit(t *testing.T) {
	t.Helper()
	if err := o.Submit(t.Context(), o.who, o.of(t).Version); err != nil {
		t.Fatal(err)
	}
}

func (o *office) of(t *testing.T) envswitch.Activation {
	t.Helper()
	a, err := o.Of(t.Context(), merchant)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (o *office) list(t *testing.T) envswitch.Checklist {
	t.Helper()
	c, err := o.Checklist(t.Context(), merchant)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// owned counts the keys of Production.
func (o *office) owned(t *testing.T) int {
	t.Helper()
	all, err := o.keys.List(t.Context(), merchant, ids.Production)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func pngOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdfOf is as much of a PDF as is looked at, with a text in it.
func pdfOf(text string) []byte {
	return []byte("%PDF-1.7\n% " + text + "\ntrailer << >>\nstartxref\n9\n%%EOF\n")
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
