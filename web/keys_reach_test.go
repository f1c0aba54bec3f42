package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// C092: what a key of Production was refused for is told to nobody who may not see Production, wherever it was shown; they are told of their own.
func TestSandboxStaffLearnsNothingOfProductionKeys(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	b := p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.SandboxStaff)
	m, now := p.merchantOf(t, "a@example.test"), p.db.Clock.Now()
	p.db.Uses().Refuse(m, keys.Refusal{Environment: ids.Production, Reason: keys.OtherEnvironment, Key: "production-key", At: now, From: "203.0.113.5"})
	p.db.Uses().Refuse(m, keys.Refusal{Environment: ids.Sandbox, Reason: keys.BadSignature, At: now, From: "203.0.113.6"})
	page := body(t, b.get(keysPages))
	wantOn(t, page, "203.0.113.6")
	wantNotOn(t, page, "203.0.113.5", "production-key", "/production", "Production key")
}

// A public key that Production has is refused in Sandbox, without a word about Production to who may not see it (C090, C092).
func TestAKnownPublicKeyTellsNothingOfAnEnvironmentThatIsClosedToTheAsker(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	who := p.actorOf(t, "a@example.test")
	if err := p.Keys.Issue(t.Context(), who.Merchant, ids.Production, p.db.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	known := aPublicKey(t)
	if _, err := p.Keys.Register(t.Context(), who, ids.Production, known); err != nil {
		t.Fatal(err)
	}
	b := p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.SandboxStaff)
	refused := b.post(sandboxSnap, "public_key", known, proofField, password)
	page := says(t, "a known key", refused, http.StatusUnprocessableEntity, "This public key cannot be registered here", "make another pair")
	wantNotOn(t, page, "in Production", "production")
}

// What was pasted into a field of the bench that is for something else is not in the answer, however the text that is signed is put together (C089).
func TestTheBenchDoesNotShowASecretThatStandsInAnotherField(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	secret := keys.Generate(ids.Sandbox, keys.Secret)
	for _, field := range []string{"timestamp", "client_id", signatureField, headersField} {
		if page := body(t, b.post(keysPages+"/signature", field, secret)); strings.Contains(page, secret) {
			t.Errorf("the token's form shows %s", field)
		}
	}
	for _, field := range []string{"timestamp", "method", "path", tokenField, signatureField, bodyField, headersField} {
		if page := body(t, b.post(keysPages+"/signature/request", field, secret)); strings.Contains(page, secret[:6]) || strings.Contains(page, secret[26:]) {
			t.Errorf("the request's form shows %s", field)
		}
	}
}

// undoneMeanwhile is a store in which a rotation is undone between the look at the old key and the act.
type undoneMeanwhile struct {
	keys.Store
	undo func()
}

// Get implements keys.Store.
func (s *undoneMeanwhile) Get(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID) (keys.Key, error) {
	k, err := s.Store.Get(ctx, m, env, id)
	if undo := s.undo; undo != nil {
		s.undo = nil
		undo()
	}
	return k, err
}

// In Production a key never ends at once without the Merchant ID typed, not even one that had an end when the form was looked at.
func TestAKeyWhoseRotationIsUndoneMeanwhileDoesNotEndUnconfirmed(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.activate(t, "a@example.test")
	p.db.Clock.Move(time.Minute)
	old := p.serverKey(t, "a@example.test", ids.Production)
	path := "/production/settings/access-keys/" + string(old.ID) + "/rotate"
	b.post(path, "overlap", "24h")
	issued, who := p.serverKey(t, "a@example.test", ids.Production), p.actorOf(t, "a@example.test")
	p.Keys.Store = &undoneMeanwhile{p.Keys.Store, func() {
		if err := p.Keys.Undo(t.Context(), who, ids.Production, issued.ID); err != nil {
			t.Error(err)
		}
	}}
	b.post(path, "overlap", "now")
	if k, err := p.Keys.Get(t.Context(), who.Merchant, ids.Production, old.ID); err != nil || !k.EndsAt.IsZero() {
		t.Errorf("the key ends at %v, %v", k.EndsAt, err)
	}
}

// C090: of two fields neither is overlooked: what is not looked at would be carried along by the page that asks for the password.
func TestASecondPublicKeyFieldIsNotOverlooked(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	private, public := aPrivateKey(t), aPublicKey(t)
	p.db.Clock.Move(auth.ProofLife + time.Second)
	for _, path := range []string{sandboxSnap, sandboxSnap + "/replace"} {
		form := url.Values{"public_key": {public, private}, "overlap": {"24h"}}
		answer := b.send(b.request(http.MethodPost, path, form))
		page := says(t, path, answer, http.StatusUnprocessableEntity, `id="public_key-error"`)
		wantNotOn(t, page, proofField, strings.Split(private, "\n")[4])
	}
}

// C084: a public key is replaced after a fresh password alone; what was pasted waits for it.
func TestAReplacementWaitsForThePassword(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.snapOf(t, "a@example.test")
	p.db.Clock.Move(auth.ProofLife + time.Second)
	pasted := aPublicKey(t)
	says(t, "asked", b.post(sandboxSnap+"/replace", "public_key", pasted, "overlap", "24h"), http.StatusUnprocessableEntity, proofField, `name="overlap" value="24h"`)
	says(t, "a wrong one", b.post(sandboxSnap+"/replace", "public_key", pasted, "overlap", "24h", proofField, "wrong"), http.StatusUnprocessableEntity, proofField)
	live := func() (n int) {
		owned, err := p.Keys.SnapKeys(t.Context(), p.merchantOf(t, "a@example.test"), ids.Sandbox)
		if err != nil {
			t.Fatal(err)
		}
		return len(owned.Public)
	}
	if n := live(); n != 1 {
		t.Errorf("%d keys work", n)
	}
	if r := b.post(sandboxSnap+"/replace", "public_key", pasted, "overlap", "24h", proofField, password); r.StatusCode != http.StatusSeeOther {
		t.Errorf("with the password: %s", r.Status)
	}
	if n := live(); n != 2 {
		t.Errorf("%d keys work", n)
	}
}

// C115: a server key that somebody put into an address is not in the log.
func TestAKeyInAnAddressIsNotLogged(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	before := strings.Count(p.log.String(), "msg=request")
	key := keys.Generate(ids.Sandbox, keys.Server)
	for _, path := range []string{"/v3/" + key + "/status", "/" + key, "/login/" + key} {
		if r := b.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s", r.Status)
		}
	}
	if log := p.log.String(); strings.Contains(log, key) || strings.Count(log, "msg=request") != before+3 {
		t.Error(log)
	}
}
