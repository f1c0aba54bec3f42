package keys_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"merchant-portal/internal/fault"
	"merchant-portal/keys"
)

// privateTexts are private keys in every form that the tools of Debian write.
func privateTexts(t testing.TB) map[string]string {
	t.Helper()
	key := openssl(t, "", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
	curve := openssl(t, "", "ecparam", "-name", "prime256v1", "-genkey", "-noout")
	texts := map[string]string{
		"PKCS #8": key, "PKCS #1": openssl(t, key, "rsa", "-traditional"), "EC": curve,
		"encrypted":           openssl(t, key, "pkcs8", "-topk8", "-passout", "pass:x"),
		"encrypted, PKCS #12": openssl(t, key, "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", "pass:x"),
		"encrypted, PKCS #1":  openssl(t, key, "rsa", "-traditional", "-aes128", "-passout", "pass:x"),
		"Ed25519":             openssl(t, "", "genpkey", "-algorithm", "ED25519"),
		"JSON Web Key":        `{"kty":"RSA","n":"AQAB","e":"AQAB","d" : "AQAB"}`,
		"XML":                 "<RSAKeyValue><Modulus>AQAB</Modulus><D>AQAB</D></RSAKeyValue>",
		"PuTTY":               "PuTTY-User-Key-File-2: ssh-rsa",
	}
	if _, err := exec.LookPath("ssh-keygen"); err == nil {
		name := filepath.Join(t.TempDir(), "key")
		if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		texts["OpenSSH"] = string(must[[]byte](t)(os.ReadFile(name)))
	}
	for name, text := range texts {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if block, _ := pem.Decode([]byte(text)); block == nil || len(block.Headers) > 0 {
			continue
		}
		texts[name+" without its lines around"] = strings.Join(lines[1:len(lines)-1], "\n")
		texts[name+" in one line"] = strings.Join(lines, "")
		texts[name+" cut off"] = strings.Join(lines[1:min(3, len(lines)-1)], "\n")
		block, _ := pem.Decode([]byte(text))
		public := armoured("PUBLIC KEY", block.Bytes)
		texts[name+" called public"] = public
		texts[name+" called public, quoted"] = strings.ReplaceAll(public, "\n", "\n> ")
		texts[name+" called public, with a header"] = strings.Replace(public, "KEY-----\n", "KEY-----\nComment: x\n\n", 1)
		texts[name+" called public, escaped"] = strings.ReplaceAll(public, "\n", `\n`)
		texts[name+" after a word"] = "here it is: " + strings.Join(lines[1:len(lines)-1], "\n")
	}
	return texts
}

// C090: a private key is refused as what it is, in any form, also beside a public one; the refusal does not quote it and it is not shown again.
func TestPrivateKeysAreRecognised(t *testing.T) {
	public := newPublicPEM(t)
	for name, text := range privateTexts(t) {
		for _, pasted := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), public + text, text + public, "\n " + text} {
			_, _, err := keys.ParsePublicKey(pasted)
			if got := fault.FieldsOf(err)[keys.PublicKeyField].ID; got != "snap.key.private" {
				t.Errorf("%s: %q", name, got)
			}
			if err == nil || keys.Showable(pasted) != "" {
				t.Errorf("%s: %v, and is shown again: %q", name, err, keys.Showable(pasted))
			}
			said, marshalled := json.Marshal(fault.FieldsOf(err))
			if marshalled != nil || strings.Contains(string(said)+err.Error(), text[len(text)/2:]) {
				t.Errorf("%s: the refusal quotes it: %v", name, err)
			}
		}
	}
}

func TestPublicTextsMayBeShownAgain(t *testing.T) {
	public := newPublicPEM(t)
	for _, text := range []string{public, "my key\n" + public, public + public, strings.Replace(public, "-----END PUBLIC KEY-----", "", 1)} {
		if got := keys.Showable(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	piece := strings.Split(public, "\n")[3]
	for _, text := range []string{"", piece, public + piece, strings.Repeat("x", keys.MaxPublicKey+1)} {
		if got := keys.Showable(text); got != "" {
			t.Errorf("%q is shown again", got)
		}
	}
}

// Whatever is pasted, there is no panic, and what is taken is one RSA key of 2048 bits or more.
func FuzzPublicKeys(f *testing.F) {
	f.Add(newPublicPEM(f))
	f.Add(strings.ReplaceAll(newPublicPEM(f), "\n", " \r\n"))
	for _, text := range privateTexts(f) {
		f.Add(text)
	}
	f.Add("-----BEGIN PUBLIC KEY-----\nMIIB")
	f.Add("ssh-rsa AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		shown := keys.Showable(text)
		if shown != "" && (shown != text || keys.HoldsPrivateKey(text)) {
			t.Errorf("%q is shown as %q", text, shown)
		}
		der, fingerprint, err := keys.ParsePublicKey(text)
		if err != nil {
			if fault.FieldsOf(err)[keys.PublicKeyField].ID == "" {
				t.Errorf("%q is refused without a reason: %v", text, err)
			}
			return
		}
		if keys.HoldsPrivateKey(text) || strings.Count(text, "BEGIN") != 1 || keys.Fingerprint(der) != fingerprint || bits(t, der) < 2048 {
			t.Errorf("%q is taken", text)
		}
	})
}

func bits(t *testing.T, der []byte) int {
	t.Helper()
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PublicKey).N.BitLen() //nolint:forcetypeassert // the test is to fail
}
