package web

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

const sandboxSnap = "/sandbox" + snapPath

// aPublicKey is a public key as it is pasted: nobody has the private half.
func aPublicKey(t testing.TB) string {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 2048))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.SetBit(n.SetBit(n, 0, 1), 2047, 1), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// aPrivateKey is one in PKCS #8, as openssl writes it.
func aPrivateKey(t testing.TB) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

var secretShown = regexp.MustCompile(`id="secret" value="([A-Za-z0-9]{32})"`)

// The way: what to do, the answer with the secret, and the page that has it masked and behind the password from then on (C084).
func TestBISNAPIsRegisteredAndTheSecretShownOnce(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	page := body(t, b.get(sandboxSnap))
	for _, command := range keys.PublicKeyCommands() {
		if !strings.Contains(page, command) {
			t.Errorf("the page lacks %s", command)
		}
	}
	r := b.post(sandboxSnap, "public_key", aPublicKey(t))
	shown := secretShown.FindStringSubmatch(body(t, r))
	if r.StatusCode != http.StatusOK || shown == nil {
		t.Fatalf("registered: %s, %v", r.Status, shown)
	}
	m := p.merchantOf(t, "a@example.test")
	registration, err := p.Keys.Registration(t.Context(), m, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	page = body(t, b.get(sandboxSnap))
	for _, want := range []string{`value="` + string(m) + `-SNAP"`, `value="` + string(m) + `"`, `value="` + registration.ChannelID + `"`, shown[1][28:]} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, shown[1]) || strings.Contains(body(t, b.get("/sandbox/settings/access-keys")), shown[1][28:]) {
		t.Error("the secret stands in a page, or among the keys that are none of BI-SNAP")
	}
	link := revealLink.FindString(page)
	p.db.Clock.Move(auth.ProofLife + time.Second)
	if asked := body(t, b.post(link)); strings.Contains(asked, shown[1]) || !strings.Contains(asked, proofField) {
		t.Error("the secret is shown without a fresh password")
	}
	if revealed := body(t, b.post(link, proofField, password)); !strings.Contains(revealed, shown[1]) || !strings.Contains(revealed, "Client Secret") {
		t.Error("the secret is not revealed as a Client Secret")
	}
	if again := b.post(sandboxSnap, "public_key", aPublicKey(t)); again.StatusCode != http.StatusConflict {
		t.Errorf("a second registration: %s", again.Status)
	}
}

// C090: a private key is refused with the reason. It is in no answer, not carried by the page that asks for the password, not stored and not logged.
func TestAPrivateKeyIsNeitherStoredNorLoggedNorShown(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	private, public := aPrivateKey(t), aPublicKey(t)
	pieces := strings.Split(private, "\n")[1:20]
	before := p.db.Dump(t)
	for _, fresh := range []bool{true, false} {
		if !fresh {
			p.db.Clock.Move(auth.ProofLife + time.Second)
			b.get("/sandbox/dashboard")
			before = p.db.Dump(t)
		}
		for _, path := range []string{sandboxSnap, sandboxSnap + "/replace"} {
			for _, text := range []string{private, public + private, strings.Join(pieces, "\n"), "x\n" + strings.Join(pieces[4:], "\n")} {
				r := b.post(path, "public_key", text, "overlap", "24h")
				page := body(t, r)
				if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `id="public_key-error"`) || strings.Contains(page, proofField) {
					t.Errorf("%s, fresh %t: %s, with the reason: %t", path, fresh, r.Status, strings.Contains(page, `id="public_key-error"`))
				}
				for _, piece := range pieces {
					if strings.Contains(page, piece) {
						t.Fatalf("%s, fresh %t: the answer shows of the private key: %s", path, fresh, piece)
					}
				}
			}
		}
		if after := strings.Join(p.db.Dump(t), "\n"); after != strings.Join(before, "\n") {
			t.Error("something was stored")
		}
	}
	for _, piece := range pieces {
		if strings.Contains(p.log.String(), piece) {
			t.Errorf("the log has %s", piece)
		}
	}
}

// What is public comes back as it was typed, with the reason and the command that helps; and what is too large is told so at the field.
func TestARefusedPublicKeyComesBackWithTheReason(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	old := strings.ReplaceAll(aPublicKey(t), "PUBLIC KEY", "RSA PUBLIC KEY")
	r := b.post(sandboxSnap, "public_key", old)
	page := body(t, r)
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, strings.Split(old, "\n")[2]) || !strings.Contains(page, "openssl rsa -RSAPublicKey_in") {
		t.Errorf("%s: kept %t", r.Status, strings.Contains(page, strings.Split(old, "\n")[2]))
	}
	for size, want := range map[int]int{keys.MaxPublicKey + 1: http.StatusUnprocessableEntity, publicKeyForm: http.StatusRequestEntityTooLarge} {
		if r := b.post(sandboxSnap, "public_key", strings.Repeat("x", size)); r.StatusCode != want {
			t.Errorf("%d characters: %s, want %d", size, r.Status, want)
		}
	}
	if r := b.post(sandboxSnap, "public_key", strings.Repeat("\n", keys.MaxPublicKey)); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("64 kB, each byte sent as three: %s", r.Status)
	}
}

// C027, C084: without a fresh password nothing is registered; with it, what was pasted is.
func TestARegistrationWaitsForThePassword(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(auth.ProofLife + time.Second)
	public := aPublicKey(t)
	if page := body(t, b.post(sandboxSnap, "public_key", public)); !strings.Contains(page, proofField) || !strings.Contains(page, strings.Split(public, "\n")[1]) {
		t.Error("no password is asked for, or what was pasted is lost")
	}
	if _, err := p.Keys.Registration(t.Context(), p.merchantOf(t, "a@example.test"), ids.Sandbox); err == nil {
		t.Error("it is registered without the password")
	}
	if r := b.post(sandboxSnap, "public_key", public, proofField, password); r.StatusCode != http.StatusOK || !secretShown.MatchString(body(t, r)) {
		t.Errorf("with the password: %s", r.Status)
	}
}

// C091: Production that is not active says so and registers nothing. Once it is, the key of Sandbox is refused there (C090).
func TestProductionNeedsToBeActiveAndAKeyOfItsOwn(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	public, production := aPublicKey(t), "/production"+snapPath
	if page := body(t, b.get(production)); !strings.Contains(page, "Production is not active yet") || strings.Contains(page, `name="public_key"`) {
		t.Error("the page offers a registration")
	}
	if r := b.post(production, "public_key", public); r.StatusCode != http.StatusConflict {
		t.Errorf("registered before: %s", r.Status)
	}
	p.activate(t, "a@example.test")
	b.post(sandboxSnap, "public_key", public)
	page := body(t, b.post(production, "public_key", public))
	if !strings.Contains(page, "You registered this public key in Sandbox on") || secretShown.MatchString(page) {
		t.Error("the key of Sandbox is not refused with the reason")
	}
	if page := body(t, b.post(production, "public_key", aPublicKey(t))); !secretShown.MatchString(page) {
		t.Error("another key is refused")
	}
}

// C085: another public key, with an overlap; in Production at once only with the Merchant ID typed.
func TestAPublicKeyIsReplaced(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.activate(t, "a@example.test")
	m := string(p.merchantOf(t, "a@example.test"))
	for _, env := range []string{"/sandbox", "/production"} {
		if r := b.get(env + replacePath); r.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: nothing to replace: %s", env, r.Status)
		}
		b.post(env+snapPath, "public_key", aPublicKey(t))
		if page := body(t, b.get(env+snapPath)); !strings.Contains(page, env+replacePath) {
			t.Errorf("%s: no way to replace the key", env)
		}
		page := says(t, "the commands", b.get(env+replacePath), http.StatusOK, "-out new_private_key.pem", "-in new_private_key.pem -pubout -out new_public_key.pem")
		if strings.Contains(page, "-out private_key.pem") {
			t.Errorf("%s: a command writes over the private key in use", env)
		}
	}
	p.db.Clock.Move(time.Minute)
	for _, tt := range []struct {
		env, overlap, typed string
		want                int
	}{
		{"/sandbox", "2h", "", http.StatusUnprocessableEntity}, {"/production", "now", "", http.StatusUnprocessableEntity},
		{"/production", "now", "G000000000", http.StatusUnprocessableEntity}, {"/production", "now", m, http.StatusSeeOther},
		{"/sandbox", "1h", "", http.StatusSeeOther}, {"/sandbox", "1h", "", http.StatusConflict},
	} {
		r := b.post(tt.env+replacePath, "public_key", aPublicKey(t), "overlap", tt.overlap, "typed_merchant", tt.typed)
		if r.StatusCode != tt.want {
			t.Errorf("%+v: %s", tt, r.Status)
		}
	}
	for _, k := range p.publicKeys(t, "a@example.test") {
		if r := b.get(keysList + "/" + string(k.ID) + "/rotate"); r.Header.Get("Location") != "/sandbox"+replacePath {
			t.Errorf("a public key can be rotated: %s", r.Status)
		}
	}
	page := body(t, b.get("/sandbox"+snapPath))
	if strings.Count(page, "Fingerprint (SHA-256)") != 2 || !strings.Contains(page, "Works until") || strings.Contains(page, replacePath) {
		t.Error("the page does not show both keys, the end of the old one, and that there is no third one")
	}
	if page := body(t, b.get("/production"+snapPath)); strings.Count(page, "Fingerprint (SHA-256)") != 1 {
		t.Error("in Production the old key is still shown")
	}
}

// publicKeys are those of Sandbox.
func (p *portal) publicKeys(t *testing.T, email string) []keys.Key {
	t.Helper()
	all, err := p.Keys.List(t.Context(), p.merchantOf(t, email), ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	found := slices.DeleteFunc(slices.Clone(all), func(k keys.Key) bool { return k.Kind != keys.PublicKey })
	if len(found) != 2 {
		t.Fatalf("%d public keys", len(found))
	}
	return found
}

// C089: neither the Client Secret nor the public key stands in a log, an activity entry, a mail or the database.
func TestCredentialsOfBISNAPAreNowhereInClear(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	public := aPublicKey(t)
	answer := b.post(sandboxSnap, "public_key", public)
	secret := secretShown.FindStringSubmatch(body(t, answer))[1]
	p.mails.mu.Lock()
	said := p.log.String() + strings.Join(p.db.Dump(t), "\n") + answer.Header.Get("Location") + fmt.Sprintf("%+v", p.mails.sent)
	p.mails.mu.Unlock()
	for _, canary := range []string{secret, strings.Split(public, "\n")[2]} {
		if strings.Contains(said, canary) {
			t.Errorf("%q stands somewhere", canary)
		}
	}
	if !strings.Contains(said, string(activity.SnapRegistered)) {
		t.Error("nothing says that it happened")
	}
}
