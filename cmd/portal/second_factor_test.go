package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

// The operator's way back for who has lost everything (C130): a running portal knows of it at once, and the password alone opens the account again.
func TestClearingFactorsMayRunBesideThePortal(t *testing.T) {
	m := lockedMember(t)
	room, st := people(t, m.data)
	err := room.Unlock(t.Context(), "a@example.test")
	if err == nil {
		err = room.Factors.Add(t.Context(), m.Merchant, m.Person, auth.Factor{ID: ids.New[ids.FactorID](), Kind: auth.TOTP, Sealed: []byte("x"), CreatedAt: time.Now()})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	portal, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", m.data)
	defer stop()
	if got := signInLocation(t, portal); got != "/login/code" {
		t.Fatalf("with a factor: to %q", got)
	}
	for _, want := range []string{"removed every second factor of a@example.test (1) and the recovery codes; the password stays as it is\n", "a@example.test has no second factor; nothing was changed\n"} {
		var out bytes.Buffer
		if err := run(t.Context(), []string{"second-factor", "clear", "--data", m.data, "a@example.test"}, nil, &out, io.Discard); err != nil || out.String() != want {
			t.Errorf("said %q, %v; want %q", out.String(), err, want)
		}
	}
	if got := signInLocation(t, portal); got != "/login/done" {
		t.Errorf("afterwards: to %q", got)
	}
	err = run(t.Context(), []string{"second-factor", "clear", "--data", m.data, "nobody@example.test"}, nil, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("nobody: %v", err)
	}
}

// signInLocation sends the right password and gives where the answer leads.
func signInLocation(t *testing.T, portal string) string {
	t.Helper()
	answer := postSignIn(t, portal)
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("log-in: %s", answer.Status)
	}
	return answer.Header.Get("Location")
}
