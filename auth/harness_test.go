package auth_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

const goodPassword = "kopi tubruk di teras belakang"

// room is the service on a real database.
type room struct {
	*auth.Service
	db  *storetest.DB
	box *box
}

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

func (b *box) token(t *testing.T) string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.sent) == 0 {
		t.Fatal("no mail")
	}
	return b.sent[len(b.sent)-1].Token
}

type nothingElse struct{}

// MerchantCreated implements auth.Onboarding.
func (nothingElse) MerchantCreated(context.Context, ids.MerchantID, time.Time) error { return nil }

func newRoom(t testing.TB) *room {
	t.Helper()
	db := storetest.New(t)
	b := new(box)
	d := db.ForAuth()
	d.Outbox, d.Onboarding, d.Hasher, d.Passkeys = b, nothingElse{}, auth.NewHasher(2, storetest.Cost), home()
	d.Rules, d.Now = auth.DocumentedRules(), db.Clock.Now
	return &room{db: db, box: b, Service: auth.New(d)}
}

func signUp(email, phone, password string) auth.SignUp {
	return auth.SignUp{
		BusinessName: "Toko Bunga", FullName: "Sari", Email: email, Phone: phone, Password: password, Confirm: password,
		Language: "en", Browser: "the browser's secret",
	}
}

// member registers and confirms somebody.
func (r *room) member(t *testing.T, email, phone, password string) {
	t.Helper()
	if err := r.Register(t.Context(), signUp(email, phone, password)); err != nil {
		t.Fatal(err)
	}
	if err := r.Confirm(t.Context(), r.box.token(t), "the browser's secret", "", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
}

// problem gives the message id about a field, "" if there is none.
func problem(t *testing.T, err error, field string) string {
	t.Helper()
	if err != nil && fault.KindOf(err) != fault.Invalid {
		t.Fatalf("unexpected error: %v", err)
	}
	return fault.FieldsOf(err)[field].ID
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
