package snippets_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"merchant-portal/keys"
	"merchant-portal/web/snippets"
)

const (
	serverKey = "SB-Mid-server-abcdefghijklmnopqrstuvwx"
	clientID  = "G100000001-SNAP"
	secret    = "abcdefghijklmnopqrstuvwxyz012345"
	token     = "an-access-token"
)

// door answers as the API does where a request is signed rightly, and 401 where it is not.
type door struct{ key *rsa.PrivateKey }

// ServeHTTP implements http.Handler.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	head, right := r.Header.Get, false
	at, timely := keys.ParseTimestamp(head("X-TIMESTAMP"))
	timely = timely && time.Since(at).Abs() < time.Minute
	switch r.Method + " " + r.URL.Path {
	case "GET /v2/order-101/status":
		name, password, basic := r.BasicAuth()
		right = basic && name == serverKey && password == ""
	case "POST /v1.0/access-token/b2b":
		body, _ := keys.Minify(body)
		right = timely && head("X-CLIENT-KEY") == clientID && string(body) == `{"grantType":"client_credentials"}` &&
			keys.VerifyToken(&d.key.PublicKey, keys.TokenText(clientID, head("X-TIMESTAMP")), head("X-SIGNATURE"))
	case "POST /v1.0/debit/status":
		right = timely && head("Authorization") == "Bearer "+token && head("X-PARTNER-ID") == "G100000001" && head("CHANNEL-ID") == "12345" &&
			regexp.MustCompile(`^[!-~]{16,36}$`).MatchString(head("X-EXTERNAL-ID")) &&
			keys.VerifyRequest(secret, keys.RequestText("POST", r.URL.Path, token, body, head("X-TIMESTAMP")), head("X-SIGNATURE"))
	}
	if right && (r.Method == "GET" || head("Content-Type") == "application/json") {
		fmt.Fprint(w, `{"answer":"right"}`) //nolint:errcheck // the program that asks sees it
		return
	}
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, `{"answer":"wrong"}`) //nolint:errcheck // as above
}

// Whoever pastes a snippet, sets the variables that it names and runs it is let in. Of the languages, these two need no tool that a machine for this
// project may lack; of the others the test below reads the words.
func TestSnippetsWorkAsTheyStand(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	keyFile := filepath.Join(folder, "private_key.pem")
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	server := httptest.NewServer(door{key})
	defer server.Close()
	for _, language := range []string{"curl", "go"} {
		for _, call := range []string{snippets.Status, snippets.Token, snippets.Debit} {
			code, err := snippets.Code(language, call, snippets.Names{API: server.URL, ClientID: clientID, PartnerID: "G100000001"})
			if err != nil {
				t.Fatal(err)
			}
			command := exec.Command("sh", filepath.Join(folder, call+".sh"))
			if language == "go" {
				command = exec.Command("go", "run", filepath.Join(folder, call+".go"))
			}
			write(t, command.Args[len(command.Args)-1], code)
			command.Env = append(os.Environ(), "MIDTRANS_SERVER_KEY="+serverKey, "SNAP_PRIVATE_KEY_FILE="+keyFile, "SNAP_CLIENT_SECRET="+secret,
				"SNAP_ACCESS_TOKEN="+token, "SNAP_CHANNEL_ID=12345")
			said, err := command.CombinedOutput()
			if err != nil || !strings.Contains(string(said), `{"answer":"right"}`) {
				t.Errorf("%s in %s: %v\n%s", call, language, err, said)
			}
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Each snippet names what is filled in and reads its secrets from the environment; none has one, or anything that is not filled in.
func TestSnippetsReadTheirSecretsFromTheEnvironment(t *testing.T) {
	const api = "https://api.sandbox.example.test"
	needs := map[string][]string{
		snippets.Status: {api + "/v2/order-101/status", "MIDTRANS_SERVER_KEY"},
		snippets.Token:  {api + "/v1.0/access-token/b2b", "SNAP_PRIVATE_KEY_FILE", clientID, "X-CLIENT-KEY", "X-TIMESTAMP", "X-SIGNATURE", "client_credentials"},
		snippets.Debit: {
			api, "/v1.0/debit/status", "SNAP_CLIENT_SECRET", "SNAP_ACCESS_TOKEN", "SNAP_CHANNEL_ID", "G100000001", "X-EXTERNAL-ID", "X-TIMESTAMP", "X-SIGNATURE", "Bearer",
		},
	}
	for _, language := range snippets.Languages() {
		for call, words := range needs {
			code, err := snippets.Code(language.Name, call, snippets.Names{API: api, ClientID: clientID, PartnerID: "G100000001"})
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range words {
				if !strings.Contains(code, word) {
					t.Errorf("%s in %s lacks %s", call, language.Title, word)
				}
			}
			if found := regexp.MustCompile(`\{\{|\}\}|Mid-(server|client)-|PRIVATE KEY-----\n`).FindString(code); found != "" {
				t.Errorf("%s in %s has %q", call, language.Title, found)
			}
		}
	}
	if _, err := snippets.Code("cobol", snippets.Status, snippets.Names{}); err == nil {
		t.Error("there is one in COBOL")
	}
}
