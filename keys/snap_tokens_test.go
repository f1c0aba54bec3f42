package keys_test

import (
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// A token lives no longer than the public key that it was given for, even if its merchant has another one that lives (C085).
func TestATokenEndsWithItsOwnKeyAndNotWithTheLastOne(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	ofOld, _ := m.token(t, "")
	r.db.Clock.Move(time.Minute)
	issued, old, err := r.ReplacePublicKey(t.Context(), r.who, ids.Sandbox, publicPEM(t, &pairs()[1].PublicKey), keys.Hour)
	if err != nil {
		t.Fatal(err)
	}
	second := *m
	second.private = pairs()[1]
	ofNew, _ := second.token(t, "")
	for id, token := range map[string]string{"1": ofOld, "2": ofNew} {
		if got := m.check(t, m.request(token, id, "{}"), ""); got != "" {
			t.Errorf("token %s during the overlap: %q", id, got)
		}
	}
	if err := r.Retire(t.Context(), r.who, ids.Sandbox, old.ID); err != nil {
		t.Fatal(err)
	}
	if got := m.check(t, m.request(ofOld, "3", "{}"), ""); got != keys.BadToken {
		t.Errorf("the token of the retired key: %q", got)
	}
	if got := m.check(t, m.request(ofNew, "4", "{}"), ""); got != "" {
		t.Errorf("the token of %s: %q", issued.ID, got)
	}
}

// Each environment has its own secret and channel: those of the other open nothing with a token of this one, and take no X-EXTERNAL-ID (C088).
func TestATokenGoesWithTheCredentialsOfItsEnvironmentAlone(t *testing.T) {
	r := newSnapRoom(t)
	r.activate(t)
	sandbox, production := r.registered(t, ids.Sandbox, pairs()[0]), r.registered(t, ids.Production, pairs()[1])
	token, _ := sandbox.token(t, ids.Sandbox)
	mixed := *sandbox
	mixed.secret = production.secret
	for _, aimed := range []ids.Environment{"", ids.Sandbox} {
		if got := mixed.check(t, mixed.request(token, "1", "{}"), aimed); got != unknown {
			t.Errorf("the secret of Production, aimed at %q: %q", aimed, got)
		}
	}
	if got := sandbox.check(t, sandbox.request(token, "1", "{}"), ids.Production); got != keys.OtherEnvironment {
		t.Errorf("against Production: %q", got)
	}
	mixed = *sandbox
	mixed.channel = production.channel
	if got := mixed.check(t, mixed.request(token, "1", "{}"), ""); production.channel != sandbox.channel && got != keys.WrongChannel {
		t.Errorf("the channel of Production: %q", got)
	}
	if got := sandbox.check(t, sandbox.request(token, "1", "{}"), ids.Sandbox); got != "" {
		t.Errorf("the id was taken: %q", got)
	}
	other, _ := production.token(t, "")
	if got := production.check(t, production.request(other, "1", "{}"), ""); got != "" {
		t.Errorf("the same id in the other environment: %q", got)
	}
}
