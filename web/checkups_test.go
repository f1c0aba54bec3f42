package web

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

const keysPages = "/sandbox/settings/access-keys"

// text is what people read on a page: without markup, its white space made one.
func text(t testing.TB, answer *http.Response) string {
	t.Helper()
	page := regexp.MustCompile(`(?s)<head>.*?</head>|<[^>]*>`).ReplaceAllString(body(t, answer), " ")
	return strings.Join(strings.Fields(html.UnescapeString(page)), " ")
}

func (p *portal) actorOf(t testing.TB, email string) activity.Actor {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	return activity.Actor{Merchant: person.Merchant, Person: person.ID, Address: "192.0.2.1"}
}

// serverKeyText is the text of the server key of somebody's merchant.
func (p *portal) serverKeyText(t *testing.T, email string, env ids.Environment) string {
	t.Helper()
	_, secret, err := p.Keys.Reveal(t.Context(), p.actorOf(t, email), env, p.serverKey(t, email, env).ID)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestTheDoctorSaysWhatAKeyIsAndWhatToDo(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := p.serverKeyText(t, "a@example.test", ids.Sandbox)
	for pasted, want := range map[string][]string{
		key: {"Your Server Key of Sandbox", "Yours", "Works", "Not used yet", "Usage of a key", "SB-Mid-server-••••••••••••" + key[len(key)-4:], "https://api.sandbox.example.test"},
		"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(key)):  {"Your Server Key of Sandbox", "the colon after the key is missing"},
		"Mid-server-abcdefghijklmnopqrstu":                                        {"Looks like: Server Key of Production", "Not one of yours", "Characters that are missing: 3."},
		"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----":            {"Looks like: private key", "Make a new pair"},
		"-----BEGIN RSA PUBLIC KEY-----\nMIIE\n-----END RSA PUBLIC KEY-----":      {"PEM"},
		"curl -u " + key + ": https://api.sandbox.example.test/v2/order-1/status": {"Your Server Key of Sandbox", "a whole curl command", "The key is right."},
		"kopi": {"Looks like: no key or credential of this portal"},
		string(p.merchantOf(t, "a@example.test")) + "-SNAP": {"Your BI-SNAP Client ID"},
	} {
		answer := b.post(keysPages+"/doctor", doctorField, pasted)
		page := text(t, answer)
		for _, sentence := range want {
			if answer.StatusCode != http.StatusOK || !strings.Contains(page, sentence) {
				t.Errorf("%.30s…: %s, %q is not in\n%s", pasted, answer.Status, sentence, page)
			}
		}
		if strings.Contains(page, "⟦") {
			t.Errorf("%.30s…: a message is missing:\n%s", pasted, page)
		}
	}
	for pasted, want := range map[string]string{" ": "Nothing was pasted.", strings.Repeat("a", keys.MaxPasted+1): "longer than 64 kB"} {
		if answer := b.post(keysPages+"/doctor", doctorField, pasted); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(t, answer), want) {
			t.Errorf("%.10q: %s", pasted, answer.Status)
		}
	}
	if answer := b.post(keysPages+"/doctor", doctorField, strings.Repeat("a", keptForm)); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %s", answer.Status)
	}
}

// C089: what is pasted, right or not, is nowhere afterwards: not in the page, in no log, not in the database; and nothing is written down of it.
func TestNothingThatIsPastedIsKept(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := p.serverKeyText(t, "a@example.test", ids.Sandbox)
	b.get(keysPages) // so that the notice and the clock of the session are where they will be
	before := p.db.Dump(t)
	const canary = "CANARYcanaryCANARYcanaryCANARY12"
	for path, fields := range map[string][]string{
		"/doctor":    {doctorField, "SB-Mid-server-" + canary[:24]},
		"/signature": {headersField, "X-SOMETHING: " + canary, "client_id", "G999999999-SNAP"},
		"/signature/request": {
			tokenField, canary, headersField, "Authorization: Bearer " + canary, "method", "POST", "path", "/v1.0/debit/status", bodyField, "{}", signatureField, "abcd",
		},
	} {
		for _, extra := range [][]string{nil, {doctorField, key}} {
			page := body(t, b.post(keysPages+path, append(extra, fields...)...))
			if strings.Contains(page, canary[:24]) || strings.Contains(page, key) {
				t.Errorf("%s: the page has what was pasted", path)
			}
		}
	}
	for _, field := range []string{"client_id", "timestamp", "method", "path", signatureField, bodyField} { // a key where none belongs
		for _, path := range []string{"/signature", "/signature/request"} {
			if strings.Contains(body(t, b.post(keysPages+path, field, key)), key) {
				t.Errorf("%s shows a key that was pasted as %s", path, field)
			}
		}
	}
	after := strings.Join(p.db.Dump(t), "\n")
	if after != strings.Join(before, "\n") {
		t.Error("the database has changed")
	}
	for where, said := range map[string]string{"log": p.log.String(), "database": after} {
		if strings.Contains(said, canary[:24]) || strings.Contains(said, key) {
			t.Errorf("the %s has what was pasted", where)
		}
	}
	for _, field := range []string{doctorField, headersField, signatureField, tokenField, bodyField} {
		if !secretField(field) {
			t.Errorf("a form that is kept could hold %s", field)
		}
	}
}

// A stranger's key, one of Production that Sandbox IT Staff pastes, and one that never was get the same page.
func TestTheDoctorTellsNothingOfKeysOfOthers(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	p.activate(t, "a@example.test")
	staff := p.hire(t, "a@example.test", "it@example.test", "0822222222", auth.SandboxStaff)
	other := p.member(t, "b@example.test", "0833333333")
	other.get(keysPages) // the first page has a notice
	staff.get(keysPages)
	for name, tt := range map[string]struct {
		who          *browser
		key, unknown string
	}{
		"a stranger's":  {other, p.serverKeyText(t, "a@example.test", ids.Sandbox), "SB-Mid-server-" + strings.Repeat("a", 24)},
		"of Production": {staff, p.serverKeyText(t, "a@example.test", ids.Production), "Mid-server-" + strings.Repeat("a", 24)},
	} {
		got, want := text(t, tt.who.post(keysPages+"/doctor", doctorField, tt.key)), text(t, tt.who.post(keysPages+"/doctor", doctorField, tt.unknown))
		if got != want || !strings.Contains(got, "Not one of yours") {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestCheckupsAreBoundedPerPersonAndPerMerchant(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	colleagues := []*browser{b}
	for i, email := range []string{"c@example.test", "d@example.test", "e@example.test"} {
		colleagues = append(colleagues, p.hire(t, "a@example.test", email, "082222222"+string(rune('0'+i)), auth.Developer))
	}
	paths := []string{"/doctor", "/signature", "/signature/request"}
	var answered [4]int
	for person, who := range colleagues {
		for i := range 31 {
			switch answer := who.post(keysPages+paths[i%3], doctorField, "x"); answer.StatusCode {
			case http.StatusOK:
				answered[person]++
			case http.StatusTooManyRequests:
				if answer.Header.Get("Retry-After") != "600" || !strings.Contains(text(t, answer), "Try again in 10 minutes.") {
					t.Errorf("Retry-After %q", answer.Header.Get("Retry-After"))
				}
			default:
				t.Fatal(answer.Status)
			}
		}
	}
	if answered != [4]int{30, 30, 30, 10} {
		t.Errorf("%v were answered, want 30 of each person and 100 of all", answered)
	}
	p.db.Clock.Move(10 * time.Minute)
	if answer := b.post(keysPages+"/doctor", doctorField, "x"); answer.StatusCode != http.StatusOK {
		t.Errorf("after ten minutes: %s", answer.Status)
	}
}

// snapOf registers somebody's merchant for BI-SNAP in Sandbox and gives the key pair and the Client Secret.
func (p *portal) snapOf(t testing.TB, email string) (*rsa.PrivateKey, keys.Registered) {
	t.Helper()
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(pair.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	made, err := p.Keys.Register(t.Context(), p.actorOf(t, email), ids.Sandbox, public)
	if err != nil {
		t.Fatal(err)
	}
	return pair, made
}

func signRSA(t testing.TB, pair *rsa.PrivateKey, text string) string {
	t.Helper()
	digest := sha256.Sum256([]byte(text))
	raw, err := rsa.SignPKCS1v15(rand.Reader, pair, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func TestTheBenchOfTokenRequests(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	pair, made := p.snapOf(t, "a@example.test")
	clientID, stamp := string(made.Merchant)+"-SNAP", p.db.Clock.Now().Format(time.RFC3339)
	sign := func(text string) string { return signRSA(t, pair, text) }
	right := sign(clientID + "|" + stamp)
	for name, tt := range map[string]struct {
		fields []string
		want   string
	}{
		"right":        {[]string{"client_id", clientID, "timestamp", stamp, signatureField, right}, "The signature is right."},
		"header lines": {[]string{headersField, "X-CLIENT-KEY: " + clientID + "\r\nX-TIMESTAMP: " + stamp + "\r\nX-SIGNATURE: " + right}, "The signature is right."},
		"a colon":      {[]string{"client_id", clientID, "timestamp", stamp, signatureField, sign(clientID + ":" + stamp)}, "It has to be a vertical bar."},
		"Merchant ID":  {[]string{"client_id", string(made.Merchant), "timestamp", stamp, signatureField, right}, "X-CLIENT-KEY is the Client ID, " + clientID},
		"late": {
			[]string{"client_id", clientID, "timestamp", "2020-01-01T00:00:00Z", signatureField, sign(clientID + "|2020-01-01T00:00:00Z")}, "behind the portal's clock; 5 minutes are allowed",
		},
		"other": {[]string{"client_id", clientID, "timestamp", stamp, signatureField, sign("other")}, made.Fingerprint},
	} {
		answer := b.post(keysPages+"/signature", tt.fields...)
		page := text(t, answer)
		if answer.StatusCode != http.StatusOK || !strings.Contains(page, tt.want) || strings.Contains(page, "⟦") {
			t.Errorf("%s: %s, %q is not in\n%s", name, answer.Status, tt.want, page)
		}
		if !strings.Contains(body(t, b.post(keysPages+"/signature", tt.fields...)), `value="`) || !strings.Contains(page, "What the portal computes") {
			t.Errorf("%s: the form is empty, or the steps are missing", name)
		}
	}
}

func TestTheBenchOfTransactionRequests(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	pair, made := p.snapOf(t, "a@example.test")
	stamp, clientID := p.db.Clock.Now().Format(time.RFC3339), string(made.Merchant)+"-SNAP"
	token, err := p.Keys.IssueToken(t.Context(), keys.TokenRequest{ClientID: clientID, Timestamp: stamp, Signature: signRSA(t, pair, clientID+"|"+stamp)}, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	const sent = `{"a": 1}`
	sign := func(secret, body string) string {
		digest := sha256.Sum256([]byte(body))
		mac := hmac.New(sha512.New, []byte(secret))
		mac.Write([]byte("POST:/v1.0/debit/status:" + token + ":" + hex.EncodeToString(digest[:]) + ":" + stamp))
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	for name, tt := range map[string]struct{ signature, want string }{
		"right":      {sign(made.Secret, `{"a":1}`), "The signature is right."},
		"raw":        {sign(made.Secret, sent), "The body was hashed with its spaces"},
		"server key": {sign(p.serverKeyText(t, "a@example.test", ids.Sandbox), `{"a":1}`), "Signed with the Server Key of Sandbox."},
		"unknown":    {sign("nobody's", `{"a":1}`), "Signed with another secret"},
	} {
		answer := b.post(keysPages+"/signature/request", "method", "POST", "path", "/v1.0/debit/status", tokenField, token, bodyField, sent,
			"timestamp", stamp, signatureField, tt.signature)
		page := body(t, answer)
		if answer.StatusCode != http.StatusOK || !strings.Contains(page, tt.want) || strings.Contains(page, "⟦") {
			t.Errorf("%s: %s, %q is not in\n%s", name, answer.Status, tt.want, page)
		}
		computed := sign(made.Secret, `{"a":1}`)
		if strings.Contains(page, token) || strings.Contains(page, made.Secret) || name != "right" && strings.Contains(html.UnescapeString(page), computed) {
			t.Errorf("%s: the page has the token, the secret, or a signature that is right", name)
		}
		if !strings.Contains(page, token[:6]+"…"+token[len(token)-6:]) || !strings.Contains(html.UnescapeString(page), tt.signature) {
			t.Errorf("%s: what was sent does not come back", name)
		}
	}
}

// What is too long is refused with its reason, and everything else comes back.
func TestTheBenchLeavesOutWhatIsTooLong(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	const small = 4 << 10
	for field, most := range map[string]int{
		headersField: keys.MaxPasted, bodyField: keys.MaxPasted, "path": small, "timestamp": small, "method": small, tokenField: small, signatureField: small,
	} {
		for length, want := range map[int]int{most: http.StatusOK, most + 1: http.StatusUnprocessableEntity} {
			form := map[string]string{"path": "/v1.0/kept", "timestamp": "2026-kept", bodyField: `{"kept":1}`}
			form[field] = strings.Repeat("a", length)
			fields := []string{}
			for name, value := range form {
				fields = append(fields, name, value)
			}
			answer := b.post(keysPages+"/signature/request", fields...)
			page := html.UnescapeString(body(t, answer))
			if answer.StatusCode != want || strings.Contains(page, "What was too long is left out") != (want != http.StatusOK) {
				t.Errorf("%s of %d bytes: %s, want %d", field, length, answer.Status, want)
			}
			for name, value := range form {
				if name != field && !strings.Contains(page, value) {
					t.Errorf("%s of %d bytes: %s is lost", field, length, name)
				}
			}
		}
	}
}

func TestSnippetsHaveWhatIsPublicFilledIn(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	_, made := p.snapOf(t, "a@example.test")
	key, m := p.serverKeyText(t, "a@example.test", ids.Sandbox), string(p.merchantOf(t, "a@example.test"))
	client := regexp.MustCompile(`SB-Mid-client-[A-Za-z0-9_-]{16}`).FindString(body(t, b.get(keysPages)))
	for _, language := range []string{"", "?in=curl", "?in=go", "?in=node", "?in=php", "?in=python", "?in=java"} {
		answer := b.get(keysPages + "/snippets" + language)
		page := html.UnescapeString(body(t, answer))
		for _, want := range []string{
			"https://api.sandbox.example.test", "MIDTRANS_CLIENT_KEY=" + client, m + "-SNAP", "MIDTRANS_SERVER_KEY=\n", "SNAP_CHANNEL_ID=" + made.ChannelID, `aria-current="page"`,
		} {
			if answer.StatusCode != http.StatusOK || !strings.Contains(page, want) {
				t.Errorf("%s: %s, %q is missing", language, answer.Status, want)
			}
		}
		if strings.Contains(page, key) || strings.Contains(page, made.Secret) || strings.Contains(page, "⟦") {
			t.Errorf("%s: a secret is in the page, or a message is missing", language)
		}
	}
	if answer := b.get(keysPages + "/snippets?in=cobol"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown language: %s", answer.Status)
	}
	if page := body(t, b.get("/production/settings/access-keys/snippets")); !strings.Contains(page, "https://api.example.test/v2/") || !strings.Contains(page, "MIDTRANS_CLIENT_KEY=\n") {
		t.Error("Production has not its own host, or a key before it is active")
	}
}
