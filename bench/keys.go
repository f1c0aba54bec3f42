package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// What is measured of the API: the check of a server key, as it is and with a key that the program has not seen lately, and an access token.

// seededKeys is more than the program remembers: asked for in turn, none of them is remembered.
const seededKeys = 30_000

// caller is a program that uses the API.
type caller struct {
	client http.Client
	header http.Header
}

func newCaller() *caller { return &caller{http.Client{Timeout: 10 * time.Second}, http.Header{}} }

func withServerKey(key string) *caller {
	c := newCaller()
	c.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(key+":")))
	return c
}

// send sends a request and wants 200.
func (c *caller) send(method, address string, body string) ([]byte, http.Header, error) {
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header = c.header.Clone()
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, address, answer.Status, text)
	}
	return text, answer.Header, err
}

// merchant is who the API is measured for: somebody logged in, and where the database can be written from outside.
type merchant struct {
	*visitor
	engine, url, driver, source string
	cost                        meter
}

// measureKeys prints what the API costs.
func measureKeys(m merchant) error {
	key, err := m.serverKey()
	if err != nil {
		return err
	}
	const path = "/v2/bench/status"
	known := withServerKey(key)
	ask := func() error { _, _, err := known.send(http.MethodGet, m.url+path, ""); return err }
	if err := m.beside("server key, remembered", known, path, ask); err != nil {
		return err
	}
	keys, err := m.seedKeys()
	if err != nil {
		return fmt.Errorf("seed keys: %w", err)
	}
	next := 0
	return errors.Join(m.beside("server key, not remembered", known, path, func() error {
		who := withServerKey(keys[next%len(keys)])
		who.client = known.client
		next++
		_, _, err := who.send(http.MethodGet, m.url+path, "")
		return err
	}), m.measureToken())
}

// beside compares requests with a bare handler that writes the bytes of the path's answer, and with an answer of the API itself for which nothing is checked: it
// has no such page.
func (m merchant) beside(what string, who *caller, path string, ask func() error) error {
	body, header, err := who.send(http.MethodGet, m.url+path, "")
	if err != nil {
		return err
	}
	bare, err := startBarePage(body, header)
	if err != nil {
		return err
	}
	defer bare.stop()
	r, err := compare(pairs, slice, side{m.cost, ask},
		side{bare.cpu, func() error { _, _, err := who.send(http.MethodGet, bare.url, ""); return err }})
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s: %s the bare handler\n", m.engine, what, r)
	r, err = compare(pairs, slice, side{m.cost, ask}, side{m.cost, func() error { return who.refused(m.url + "/v2//status") }})
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s: %s an answer of the API without a check\n", m.engine, what, r)
	return nil
}

// refused asks for what the API does not have.
func (c *caller) refused(address string) error {
	answer, err := c.client.Get(address)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode == http.StatusNotFound {
		return err
	}
	return fmt.Errorf("%s: %s", address, answer.Status)
}

var (
	revealPath   = regexp.MustCompile(`/sandbox/settings/access-keys/[A-Z0-9]+/reveal`)
	serverKeyFor = regexp.MustCompile(`SB-Mid-server-[A-Za-z0-9_-]{24}`)
)

// serverKey has the merchant's Sandbox server key revealed.
func (m merchant) serverKey() (string, error) {
	list, _, err := m.get("/sandbox/settings/access-keys")
	if err != nil {
		return "", err
	}
	shown, _, err := m.visitor.send(http.MethodPost, string(revealPath.Find(list)), nil, http.StatusOK)
	if err != nil {
		return "", err
	}
	key := serverKeyFor.Find(shown)
	if key == nil {
		return "", errors.New("the server key was not revealed")
	}
	return string(key), nil
}

// seedKeys stores server keys of the merchant that end in a year, from outside: what they were sealed with does not matter to the check.
func (m merchant) seedKeys() (keys []string, err error) {
	db, err := sql.Open(m.driver, m.source)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	const batch, columns = 500, 2
	for len(keys) < seededKeys {
		rows, args := make([]string, batch), make([]any, 0, 2+columns*batch)
		args = append(args, time.Now().UnixMilli(), time.Now().AddDate(1, 0, 0).UnixMilli())
		for i := range rows {
			key := "SB-Mid-server-" + rand.Text()[:24]
			digest := sha256.Sum256([]byte(key))
			keys, args = append(keys, key), append(args, rand.Text(), digest[:])
			rows[i] = fmt.Sprintf("($%d, (SELECT id FROM merchants), 'sandbox', 'server', $%d, 'xxxx', $%d, $1, $1, $2)", len(args)-1, len(args), len(args))
		}
		_, err := db.ExecContext(context.Background(), `INSERT INTO access_keys
			(id, merchant_id, environment, kind, digest, last_four, sealed, created_at, first_used_at, ends_at) VALUES `+strings.Join(rows, ", "), args...)
		if err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// measureToken compares an access token with one bare verification of its signature and two bare handlers.
func (m merchant) measureToken() error {
	key, clientID, err := m.registerSnap()
	if err != nil {
		return err
	}
	who, err := signedTokenRequest(key, clientID)
	if err != nil {
		return err
	}
	const path, grant = "/v1.0/access-token/b2b", `{"grantType":"client_credentials"}`
	ask := func() ([]byte, http.Header, error) { return who.send(http.MethodPost, m.url+path, grant) }
	body, header, err := ask()
	if err != nil {
		return err
	}
	page, err := startBarePage(body, header)
	if err != nil {
		return err
	}
	defer page.stop()
	verify, err := startBare("verify", "once")
	if err != nil {
		return err
	}
	defer verify.stop()
	r, err := compare(pairs, slice, side{m.cost, func() error { _, _, err := ask(); return err }}, side{sum(page.cpu, verify.cpu), func() error {
		_, _, err := who.send(http.MethodPost, page.url, grant)
		_, _, errVerify := who.send(http.MethodPost, verify.url, grant)
		return errors.Join(err, errVerify)
	}})
	if err != nil {
		return err
	}
	fmt.Printf("%s: access token: %s one RSA-2048 verification and two bare handlers\n", m.engine, r)
	return nil
}

// signedTokenRequest signs once: the portal checks the same request anew each time, for as long as its timestamp is fresh.
func signedTokenRequest(key *rsa.PrivateKey, clientID string) (*caller, error) {
	who, timestamp := newCaller(), time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	digest := sha256.Sum256([]byte(clientID + "|" + timestamp))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	who.header.Set("X-CLIENT-KEY", clientID)
	who.header.Set("X-TIMESTAMP", timestamp)
	who.header.Set("X-SIGNATURE", base64.StdEncoding.EncodeToString(signature))
	return who, err
}

// registerSnap registers a new public key for BI-SNAP.
func (m merchant) registerSnap() (*rsa.PrivateKey, string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, "", err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, "", err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	const path = "/sandbox/settings/access-keys/bi-snap"
	if _, _, err := m.visitor.send(http.MethodPost, path, url.Values{"public_key": {string(text)}}, http.StatusOK); err != nil {
		return nil, "", err
	}
	shown, _, err := m.get(path)
	if err != nil {
		return nil, "", err
	}
	id := regexp.MustCompile(`G[0-9]{9}-SNAP`).Find(shown)
	if id == nil {
		return nil, "", errors.New("no Client ID is shown")
	}
	return key, string(bytes.Clone(id)), nil
}

// sum adds meters.
func sum(meters ...meter) meter {
	return func() (all time.Duration, err error) {
		for _, m := range meters {
			cpu, failed := m()
			all, err = all+cpu, errors.Join(err, failed)
		}
		return all, err
	}
}

// verifier gives a handler that verifies one signature of a 2048-bit key per request.
func verifier() (http.HandlerFunc, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte("text"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	return func(w http.ResponseWriter, _ *http.Request) {
		if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) != nil {
			http.Error(w, "does not verify", http.StatusInternalServerError)
		}
	}, err
}
