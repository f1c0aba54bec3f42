package auth_test

import (
	"strings"
	"testing"

	"merchant-portal/auth"
)

// A page that was sent again and again is no guess: it is refused, and locks nobody.
func TestAnAnswerSentAgainIsRefusedAndNotCounted(t *testing.T) {
	r := twoMembers(t)
	d := r.withPasskey(t, budi)
	answer := d.show(r.askSignIn(t))
	wants(t, "the first time", r.enter(t, answer), nil)
	late := d.show(r.askSignIn(t))
	for range 6 {
		wants(t, "sent again", r.enter(t, answer), auth.ErrWrongPasskey)
	}
	r.db.Clock.Move(auth.PasskeyLife)
	for range 6 {
		wants(t, "too late", r.enter(t, late), auth.ErrWrongPasskey)
	}
	wants(t, "the password afterwards", r.CheckPassword(t.Context(), r.who(t, budi), goodPassword), nil)
	wants(t, "the passkey afterwards", r.enter(t, d.show(r.askSignIn(t))), nil)
}

// Password managers say things that nobody asked for. Nothing is read of it, and nobody is kept out by it.
func TestWhatAPasskeySaysUnaskedIsIgnored(t *testing.T) {
	r := twoMembers(t)
	d := newDevice(t)
	talkative := func(a auth.PasskeyAnswer) auth.PasskeyAnswer {
		const silent = `"clientExtensionResults":{}`
		if !strings.Contains(a.Response, silent) {
			t.Fatalf("the answer has no %s", silent)
		}
		a.Response = strings.Replace(a.Response, silent, `"clientExtensionResults":{"credProps":{"rk":true}}`, 1)
		return a
	}
	_, err := r.AddPasskey(t.Context(), r.who(t, budi), chrome, "Laptop", talkative(d.make(r.newPasskey(t, budi))))
	wants(t, "add", err, nil)
	wants(t, "log in", r.enter(t, talkative(d.show(r.askSignIn(t)))), nil)
}
