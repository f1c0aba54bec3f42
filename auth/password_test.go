package auth_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/store/storetest"
)

// C043, C044, C045, C050: which passwords may be chosen, and why the others may not.
func TestWhichPasswordsMayBeChosen(t *testing.T) {
	r := newRoom(t)
	words := "kucing oranye tidur di pagar " // 29 characters that no list has
	long := strings.Repeat(words, 5)
	tests := []struct{ name, password, want string }{
		{"empty", "", "password.too_short"},
		{"11 characters", "xk3#9aQz!mP", "password.too_short"},
		{"12 characters", "xk3#9aQz!mPw", ""},
		{"11 characters of three bytes", strings.Repeat("花", 11), "password.too_short"},
		{"12 characters of three bytes", "春夏秋冬山川草木花鳥風月", ""},
		{"128 characters", long[:128], ""},
		{"129 characters", long[:129], "password.too_long"},
		{"only small letters", "kucing oranye tidur", ""},
		{"only spaces between words", "a b c d e f g", ""},
		{"on the list", "qwertyuiop123", "password.common"},
		{"on the list in capitals", "QWERTYUIOP123", "password.common"},
		{"made of the business name", "toko bunga 1", "password.context"},
		{"made of the address", "sariwijaya12", "password.context"},
		{"a name and much else", "sariwijaya likes quiet mornings", ""},
		{"no UTF-8", "abcdefghijkl\xff", "password.not_text"},
	}
	for i, tt := range tests {
		in := signUp("sariwijaya@example.test", fmt.Sprintf("08111111%03d", i), tt.password)
		if got := problem(t, r.Register(t.Context(), in), "password"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// C044: bcrypt's 72 bytes are no border here.
func TestPasswordsThatDifferInTheirLastByteDiffer(t *testing.T) {
	r := newRoom(t)
	base := strings.Repeat("pagar biru ", 7)[:72]
	r.member(t, "a@example.test", "0811111111", base+"x")
	_, _, err := r.SignIn(t.Context(), "a@example.test", base+"y", auth.Visitor{})
	wants(t, "another 73rd byte", err, auth.ErrBadCredentials)
	_, _, err = r.SignIn(t.Context(), "a@example.test", base, auth.Visitor{})
	wants(t, "72 bytes", err, auth.ErrBadCredentials)
	_, _, err = r.SignIn(t.Context(), "a@example.test", base+"x", auth.Visitor{})
	wants(t, "the password", err, nil)
}

// C046: however the keyboard composes a letter, it is the same password on every path.
func TestOneUnicodeFormOnEveryPath(t *testing.T) {
	composed, decomposed := "caf\u00e9 di pojok jalan", "cafe\u0301 di pojok jalan"
	for name, p := range map[string][2]string{"composed first": {composed, decomposed}, "decomposed first": {decomposed, composed}} {
		r := newRoom(t)
		in := signUp("a@example.test", "0811111111", p[0])
		in.Confirm = p[1]
		if err := r.Register(t.Context(), in); err != nil {
			t.Fatalf("%s: register: %v", name, err)
		}
		token := r.box.token(t)
		wants(t, name+": confirm", r.Confirm(t.Context(), token, "", p[1], ""), nil)
		entry, _, err := r.SignIn(t.Context(), "a@example.test", p[1], auth.Visitor{})
		wants(t, name+": sign in", err, nil)
		wants(t, name+": confirm password", r.CheckPassword(t.Context(), entry.Actor, p[1]), nil)
		_, _, err = r.SignIn(t.Context(), "a@example.test", strings.ToUpper(p[0]), auth.Visitor{})
		wants(t, name+": capitals", err, auth.ErrBadCredentials)
	}
}

// C047: the stored form is a PHC string of argon2id at the documented cost.
func TestStoredHashesHaveTheDocumentedCost(t *testing.T) {
	stored, err := auth.NewHasher(1, auth.DocumentedCost()).Hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if want := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`); !want.MatchString(stored) {
		t.Errorf("stored %q", stored)
	}
}

// C047: a hash of another cost is made anew at sign-in; the password's age stays.
func TestAnOldCostIsRaisedAtSignIn(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", "password of an older day")
	// argon2id of "password of an older day" with m=8, t=1, p=1 is made below, by the same library with other parameters
	old := weakHash("password of an older day")
	r.db.Exec(t, `UPDATE people SET password_hash = $1`, old)
	r.Hasher = auth.NewHasher(1, auth.DocumentedCost())
	r.db.Clock.Move(24 * time.Hour)
	_, before, err := r.SignIn(t.Context(), "a@example.test", "password of an older day", auth.Visitor{})
	wants(t, "sign in", err, nil)
	after, err := r.db.People().ByEmail(t.Context(), "a@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if after.PasswordHash == old || !strings.Contains(after.PasswordHash, "m=19456,t=2,p=1") {
		t.Errorf("stored %q", after.PasswordHash)
	}
	if !after.PasswordSetAt.Equal(before.PasswordSetAt) {
		t.Error("the password's age changed")
	}
	_, _, err = r.SignIn(t.Context(), "a@example.test", "password of an older day", auth.Visitor{})
	wants(t, "sign in again", err, nil)
}

// C047: absurd parameters are refused before they are computed: they could exhaust the machine.
func TestAbsurdStoredParametersAreRefused(t *testing.T) {
	const salt, hash = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	h := auth.NewHasher(1, storetest.Cost)
	for _, stored := range []string{
		"$argon2id$v=19$m=4294967295,t=2,p=1$" + salt + "$" + hash, "$argon2id$v=19$m=19456,t=4294967295,p=1$" + salt + "$" + hash,
		"$argon2id$v=19$m=19456,t=2,p=255$" + salt + "$" + hash, "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + hash,
		"$argon2id$v=19$m=19456,t=2,p=1$AA$" + hash, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AA", "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + hash,
		"$argon2id$v=18$m=19456,t=2,p=1$" + salt + "$" + hash, "$2a$10$" + hash, "x", "$$$$$",
	} {
		begin := time.Now()
		if right, _, err := h.Verify(t.Context(), stored, "x"); err == nil || right {
			t.Errorf("%s: %v, %v", stored, right, err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("%s took %s", stored, took)
		}
	}
}

// C049: what can be nobody's password is refused without a hash: the gate, all of whose places are taken here, is not even asked.
func TestOversizedPasswordsAreRefusedBeforeHashing(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	entry, _, err := r.SignIn(t.Context(), "a@example.test", goodPassword, auth.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	r.Hasher = auth.NewHasher(0, storetest.Cost) // a gate that nobody gets through
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err = r.SignIn(impatient, "a@example.test", goodPassword, auth.Visitor{})
	wants(t, "a possible password waits at the gate", err, context.DeadlineExceeded)
	for _, impossible := range []string{strings.Repeat("x", 129), strings.Repeat("x", 1<<20)} {
		_, _, err := r.SignIn(t.Context(), "a@example.test", impossible, auth.Visitor{})
		wants(t, "sign in", err, auth.ErrBadCredentials)
		wants(t, "confirm password", r.CheckPassword(t.Context(), entry.Actor, impossible), auth.ErrWrongPassword)
	}
	if got := problem(t, r.Register(t.Context(), signUp("b@example.test", "0822222222", strings.Repeat("x", 129))), "password"); got != "password.too_long" {
		t.Errorf("register: %q", got)
	}
}

func TestAFullGateSaysSoInsteadOfQueueingForEver(t *testing.T) {
	h := auth.NewHasher(0, storetest.Cost)
	waiting, release := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	outcomes := make(chan error, 200)
	for range 200 {
		wg.Go(func() {
			_, _, err := h.Verify(waiting, "", "x")
			outcomes <- err
		})
	}
	busy := 0
	for range 200 - 64 { // the queue holds 64; all others are answered at once
		if err := <-outcomes; errors.Is(err, auth.ErrBusy) {
			busy++
		}
	}
	release()
	wg.Wait()
	if busy != 136 {
		t.Errorf("%d were told at once that the gate is full, want 136", busy)
	}
}

// A hash leaves 19 MiB behind: behind a gate of two, never more than two of them, used or done with, are in memory (plus what is small).
func TestWhatHashesLeaveBehindIsCollected(t *testing.T) {
	h := auth.NewHasher(2, auth.DocumentedCost())
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 8 {
		if _, err := h.Hash(t.Context(), goodPassword); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if grown := (after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc)) >> 20; grown > 2*19+4 {
			t.Fatalf("%d MiB more than before", grown)
		}
	}
	if after.NumForcedGC == before.NumForcedGC {
		t.Error("nothing was collected")
	}
}

// C021: an unknown address costs the same one hash as a known one.
func TestAnUnknownAddressCostsOneHashToo(t *testing.T) {
	r := newRoom(t)
	r.Hasher = auth.NewHasher(0, storetest.Cost)
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := r.SignIn(impatient, "nobody@example.test", goodPassword, auth.Visitor{})
	wants(t, "an unknown address waits at the gate", err, context.DeadlineExceeded)
}
