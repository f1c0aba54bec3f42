package api

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"merchant-portal/keys"
)

// program is a merchant's program for BI-SNAP, written after the documents and not with the portal's own functions.
type program struct {
	d       *door
	private *rsa.PrivateKey
	made    keys.Registered
}

func (d *door) program(t testing.TB) program {
	t.Helper()
	private, made := d.registerSnap(t)
	return program{d, private, made}
}

// tokenHeaders are the headers of a request for a token.
func (p program) tokenHeaders(t testing.TB, timestamp string) map[string]string {
	t.Helper()
	clientID := string(p.made.Merchant) + "-SNAP"
	digest := sha256.Sum256([]byte(clientID + "|" + timestamp))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.private, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"X-CLIENT-KEY": clientID, "X-TIMESTAMP": timestamp, "X-SIGNATURE": base64.StdEncoding.EncodeToString(signature), "Content-Type": "application/json",
	}
}

// statusHeaders are the headers of a signed request.
func (p program) statusHeaders(token, externalID, body string) map[string]string {
	timestamp := p.now()
	digest := sha256.Sum256([]byte(body))
	mac := hmac.New(sha512.New, []byte(p.made.Secret))
	mac.Write([]byte("POST:/v1.0/debit/status:" + token + ":" + hex.EncodeToString(digest[:]) + ":" + timestamp))
	return map[string]string{
		"Authorization": "Bearer " + token, "X-PARTNER-ID": string(p.made.Merchant), "X-EXTERNAL-ID": externalID, "CHANNEL-ID": p.made.ChannelID,
		"X-TIMESTAMP": timestamp, "X-SIGNATURE": base64.StdEncoding.EncodeToString(mac.Sum(nil)), "Content-Type": "application/json",
	}
}

func (p program) now() string { return p.d.db.Clock.Now().Format("2006-01-02T15:04:05-07:00") }

func (p program) post(path, body string, headers map[string]string) *http.Response {
	var list []string
	for name, value := range headers {
		list = append(list, name, value)
	}
	return p.d.send(http.MethodPost, sandboxHost, path, body, list...)
}

const (
	tokenPath  = "/v1.0/access-token/b2b"
	statusPath = "/v1.0/debit/status"
	grant      = `{"grantType":"client_credentials"}`
	question   = `{"originalPartnerReferenceNo":"order-1","serviceCode":"54"}`
)

func (p program) token(t testing.TB) string {
	t.Helper()
	token, _ := body(t, p.post(tokenPath, grant, p.tokenHeaders(t, p.now())))["accessToken"].(string)
	if token == "" {
		t.Fatal("no token")
	}
	return token
}

// answers asserts the code of an answer, and that its HTTP status is the code's.
func answers(t *testing.T, name string, answer *http.Response, code, says string) {
	t.Helper()
	fields := body(t, answer)
	if fields["responseCode"] != code || !strings.HasPrefix(answer.Status, code[:3]) || fields["responseMessage"] != says {
		t.Errorf("%s: %s %v, want %s %q", name, answer.Status, fields, code, says)
	}
}

func TestAnAccessTokenIsAnsweredAsDocumented(t *testing.T) {
	d := newDoor(t)
	p := d.program(t)
	for _, body := range []string{grant, `{"grant_type":"client_credentials"}`, `{"grantType":"client_credentials","grant_type":"client_credentials","additionalInfo":{}}`} {
		answers(t, body, p.post(tokenPath, body, p.tokenHeaders(t, p.now())), "2007300", "Successful")
	}
	now := d.db.Clock.Now()
	for _, timestamp := range []string{
		now.Format("2006-01-02T15:04:05.000Z"), now.Format("2006-01-02T15:04:05+00:00"), now.Format("2006-01-02T15:04:05.000000000Z"),
		now.In(time.FixedZone("", 7*3600)).Format("2006-01-02T15:04:05-07:00"),
	} {
		answers(t, timestamp, p.post(tokenPath, grant, p.tokenHeaders(t, timestamp)), "2007300", "Successful")
	}
	fields := body(t, p.post(tokenPath, grant, p.tokenHeaders(t, p.now())))
	if fields["tokenType"] != "Bearer" || fields["expiresIn"] != "900" || fields["accessToken"] == "" || len(fields) != 5 {
		t.Errorf("%v", fields)
	}
}

func TestWhatIsWrongWithATokenRequestHasItsCode(t *testing.T) {
	d := newDoor(t)
	p := d.program(t)
	for name, tt := range map[string]struct {
		body, header, value string
		code, says          string
	}{
		"no body":            {"", "", "", "4007300", errBadBody.Error()},
		"no object":          {"[]", "", "", "4007300", errBadBody.Error()},
		"null":               {"null", "", "", "4007300", errBadBody.Error()},
		"bad UTF-8":          {"{\"grantType\":\"\xff\"}", "", "", "4007300", errBadBody.Error()},
		"no grant":           {"{}", "", "", "4007302", "Invalid Mandatory Field grantType"},
		"null grant":         {`{"grantType":null}`, "", "", "4007302", "Invalid Mandatory Field grantType"},
		"another grant":      {`{"grantType":"password"}`, "", "", "4007301", "Invalid Field Format grantType"},
		"two grants":         {`{"grantType":"client_credentials","grant_type":"password"}`, "", "", "4007301", "Invalid Field Format grantType"},
		"a number":           {`{"grantType":1e999}`, "", "", "4007301", "Invalid Field Format grantType"},
		"other letters":      {`{"GRANTTYPE":"client_credentials"}`, "", "", "4007302", "Invalid Mandatory Field grantType"},
		"no Client ID":       {grant, "X-CLIENT-KEY", "", "4007302", "Invalid Mandatory Field X-CLIENT-KEY"},
		"no time":            {grant, "X-TIMESTAMP", "", "4007302", "Invalid Mandatory Field X-TIMESTAMP"},
		"an odd time":        {grant, "X-TIMESTAMP", "today", "4007301", "Invalid Field Format X-TIMESTAMP"},
		"no signature":       {grant, "X-SIGNATURE", "", "4007302", "Invalid Mandatory Field X-SIGNATURE"},
		"a wrong signature":  {grant, "X-SIGNATURE", "eA==", "4017300", deniedSnap},
		"an unknown client":  {grant, "X-CLIENT-KEY", "G999999999-SNAP", "4017300", deniedSnap},
		"form content":       {"grantType=client_credentials", "Content-Type", "application/x-www-form-urlencoded", "4157300", errBadType.Error()},
		"compressed content": {grant, "Content-Encoding", "gzip", "4157300", errBadType.Error()},
		"too large":          {strings.Repeat(" ", smallBody+1), "", "", "4137300", errTooLarge.Error()},
	} {
		headers := maps.Clone(p.tokenHeaders(t, p.now()))
		if tt.header != "" {
			headers[tt.header] = tt.value
		}
		answers(t, name, p.post(tokenPath, tt.body, headers), tt.code, tt.says)
	}
	headers := p.tokenHeaders(t, d.db.Clock.Now().Add(-5*time.Minute-time.Second).Format(time.RFC3339))
	answers(t, "a stale time", p.post(tokenPath, grant, headers), "4017300", "Unauthorized. X-TIMESTAMP is too far from the time of this server")
	var list []string
	for name, value := range p.tokenHeaders(t, p.now()) {
		list = append(list, name, value)
	}
	answers(t, "against Production", d.send(http.MethodPost, productionHost, tokenPath, grant, list...), "4017300",
		"Unauthorized. This key belongs to Sandbox, and this host is for Production; use the Production key here, or the Sandbox host")
	answers(t, "two clients", d.send(http.MethodPost, sandboxHost, tokenPath, grant, append(list, "X-CLIENT-KEY", "G100000001-SNAP")...), "4007301",
		"Invalid Field Format X-CLIENT-KEY")
}

func TestASignedRequestIsAnsweredAsDocumented(t *testing.T) {
	d := newDoor(t)
	p := d.program(t)
	token := p.token(t)
	answers(t, "right", p.post(statusPath, question, p.statusHeaders(token, "id-1", question)), "4045501", "Transaction Not Found")
	answers(t, "again", p.post(statusPath, question, p.statusHeaders(token, "id-1", question)), "4095500",
		"Conflict. This X-EXTERNAL-ID was used in the last 24 hours")
	spaced := strings.ReplaceAll(question, ",", ", \n")
	answers(t, "hashed minified", p.post(statusPath, spaced, p.statusHeaders(token, "id-2", question)), "4045501", "Transaction Not Found")
	for name, tt := range map[string]struct {
		body, header, value string
		code, says          string
	}{
		"no token":          {question, "Authorization", "", "4005502", "Invalid Mandatory Field Authorization"},
		"another scheme":    {question, "Authorization", "Basic eA==", "4015501", "Invalid Token (B2B)"},
		"another token":     {question, "Authorization", "Bearer eA", "4015501", "Invalid Token (B2B)"},
		"no partner":        {question, "X-PARTNER-ID", "", "4005502", "Invalid Mandatory Field X-PARTNER-ID"},
		"another partner":   {question, "X-PARTNER-ID", "G1", "4015500", "Unauthorized. X-PARTNER-ID is not that of this Client ID"},
		"no channel":        {question, "CHANNEL-ID", "", "4005502", "Invalid Mandatory Field CHANNEL-ID"},
		"another channel":   {question, "CHANNEL-ID", "1", "4015500", "Unauthorized. CHANNEL-ID is not that of this Client ID"},
		"no X-EXTERNAL-ID":  {question, "X-EXTERNAL-ID", "", "4005502", "Invalid Mandatory Field X-EXTERNAL-ID"},
		"a long one":        {question, "X-EXTERNAL-ID", strings.Repeat("1", 37), "4005501", "Invalid Field Format X-EXTERNAL-ID"},
		"no time":           {question, "X-TIMESTAMP", "", "4005502", "Invalid Mandatory Field X-TIMESTAMP"},
		"an odd time":       {question, "X-TIMESTAMP", "1", "4005501", "Invalid Field Format X-TIMESTAMP"},
		"no signature":      {question, "X-SIGNATURE", "", "4005502", "Invalid Mandatory Field X-SIGNATURE"},
		"a wrong signature": {question, "X-SIGNATURE", "eA==", "4015500", deniedSnap},
		"no transaction":    {"{}", "", "", "4005502", "Invalid Mandatory Field originalPartnerReferenceNo"},
		"a number":          {`{"originalPartnerReferenceNo":1}`, "", "", "4005501", "Invalid Field Format originalPartnerReferenceNo"},
		"no JSON":           {"x", "", "", "4005500", errBadBody.Error()},
	} {
		headers := p.statusHeaders(token, "id-3", tt.body)
		if tt.header != "" {
			headers[tt.header] = tt.value
		}
		answers(t, name, p.post(statusPath, tt.body, headers), tt.code, tt.says)
	}
	answers(t, "after all that", p.post(statusPath, question, p.statusHeaders(token, "id-3", question)), "4045501", "Transaction Not Found")
	d.db.Clock.Move(keys.TokenLife)
	answers(t, "900 seconds later", p.post(statusPath, question, p.statusHeaders(token, "id-4", question)), "4015501", "Invalid Token (B2B)")
	for _, secret := range []string{token, p.made.Secret} { // C089
		if strings.Contains(d.log.String(), secret) || strings.Contains(strings.Join(d.db.Dump(t), "\n"), secret) {
			t.Errorf("%q is in the log or the database", secret)
		}
	}
}
