package keys_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// pairs are key pairs of tests: making one takes long.
var pairs = sync.OnceValue(func() (all [2]*rsa.PrivateKey) {
	for i := range all {
		var err error
		if all[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return all
})

// merchantSide is a merchant's program: it signs what it sends.
type merchantSide struct {
	*snapRoom
	env     ids.Environment
	private *rsa.PrivateKey
	secret  string
	channel string
}

// registered registers a key pair in an environment.
func (r *snapRoom) registered(t testing.TB, env ids.Environment, private *rsa.PrivateKey) *merchantSide {
	t.Helper()
	made, err := r.Register(t.Context(), r.who, env, publicPEM(t, &private.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return &merchantSide{r, env, private, made.Secret, made.ChannelID}
}

func (m *merchantSide) tokenRequest(t testing.TB, stamp time.Time) keys.TokenRequest {
	t.Helper()
	r := keys.TokenRequest{ClientID: keys.ClientID(m.who.Merchant), Timestamp: stamp.Format("2006-01-02T15:04:05.000Z07:00")}
	digest := sha256.Sum256([]byte(r.ClientID + "|" + r.Timestamp))
	signature, err := rsa.SignPKCS1v15(rand.Reader, m.private, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	r.Signature = base64.StdEncoding.EncodeToString(signature)
	return r
}

// token asks for an access token with a fresh timestamp.
func (m *merchantSide) token(t testing.TB, aimed ids.Environment) (string, keys.Reason) {
	t.Helper()
	token, err := m.IssueToken(t.Context(), m.tokenRequest(t, m.db.Clock.Now()), aimed, from)
	return token, reasonOf(err)
}

func (m *merchantSide) request(token, externalID, body string) keys.SignedRequest {
	r := keys.SignedRequest{
		Method: "POST", Path: "/v1.0/debit/status", Token: token, Body: []byte(body), PartnerID: keys.PartnerID(m.who.Merchant), ChannelID: m.channel,
		ExternalID: externalID, Timestamp: m.db.Clock.Now().Format(time.RFC3339),
	}
	return m.sign(r, body)
}

// sign signs a request over a body in the form that is hashed.
func (m *merchantSide) sign(r keys.SignedRequest, hashed string) keys.SignedRequest {
	mac := hmac.New(sha512.New, []byte(m.secret))
	mac.Write([]byte(keys.RequestText(r.Method, r.Path, r.Token, []byte(hashed), r.Timestamp)))
	r.Signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return r
}

func (m *merchantSide) check(t testing.TB, r keys.SignedRequest, aimed ids.Environment) keys.Reason {
	t.Helper()
	registration, err := m.CheckRequest(t.Context(), r, aimed, from)
	if err == nil && (registration.Merchant != m.who.Merchant || registration.Environment != m.env) {
		t.Errorf("the request is %s's in %s", registration.Merchant, registration.Environment)
	}
	return reasonOf(err)
}

func TestASignatureOpensTheEnvironmentOfItsKeyAlone(t *testing.T) {
	r := newSnapRoom(t)
	r.activate(t)
	sandbox, production := r.registered(t, ids.Sandbox, pairs()[0]), r.registered(t, ids.Production, pairs()[1])
	for _, side := range []*merchantSide{sandbox, production} {
		for _, aimed := range append(ids.Environments(), "") {
			want := keys.Reason("")
			if aimed != "" && aimed != side.env {
				want = keys.OtherEnvironment
			}
			token, got := side.token(t, aimed)
			if got != want || (token == "") == (want == "") {
				t.Errorf("%s's key, aimed at %q: %q, want %q", side.env, aimed, got, want)
			}
		}
		token, _ := side.token(t, "")
		if got := side.check(t, side.request(token, "of-"+string(side.env), "{}"), ""); got != "" {
			t.Errorf("%s: %q", side.env, got)
		}
		other := map[ids.Environment]ids.Environment{ids.Sandbox: ids.Production, ids.Production: ids.Sandbox}[side.env]
		if got := side.check(t, side.request(token, "against-"+string(side.env), "{}"), other); got != keys.OtherEnvironment {
			t.Errorf("%s's token against %s: %q", side.env, other, got)
		}
	}
	token, _ := sandbox.token(t, "")
	if got := production.check(t, production.request(token, "mixed", "{}"), ""); got != unknown {
		t.Errorf("Production's secret with Sandbox's token: %q", got)
	}
}

// Whatever is wrong with a signature, the answer is that for a Client ID that nobody has.
func TestAWrongSignatureTellsNothing(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	now := r.db.Clock.Now()
	stranger := *m
	stranger.private = pairs()[1]
	right := m.tokenRequest(t, now)
	for name, edit := range map[string]func(*keys.TokenRequest){
		"another key":     func(q *keys.TokenRequest) { *q = stranger.tokenRequest(t, now) },
		"another time":    func(q *keys.TokenRequest) { q.Timestamp = now.Add(time.Second).Format(time.RFC3339) },
		"a stale one":     func(q *keys.TokenRequest) { *q = stranger.tokenRequest(t, now.Add(-time.Hour)) },
		"a nobody":        func(q *keys.TokenRequest) { q.ClientID = "G999999999-SNAP" },
		"no Client ID":    func(q *keys.TokenRequest) { q.ClientID = "rubbish" },
		"no base64":       func(q *keys.TokenRequest) { q.Signature = "%" },
		"no signature":    func(q *keys.TokenRequest) { q.Signature = "" },
		"the Merchant ID": func(q *keys.TokenRequest) { q.ClientID = string(m.who.Merchant) },
	} {
		q := right
		edit(&q)
		if token, err := r.IssueToken(t.Context(), q, "", from); reasonOf(err) != unknown || token != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	refusals, err := r.Uses.Refusals(t.Context(), m.who.Merchant, ids.Sandbox, now)
	if err != nil || len(refusals) != 1 || refusals[0].Reason != keys.BadSignature || refusals[0].Requests != 5 {
		t.Errorf("Refusals = %+v, %v, want five bad signatures", refusals, err)
	}
}

// The window is exact on both sides.
func TestATimestampMayBeFiveMinutesOff(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	const window = 5 * time.Minute
	for i, tt := range []struct {
		off  time.Duration
		want keys.Reason
	}{{0, ""}, {window, ""}, {-window, ""}, {window + time.Millisecond, keys.StaleTimestamp}, {-window - time.Millisecond, keys.StaleTimestamp}, {-1e6 * time.Hour, keys.StaleTimestamp}} {
		stamp := r.db.Clock.Now().Add(tt.off)
		if _, err := r.IssueToken(t.Context(), m.tokenRequest(t, stamp), "", from); reasonOf(err) != tt.want {
			t.Errorf("a token, %s off: %v, want %q", tt.off, err, tt.want)
		}
		request := m.request(token, "id-"+string(rune('a'+i)), "{}")
		request.Timestamp = stamp.Format(time.RFC3339Nano)
		if got := m.check(t, m.sign(request, "{}"), ""); got != tt.want {
			t.Errorf("a request, %s off: %q, want %q", tt.off, got, tt.want)
		}
	}
}

// A token lives 900 seconds, and no longer than the public key that it was given for. It is nowhere in the database.
func TestATokenEndsWithItsTimeOrItsKey(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	if strings.Contains(strings.Join(r.db.Dump(t), "\n"), token[:40]) {
		t.Error("the token is stored")
	}
	r.db.Clock.Move(keys.TokenLife - time.Millisecond)
	if got := m.check(t, m.request(token, "1", "{}"), ""); got != "" {
		t.Errorf("a millisecond before its end: %q", got)
	}
	r.db.Clock.Move(time.Millisecond)
	if got := m.check(t, m.request(token, "2", "{}"), ""); got != keys.BadToken {
		t.Errorf("at its end: %q", got)
	}
	token, _ = m.token(t, "")
	k, _ := r.key(t, ids.Sandbox, keys.PublicKey)
	end := r.db.Clock.Now().Add(time.Minute)
	if err := r.Store.SetEnd(t.Context(), k.Merchant, k.Environment, k.ID, end); err != nil {
		t.Fatal(err)
	}
	if got := m.check(t, m.request(token, "3", "{}"), ""); got != "" {
		t.Errorf("before its key's end: %q", got)
	}
	r.db.Clock.Move(time.Minute)
	if got := m.check(t, m.request(token, "4", "{}"), ""); got != keys.BadToken {
		t.Errorf("at its key's end: %q", got)
	}
	if _, got := m.token(t, ""); got != unknown {
		t.Errorf("a token for a key that has ended: %q", got)
	}
}

// A text that is no token, or was changed, is nobody's: nothing is counted.
func TestOnlySealedTokensOpen(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	k, _ := r.key(t, ids.Sandbox, keys.PublicKey)
	for name, no := range map[string]string{
		"nothing": "", "rubbish": "rubbish", "changed": token[:len(token)-6] + "AAAAAA", "longer": token + "AAAA", "cut off": token[:60],
		"another thing sealed by the same box": base64.RawURLEncoding.EncodeToString(k.Sealed), "padded": token + "=",
	} {
		if _, err := r.CheckRequest(t.Context(), m.request(no, "1", "{}"), "", from); err == nil || err.Error() != keys.ErrToken.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if refusals, err := r.Uses.Refusals(t.Context(), m.who.Merchant, ids.Sandbox, r.db.Clock.Now()); err != nil || len(refusals) > 0 {
		t.Errorf("Refusals = %+v, %v", refusals, err)
	}
}

// A token costs one statement and no write, from the second request on.
func TestATokenCostsOneStatement(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	m.token(t, "")
	m.token(t, "")
	q := m.tokenRequest(t, r.db.Clock.Now())
	r.db.Statements()
	if _, err := r.IssueToken(t.Context(), q, "", from); err != nil {
		t.Fatal(err)
	}
	if reads, writes := r.db.Statements(); len(reads) != 1 || len(writes) != 0 {
		t.Errorf("%d reads, %d writes: %s", len(reads), len(writes), append(reads, writes...))
	}
}

// A token of one node is one of all: nothing but the keyset is needed to open it.
func TestATokenOfOneNodeOpensOnAnother(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	other := r.db.Another(t)
	r.Service = &keys.Service{
		Store: other.Keys(), Current: other.CurrentKeys(), Registrations: other.SnapRegistrations(), Uses: other.Uses(), ExternalIDs: other.ExternalIDs(),
		Sealer: other.Keysets(), Now: r.db.Clock.Now, Tolerance: r.Tolerance,
	}
	if got := m.check(t, m.request(token, "1", "{}"), ids.Sandbox); got != "" {
		t.Errorf("%q", got)
	}
}
