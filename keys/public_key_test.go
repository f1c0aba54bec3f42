package keys_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"merchant-portal/internal/fault"
	"merchant-portal/keys"
)

// modulus draws an odd number of so many bits: what a public key of that size looks like.
func modulus(t testing.TB, bits int) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	if err != nil {
		t.Fatal(err)
	}
	return n.SetBit(n.SetBit(n, 0, 1), bits-1, 1)
}

// armoured writes a block as openssl does.
func armoured(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// publicPEM is the text of a public key of ours.
func publicPEM(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return armoured("PUBLIC KEY", der)
}

func newPublicPEM(t testing.TB) string {
	t.Helper()
	return publicPEM(t, &rsa.PublicKey{N: modulus(t, 2048), E: 65537})
}

func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// reason is the message that a public key is refused with, "" where it is taken.
func reason(t testing.TB, text string) string {
	t.Helper()
	der, fingerprint, err := keys.ParsePublicKey(text)
	if err == nil {
		return ""
	}
	if der != nil || fingerprint != "" || fault.KindOf(err) != fault.Invalid {
		t.Errorf("refused with %v, and yet %x, %q", err, der, fingerprint)
	}
	return fieldReason(err)
}

func fieldReason(err error) string { return fault.FieldsOf(err)[keys.PublicKeyField].ID }

func TestPublicKeysAreReadAsTheyArePasted(t *testing.T) {
	plain := newPublicPEM(t)
	want, print1, err := keys.ParsePublicKey(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"CRLF": strings.ReplaceAll(plain, "\n", "\r\n"), "no line end": strings.TrimSpace(plain), "byte order mark": "\ufeff" + plain,
		"indented": "  " + strings.ReplaceAll(plain, "\n", "  \n\t "), "empty lines": "\n\n" + strings.ReplaceAll(plain, "\n", "\n\n"),
	} {
		der, fingerprint, err := keys.ParsePublicKey(text)
		if err != nil || string(der) != string(want) || fingerprint != print1 {
			t.Errorf("%s: %x, %s, %v", name, der, fingerprint, err)
		}
	}
}

// C090: each kind of key that is no RSA public key is refused with a reason of its own.
func TestOtherKeysAreRefusedWithTheReason(t *testing.T) {
	plain, n := newPublicPEM(t), modulus(t, 2048)
	curve := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Split(strings.TrimSpace(plain), "\n")
	der, _ := pem.Decode([]byte(plain))
	for name, tt := range map[string]struct{ text, want string }{
		"empty":               {"", "snap.key.empty"},
		"spaces":              {" \r\n\t", "snap.key.empty"},
		"PKCS #1":             {armoured("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: n, E: 65537})), "snap.key.pkcs1"},
		"EC":                  {publicPEM(t, &curve.PublicKey), "snap.key.not_rsa"},
		"Ed25519":             {publicPEM(t, edwards), "snap.key.not_rsa"},
		"another curve":       {armoured("PUBLIC KEY", otherCurve(t)), "snap.key.not_rsa"},
		"2047 bits":           {publicPEM(t, &rsa.PublicKey{N: modulus(t, 2047), E: 65537}), "snap.key.short"},
		"1024 bits":           {publicPEM(t, &rsa.PublicKey{N: modulus(t, 1024), E: 65537}), "snap.key.short"},
		"2048 bits":           {plain, ""},
		"8192 bits":           {publicPEM(t, &rsa.PublicKey{N: modulus(t, 8192), E: 65537}), ""},
		"8193 bits":           {publicPEM(t, &rsa.PublicKey{N: modulus(t, 8193), E: 65537}), "snap.key.long"},
		"even modulus":        {publicPEM(t, &rsa.PublicKey{N: new(big.Int).Add(n, big.NewInt(1)), E: 65537}), "snap.key.broken"},
		"exponent 1":          {publicPEM(t, &rsa.PublicKey{N: n, E: 1}), "snap.key.exponent"},
		"exponent 3":          {publicPEM(t, &rsa.PublicKey{N: n, E: 3}), "snap.key.exponent"},
		"exponent 65535":      {publicPEM(t, &rsa.PublicKey{N: n, E: 65535}), "snap.key.exponent"},
		"exponent 65538":      {publicPEM(t, &rsa.PublicKey{N: n, E: 65538}), "snap.key.exponent"},
		"exponent 65539":      {publicPEM(t, &rsa.PublicKey{N: n, E: 65539}), ""},
		"the largest":         {publicPEM(t, &rsa.PublicKey{N: n, E: 1<<31 - 1}), ""},
		"larger":              {publicPEM(t, &rsa.PublicKey{N: n, E: 1<<31 + 1}), "snap.key.exponent"},
		"two":                 {plain + plain, "snap.key.several"},
		"cut off, then whole": {body[0] + "\n" + body[1] + "\n" + plain, "snap.key.several"},
		"broken, then whole":  {body[0] + "\n!\n" + body[len(body)-1] + "\n" + plain, "snap.key.several"},
		"text before":         {"my key:\n" + plain, "snap.key.around"},
		"text after":          {plain + "thank you", "snap.key.around"},
		"a line is missing":   {strings.Join(append(body[:3:3], body[4:]...), "\n"), "snap.key.broken"},
		"no last line":        {strings.Join(body[:len(body)-1], "\n"), "snap.key.broken"},
		"no first line":       {strings.Join(body[1:], "\n"), "snap.key.broken"},
		"a bad character":     {strings.Replace(plain, body[2], "*"+body[2][1:], 1), "snap.key.broken"},
		"a header":            {strings.Replace(plain, "KEY-----\n", "KEY-----\nA: b\n\n", 1), "snap.key.broken"},
		"more in the block":   {armoured("PUBLIC KEY", append(der.Bytes, 0)), "snap.key.broken"},
		"another label":       {armoured("KEY", der.Bytes), "snap.key.broken"},
		"a certificate":       {armoured("CERTIFICATE", der.Bytes), "snap.key.certificate"},
		"a request":           {armoured("CERTIFICATE REQUEST", der.Bytes), "snap.key.request"},
		"SSH":                 {"ssh-rsa " + base64.StdEncoding.EncodeToString(der.Bytes) + " sari@toko", "snap.key.ssh"},
		"words":               {"here it is", "snap.key.broken"},
		"64 kB":               {plain + strings.Repeat("x", keys.MaxPublicKey), "snap.key.too_large"},
		"as long as one may":  {strings.Repeat("x", keys.MaxPublicKey), "snap.key.broken"},
		"one character more":  {strings.Repeat("x", keys.MaxPublicKey+1), "snap.key.too_large"},
		"many first lines":    {strings.Repeat("-----BEGIN PUBLIC KEY-----\n", 500), "snap.key.broken"},
		"a different ending":  {strings.Replace(plain, "END PUBLIC", "END RSA PUBLIC", 1), "snap.key.broken"},
		"an empty block":      {"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "snap.key.broken"},
		"zero as modulus":     {armoured("PUBLIC KEY", rsaInfo(t, big.NewInt(0))), "snap.key.broken"},
		"a negative modulus":  {armoured("PUBLIC KEY", rsaInfo(t, new(big.Int).Neg(n))), "snap.key.broken"},
		"a PKCS #1 inside":    {armoured("PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: n, E: 65537})), "snap.key.broken"},
		"null at the end":     {plain + "\x00", "snap.key.around"},
		"a key and a request": {plain + armoured("CERTIFICATE REQUEST", der.Bytes), "snap.key.request"},
	} {
		if got := reason(t, tt.text); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

type algorithm struct {
	Algorithm asn1.ObjectIdentifier
	Parameter any
}

type keyInfo struct {
	Algorithm algorithm
	Key       asn1.BitString
}

// otherCurve is a key of a curve that the standard library does not know, as wallets use it.
func otherCurve(t testing.TB) []byte {
	t.Helper()
	return must[[]byte](t)(asn1.Marshal(keyInfo{
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, asn1.ObjectIdentifier{1, 3, 132, 0, 10}}, asn1.BitString{Bytes: make([]byte, 65), BitLength: 65 * 8},
	}))
}

// rsaInfo is a key with whatever number as its modulus.
func rsaInfo(t testing.TB, n *big.Int) []byte {
	t.Helper()
	inner := must[[]byte](t)(asn1.Marshal(struct {
		N *big.Int
		E int
	}{n, 65537}))
	return must[[]byte](t)(asn1.Marshal(keyInfo{
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, asn1.NullRawValue}, asn1.BitString{Bytes: inner, BitLength: len(inner) * 8},
	}))
}

// openssl runs it and gives what it writes.
func openssl(t testing.TB, input string, arguments ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "openssl", arguments...)
	c.Stdin = strings.NewReader(input)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("openssl %v: %v", arguments, err)
	}
	return string(out)
}

// The commands that the page shows make a key that it takes, and show its fingerprint.
func TestTheCommandsOfThePageWork(t *testing.T) {
	folder := t.TempDir()
	var written string
	for _, command := range append(keys.PublicKeyCommands(), keys.FingerprintCommand) {
		c := exec.CommandContext(t.Context(), "sh", "-c", command)
		c.Dir = folder
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		written = string(out)
	}
	text := must[[]byte](t)(os.ReadFile(filepath.Join(folder, "public_key.pem")))
	_, fingerprint, err := keys.ParsePublicKey(string(text))
	if err != nil || !strings.HasSuffix(strings.TrimSpace(written), "= "+fingerprint) {
		t.Errorf("openssl shows %q, we %q, %v", written, fingerprint, err)
	}
}
