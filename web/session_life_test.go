package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/route"
)

// C035: signing out is a form on every page of somebody who is signed in, and nothing but a POST.
func TestEveryPageCanSignOut(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key, pages := b.keyID(), 0
	for _, r := range p.table {
		if r.Method != http.MethodGet || r.Access == route.Anyone {
			continue
		}
		for _, path := range concrete(r.Pattern, key) {
			answer := b.get(path)
			page := body(t, answer)
			if !strings.Contains(page, "<html") {
				continue
			}
			pages++
			if !strings.Contains(page, `<form method="post" action="/logout"`) {
				t.Errorf("%s, %s, cannot sign out", path, answer.Status)
			}
		}
	}
	if pages < 8 {
		t.Errorf("only %d pages were looked at", pages)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if r := b.send(b.request(method, "/logout", nil)); r.StatusCode < 400 {
			t.Errorf("%s /logout: %s", method, r.Status)
		}
	}
	if !b.isIn() {
		t.Error("looking at /logout signed out")
	}
}

// C035: signing out ends the session on the server and has the browser forget pages and storage; nothing of a page is kept for Back.
func TestSigningOutLeavesNothingBehind(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	other := p.signedInWith(t, edge, "a@example.test")
	stolen := b.cookies[sessionCookie]
	if got := b.get(sessionsPath).Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control = %q", got)
	}
	r := b.post("/logout")
	if got, want := r.Header.Get("Clear-Site-Data"), `"cache", "storage"`; got != want || r.StatusCode != http.StatusSeeOther {
		t.Errorf("%s, Clear-Site-Data = %q, want %q", r.Status, got, want)
	}
	if _, kept := b.cookies[sessionCookie]; kept {
		t.Error("the browser keeps the cookie")
	}
	b.cookies[sessionCookie] = stolen
	if b.isIn() {
		t.Error("the token still works")
	}
	if !other.isIn() {
		t.Error("another session is over too")
	}
}

// C033: twelve hours from sign-in a session ends, whatever is done in it: pages, proofs, environments, a profile.
func TestNothingMakesASessionLongerThanTwelveHours(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	reveal := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	life := auth.DocumentedRules().SessionLifetime
	const step = 10 * time.Minute
	acts := []func() *http.Response{
		func() *http.Response { return b.post(reveal, "proof_password", password) },
		func() *http.Response { return b.post("/environment", "environment", "production", "path", "/") },
		func() *http.Response { return b.post("/session/extend") },
		func() *http.Response { return b.saveProfile("full_name", "Sari "+p.db.Clock.Now().Format("150405")) },
		func() *http.Response { return b.get("/production/dashboard") },
	}
	tokens := map[string]bool{}
	for age := step; age < life; age += step {
		p.db.Clock.Move(step)
		if r := acts[int(age/step)%len(acts)](); r.StatusCode >= 400 || strings.HasPrefix(r.Header.Get("Location"), "/login") {
			t.Fatalf("after %s: %s to %q", age, r.Status, r.Header.Get("Location"))
		}
		tokens[b.cookies[sessionCookie]] = true
	}
	p.db.Clock.Move(step - time.Millisecond)
	b.post(reveal, "proof_password", password)
	if !b.isIn() {
		t.Error("the session was over 1 ms before its end")
	}
	p.db.Clock.Move(time.Millisecond)
	if b.isIn() {
		t.Error("the session lived at its end")
	}
	if want := int(life/step) / 5; len(tokens) < want/2 {
		t.Errorf("%d tokens, want about %d: the proofs renewed nothing", len(tokens), want)
	}
}

// C027: after the password was typed again the browser has another token, and the one before is dead at once.
func TestAProofChangesTheToken(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	reveal := "/sandbox/settings/access-keys/" + b.keyID() + "/reveal"
	p.db.Clock.Move(auth.ProofLife + time.Millisecond)
	old := b.cookies[sessionCookie]
	if r := b.post(reveal, proofField, "not the right password"); r.StatusCode != http.StatusUnprocessableEntity || b.cookies[sessionCookie] != old {
		t.Errorf("wrong password: %s", r.Status)
	}
	if r := b.post(reveal, proofField, password); r.StatusCode != http.StatusOK {
		t.Fatalf("right password: %s", r.Status)
	}
	thief := p.browser(t)
	thief.cookies[sessionCookie] = old
	if b.cookies[sessionCookie] == old || thief.isIn() {
		t.Error("the old token works")
	}
	if !b.isIn() {
		t.Error("the new token does not work")
	}
}
