package web

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"html"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

const snapNotificationPath = "/sandbox" + snapSettingsPath

// registered is a member whose merchant has BI-SNAP credentials in Sandbox.
func (p *portal) registered(t *testing.T) *browser {
	t.Helper()
	b := p.member(t, "a@example.test", "0811111111")
	if r := b.post(sandboxSnap, "public_key", aPublicKey(t)); r.StatusCode != http.StatusOK {
		t.Fatal(r.Status)
	}
	return b
}

// savesPrefix saves a prefix in Sandbox and gives the page that follows.
func (b *browser) savesPrefix(version, prefix string) string {
	b.t.Helper()
	if r := b.post(snapNotificationPath, "version", version, prefixField, prefix); r.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%s\n%s", r.Status, body(b.t, r))
	}
	return body(b.t, b.get(snapNotificationPath))
}

// privateKey opens the key pair of Sandbox as the database has it.
func (p *portal) privateKey(t *testing.T) (*rsa.PrivateKey, keys.NotificationKey, []byte) {
	t.Helper()
	k, err := p.db.NotificationKeys().Of(t.Context(), p.merchantOf(t, "a@example.test"), ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	box, err := p.db.Keysets().Environment(ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	der, err := box.Open(k.Sealed, keys.NotificationLabel(k.Merchant, ids.Sandbox, k.ID))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	private, isRSA := parsed.(*rsa.PrivateKey)
	if !isRSA || private.N.BitLen() != 2048 {
		t.Fatalf("it is a %T", parsed)
	}
	return private, k, der
}

func TestAPrefixWaitsForTheCredentials(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	page := body(t, b.get(snapNotificationPath))
	if !strings.Contains(page, "BI-SNAP credentials come first") || !strings.Contains(page, `href="`+sandboxSnap+`"`) || strings.Contains(page, `name="`+prefixField) {
		t.Errorf("the page:\n%s", page)
	}
	before := p.db.Dump(t)
	for _, prefix := range []string{"https://toko.id", "", "nothing"} {
		r := b.post(snapNotificationPath, "version", "0", prefixField, prefix)
		if page := body(t, r); r.StatusCode != http.StatusConflict || !strings.Contains(page, "There are no BI-SNAP credentials in this environment yet") {
			t.Errorf("%q: %s\n%s", prefix, r.Status, page)
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); strings.Contains(diff, "settings") || strings.Contains(diff, "notification_keys") {
		t.Errorf("changed:\n%s", diff)
	}
}

// map-facts section 3: one prefix, a path per product, virtual accounts as before; saving it makes the key pair, and the page has the public key.
func TestTheFirstPrefixMakesTheKeyPairThatSigns(t *testing.T) {
	p := newPortal(t)
	b := p.registered(t)
	if page := body(t, b.get(snapNotificationPath)); strings.Contains(page, "BEGIN PUBLIC KEY") || !strings.Contains(page, "makes the key pair") || !strings.Contains(page, ">…/v1.0/debit/notify<") {
		t.Errorf("before:\n%s", page)
	}
	b.post("/sandbox"+paymentPath, "version", "0", "payment_notification_url", "https://toko.id/va")
	page := b.savesPrefix("0", "https://api.toko.id/snap/")
	for _, want := range []string{
		">https://api.toko.id/snap/v1.0/debit/notify<", ">https://api.toko.id/snap/v1.0/qr/qr-mpm-notify<", ">https://toko.id/va<", "Changed: BI-SNAP Notification URL (prefix).",
		`value="https://api.toko.id/snap"`, "POST:path:lowercase hex SHA-256(minified body):timestamp",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	private, k, _ := p.privateKey(t)
	shown := html.UnescapeString(regexpIn(t, `-----BEGIN PUBLIC KEY-----[^<]+-----END PUBLIC KEY-----`, page))
	if !strings.Contains(page, fingerprintOf(t, shown)) {
		t.Error("the fingerprint is of another key")
	}
	verifies(t, private, shown)
	b.savesPrefix("1", "https://lain.id")
	if page := b.savesPrefix("2", ""); !strings.Contains(page, strings.Split(shown, "\n")[1]) {
		t.Error("without a prefix the key pair is gone")
	}
	if _, again, _ := p.privateKey(t); again.ID != k.ID {
		t.Error("another prefix made another key pair")
	}
	if n := strings.Count(strings.Join(p.db.Dump(t), "\n"), string(activity.NotificationKeyMade)); n != 1 {
		t.Errorf("%d entries of a key pair", n)
	}
}

// verifies signs as the portal is to sign notifications, and checks it as a merchant does with the key that is shown.
func verifies(t *testing.T, private *rsa.PrivateKey, shown string) {
	t.Helper()
	digest := sha256.Sum256([]byte(`{"a":1}`))
	text := sha256.Sum256([]byte("POST:/snap/v1.0/debit/notify:" + hex.EncodeToString(digest[:]) + ":2026-11-20T23:22:08+07:00"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, text[:])
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode([]byte(shown))
	if block == nil || len(strings.TrimSpace(string(rest))) > 0 {
		t.Fatalf("no PEM: %q", shown)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, text[:], signature); err != nil { //nolint:forcetypeassert // a test may panic
		t.Error(err)
	}
}

func fingerprintOf(t *testing.T, text string) string {
	t.Helper()
	_, fingerprint, err := keys.ParsePublicKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return fingerprint
}

func TestOfParallelFirstPrefixesOneMakesTheKeyPair(t *testing.T) {
	p := newPortal(t)
	b := p.registered(t)
	who := activity.Actor{Merchant: p.merchantOf(t, "a@example.test")}
	var ready, wg sync.WaitGroup
	const many = 4
	ready.Add(many)
	for range many {
		wg.Go(func() { // all have drawn a pair before the first one keeps it
			keep, err := p.Keys.PrepareNotificationKey(t.Context(), who.Merchant, ids.Sandbox)
			ready.Done()
			if err != nil {
				t.Error(err)
				return
			}
			ready.Wait()
			if err := p.db.Do(t.Context(), func(ctx context.Context) error { return keep(ctx, who) }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, first, _ := p.privateKey(t)
	b.savesPrefix("0", "https://toko.id")
	if _, k, _ := p.privateKey(t); k.ID != first.ID {
		t.Error("the pair was made anew")
	}
	rows := p.db.Dump(t)
	if n := storetest.Count(rows, "notification_keys"); n != 1 || strings.Count(strings.Join(rows, "\n"), string(activity.NotificationKeyMade)) != 1 {
		t.Errorf("%d key pairs", n)
	}
}

// A save that is refused leaves no key pair behind: one act, one transaction.
func TestAPrefixThatIsNotSavedMakesNoKeyPair(t *testing.T) {
	p := newPortal(t)
	b := p.registered(t)
	for version, status := range map[string]int{"7": http.StatusConflict, "x": http.StatusConflict} {
		if r := b.post(snapNotificationPath, "version", version, prefixField, "https://toko.id"); r.StatusCode != status {
			t.Errorf("%s: %s", version, r.Status)
		}
	}
	if n := storetest.Count(p.db.Dump(t), "notification_keys"); n != 0 {
		t.Errorf("%d key pairs", n)
	}
}

// C079, C080, C089: the private key is sealed for its row alone and stands nowhere in clear: no page, log, row, file, mail or entry has it.
func TestThePrivateKeyOfNotificationsLeavesNowhere(t *testing.T) {
	p := newPortal(t)
	b := p.registered(t)
	page := b.savesPrefix("0", "https://toko.id")
	private, k, der := p.privateKey(t)
	for _, env := range ids.Environments() {
		for _, label := range [][]byte{
			keys.NotificationLabel("G999999999", ids.Sandbox, k.ID), keys.NotificationLabel(k.Merchant, ids.Production, k.ID), keys.NotificationLabel(k.Merchant, ids.Sandbox, "another"),
		} {
			box, err := p.db.Keysets().Environment(env)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := box.Open(k.Sealed, label); err == nil {
				t.Errorf("it opens in another row, with the keyset of %s", env)
			}
		}
	}
	prime, exponent := private.Primes[0].Bytes(), private.D.Bytes()
	places := p.places(t)
	places["page"], places["integration"], places["log of activity"] = page, body(t, b.get("/sandbox"+integrationPath)), body(t, b.get("/account/activity"))
	if !strings.Contains(places["rows"], string(k.ID)) || !strings.Contains(places["log of activity"], "Key pair for BI-SNAP notifications made") {
		t.Error("nothing says that it was made: this test looks at nothing")
	}
	storetest.WantNone(t, places, map[string]string{
		"a prime": string(prime[:48]), "the exponent": string(exponent[:48]), "a prime in hex": hex.EncodeToString(prime[:24]), "the exponent in decimals": private.D.String()[:48],
		"the PKCS #8": string(der[200:260]), "the PKCS #8 in base64": base64.StdEncoding.EncodeToString(der)[400:448], "a PEM": "PRIVATE KEY-----",
	})
}

// C080: whoever can write into the database alone cannot have merchants trust another key.
func TestAPublicKeyPutInItsPlaceIsNotShown(t *testing.T) {
	p := newPortal(t)
	b := p.registered(t)
	b.savesPrefix("0", "https://toko.id")
	other := aPublicKey(t)
	p.db.Exec(t, `UPDATE notification_keys SET public_key = $1`, other)
	p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
	r := b.get(snapNotificationPath)
	if page := body(t, r); r.StatusCode != http.StatusInternalServerError || strings.Contains(page, "BEGIN PUBLIC KEY") {
		t.Errorf("%s\n%s", r.Status, page)
	}
}

// Without script the preview is of what was typed where that comes back.
func TestTheAddressesOfATypedPrefixArePreviewed(t *testing.T) {
	p := newPortal(t)
	b := p.registered(t)
	b.savesPrefix("0", "https://toko.id")
	r := b.post(snapNotificationPath, "version", "0", prefixField, "https://bücher.id/x/")
	if page := body(t, r); r.StatusCode != http.StatusConflict || !strings.Contains(page, ">https://xn--bcher-kva.id/x/v1.0/qr/qr-mpm-notify<") ||
		!strings.Contains(page, "“bücher.id” is called as xn--bcher-kva.id.") {
		t.Errorf("%s\n%s", r.Status, page)
	}
	for typed, said := range map[string]string{
		"https://toko.id/v1.0/debit/notify": "The prefix ends in /v1.0/debit/notify already", "https://toko.id?a=b": "Take out the ?", "javascript:alert(1)": "begins with http:// or https://",
	} {
		r := b.post(snapNotificationPath, "version", "1", prefixField, typed)
		page := body(t, r)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, said) || !strings.Contains(page, `value="`+typed+`"`) || !strings.Contains(page, ">…/v1.0/debit/notify<") {
			t.Errorf("%s: %s\n%s", typed, r.Status, page)
		}
	}
}

// A copy into an environment without credentials is refused at its field, before anything is copied.
func TestAPrefixIsNotCopiedToWhereThereAreNoCredentials(t *testing.T) {
	p := newPortal(t)
	b := p.registered(t)
	b.savesPrefix("0", "https://toko.id")
	m := p.merchantOf(t, "a@example.test")
	pick := settings.Pick{Page: settings.SnapPage, Fields: []string{prefixField}, From: 1}
	refused := words(p.Catalog.Printer("en"), p.Settings.Review(t.Context(), m, ids.Production, pick))
	if !strings.Contains(refused["bi_snap."+prefixField], "no BI-SNAP credentials") {
		t.Errorf("the review says %v", refused)
	}
	p.activate(t, "a@example.test")
	if r := b.post("/production"+snapPath, "public_key", aPublicKey(t)); r.StatusCode != http.StatusOK {
		t.Fatal(r.Status)
	}
	person, err := p.db.People().ByEmail(t.Context(), "a@example.test")
	if err != nil {
		t.Fatal(err)
	}
	who := activity.Actor{Merchant: m, Person: person.ID}
	if _, err := p.Settings.Copy(t.Context(), who, ids.Production, pick); err != nil {
		t.Fatal(err)
	}
	production, _, err := p.Keys.NotificationKey(t.Context(), m, ids.Production)
	if err != nil {
		t.Fatal(err)
	}
	if _, sandbox, _ := p.privateKey(t); production.Public == sandbox.Public {
		t.Error("both environments have one key pair")
	}
}
