package keys_test

import (
	"testing"

	"merchant-portal/keys"
)

func TestHeaderLinesAreReadAsPeoplePasteThem(t *testing.T) {
	want := keys.SentHeaders{ClientID: benchClient, Timestamp: stamp, Signature: "abc+/=="}
	for name, text := range map[string]string{
		"plain":       "Content-Type: application/json\nX-CLIENT-KEY: " + benchClient + "\nX-TIMESTAMP: " + stamp + "\nX-SIGNATURE: abc+/==",
		"small, CRLF": "x-client-key:" + benchClient + "\r\nx-timestamp:" + stamp + "\r\nx-signature:abc+/==\r\n",
		"curl": "curl https://api.example.test/v1.0 \\\n  -H 'X-CLIENT-KEY: " + benchClient + "' \\\n  --header \"X-TIMESTAMP: " + stamp +
			"\" \\\n  -H 'X-SIGNATURE: abc+/==' \\\n  -d '{}'",
		"curl -v": "> X-CLIENT-KEY: " + benchClient + "\n> X-TIMESTAMP: " + stamp + "\n> X-SIGNATURE: abc+/==",
	} {
		if got := keys.ReadHeaders(text); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	want = keys.SentHeaders{Method: "POST", Path: "/v1.0/debit/status", Token: "Bearer abc", Timestamp: stamp + " "}
	if got := keys.ReadHeaders("> POST /v1.0/debit/status HTTP/1.1\n> Authorization: Bearer abc\nX-TIMESTAMP: " + stamp + " \n"); got.Method != want.Method || got.Path != want.Path || got.Token != want.Token {
		t.Errorf("a transaction request: %+v", got)
	}
	if got := keys.ReadHeaders("nothing of the kind\n\x00:\n"); got != (keys.SentHeaders{}) {
		t.Errorf("no headers: %+v", got)
	}
}

func TestASecretInTheWrongFieldIsKnown(t *testing.T) {
	for text, want := range map[string]bool{
		"SB-Mid-server-abcdefghijklmnopqrstuvwx": true, `{"key":"Mid-server-abcdefghijklmnopqrstuvwx"}`: true, " " + benchSecret + "\n": true,
		"-----BEGIN PRIVATE KEY-----\nMII": true, benchClient: false, "SB-Mid-client-abcdefghijklmnop": false, stamp: false, benchPath: false, benchBody: false, "": false,
	} {
		if got := keys.HoldsSecret(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
