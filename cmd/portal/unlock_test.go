package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
)

const password = "kopi tubruk di teras belakang"

// member is somebody with an account in a data folder.
type member struct {
	data string
	activity.Actor
}

// people opens the room of accounts as the program does; the caller closes the store.
func people(t *testing.T, data string) (room *auth.Service, st *store.Store) {
	t.Helper()
	c, err := parseConfig([]string{"--data", data}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	st, err = openStore(t.Context(), c, newLogger("text", io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	return newPeople(c, st, newOnboarding(st)), st
}

// lockedMember makes an account a@example.test and locks it by wrong passwords.
func lockedMember(t *testing.T) member {
	t.Helper()
	m := member{filepath.Join(t.TempDir(), "data"), activity.Actor{Merchant: ids.NewMerchantID(), Person: ids.New[ids.PersonID]()}}
	room, st := people(t, m.data)
	hash, err := room.Hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	err = st.People().Create(t.Context(), auth.Merchant{ID: m.Merchant, Name: "Toko", CreatedAt: now}, auth.Person{
		ID: m.Person, Merchant: m.Merchant, Name: "Sari", Email: "a@example.test", Phone: "+62811111111", Language: "en",
		PasswordHash: hash, PasswordSetAt: now, CreatedAt: now,
	})
	for range auth.DocumentedRules().LockoutFailures {
		err = errors.Join(err, room.CheckPassword(t.Context(), m.Actor, "not "+password))
	}
	if !errors.Is(err, auth.ErrLocked) {
		t.Fatalf("not locked: %v", err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

// isLocked reports whether the right password is refused because of a lock.
func (m member) isLocked(t *testing.T) bool {
	t.Helper()
	room, st := people(t, m.data)
	defer st.Close() //nolint:errcheck // only read
	err := room.CheckPassword(t.Context(), m.Actor, password)
	if err != nil && !errors.Is(err, auth.ErrLocked) {
		t.Fatal(err)
	}
	return err != nil
}

// C018: support ends a lock, wherever the address stands among the flags and however it is typed; the password stays.
func TestUnlockEndsALock(t *testing.T) {
	m := lockedMember(t)
	if !m.isLocked(t) {
		t.Fatal("the account is open before unlock")
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"unlock", "--data", m.data, "a@example.test"}, nil, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if out.String() != "unlocked a@example.test\n" || m.isLocked(t) {
		t.Errorf("said %q; locked: %v", out.String(), m.isLocked(t))
	}
	for _, args := range [][]string{
		{"unlock", " A@Example.test", "--data", m.data}, {"unlock", "--log-format", "json", "a@example.test", "--data", m.data},
	} {
		if err := run(t.Context(), args, nil, io.Discard, io.Discard); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// A running portal knows of it at once.
func TestUnlockMayRunBesideThePortal(t *testing.T) {
	m := lockedMember(t)
	portal, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", m.data)
	defer stop()
	if got := signIn(t, portal); got != http.StatusUnprocessableEntity {
		t.Fatalf("during the lock: %d", got)
	}
	if err := run(t.Context(), []string{"unlock", "--data", m.data, "a@example.test"}, nil, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := signIn(t, portal); got != http.StatusSeeOther {
		t.Errorf("afterwards: %d", got)
	}
}

// signIn sends the right password and gives the status of the answer.
func signIn(t *testing.T, portal string) int {
	t.Helper()
	return postSignIn(t, portal).StatusCode
}

func postSignIn(t *testing.T, portal string) *http.Response {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(portal+"/login", url.Values{"email": {"a@example.test"}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close() //nolint:errcheck // not read
	return answer
}

func TestUnlockOfNobodyIsRefusedWithASentence(t *testing.T) {
	m := lockedMember(t)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"unknown address":  {[]string{"b@example.test"}, `no account with the address "b@example.test"`},
		"no address":       {nil, "unlock takes one e-mail address, not 0: portal unlock name@example.com"},
		"two addresses":    {[]string{"a@example.test", "b@example.test"}, "unlock takes one e-mail address, not 2"},
		"unknown flag":     {[]string{"a@example.test", "--colour"}, "-colour"},
		"impossible value": {[]string{"a@example.test", "--log-format", "xml"}, "--log-format"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"unlock", "--data", m.data}, tt.args...), nil, &out, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
			t.Errorf("%s: %v, want something about %s; said %q", name, err, tt.want, out.String())
		}
	}
	if !m.isLocked(t) {
		t.Error("a@example.test was unlocked")
	}
}

// Whoever forgets --data is told so, and finds no second database afterwards.
func TestUnlockMakesNoDatabase(t *testing.T) {
	data := filepath.Join(t.TempDir(), "none")
	err := run(t.Context(), []string{"unlock", "--data", data, "a@example.test"}, nil, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("run = %v", err)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}
