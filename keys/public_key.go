package keys

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"regexp"
	"strings"

	"merchant-portal/internal/fault"
)

// MaxPublicKey is how much is read as a public key, in bytes (C090).
const MaxPublicKey = 64 << 10

// What the modulus of a public key may measure, in bits, and how small its exponent may be (map-facts section 4).
const (
	minRSABits, maxRSABits = 2048, 8192
	minExponent            = 65537
)

// PublicKeyField is the form field that messages about a public key belong to.
const PublicKeyField = "public_key"

// PublicKeyCommands are what the page tells merchants to run: a key pair is made, and its public half is written out.
func PublicKeyCommands() []string {
	return []string{
		"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem",
		"openssl pkey -in private_key.pem -pubout -out public_key.pem",
	}
}

// FingerprintCommand shows the fingerprint of a public key as the portal shows it.
const FingerprintCommand = "openssl pkey -pubin -in public_key.pem -outform DER | openssl dgst -sha256 -c"

const beginPublicKey = "-----BEGIN PUBLIC KEY-----"

// ParsePublicKey reads a public key as merchants paste it: one PEM block BEGIN PUBLIC KEY with an RSA key. Line ends, space around lines and a byte order
// mark do not matter. It gives the key's SubjectPublicKeyInfo and its fingerprint, or a fault.Invalid whose one field says what it is instead (C090); where
// a command mends it, that is the message's argument Command. No error quotes what was pasted.
func ParsePublicKey(text string) (der []byte, fingerprint string, err error) {
	key, err := readPublicKey(text)
	if err != nil {
		return nil, "", err
	}
	if der, err = x509.MarshalPKIXPublicKey(key); err != nil {
		return nil, "", refusedKey("snap.key.broken")
	}
	return der, Fingerprint(der), nil
}

// Fingerprint is the SHA-256 of a SubjectPublicKeyInfo as openssl writes it, see FingerprintCommand.
func Fingerprint(der []byte) string {
	digest := sha256.Sum256(der)
	digits := hex.EncodeToString(digest[:])
	parts := make([]string, 0, len(digest))
	for i := 0; i < len(digits); i += 2 {
		parts = append(parts, digits[i:i+2])
	}
	return strings.Join(parts, ":")
}

func readPublicKey(text string) (*rsa.PublicKey, error) {
	text = plainLines(text)
	switch {
	case HoldsPrivateKey(text):
		return nil, refusedKeyWith("snap.key.private", PublicKeyCommands()[1])
	case len(text) > MaxPublicKey:
		return nil, refusedKey("snap.key.too_large")
	case text == "":
		return nil, refusedKey("snap.key.empty")
	}
	if refusal := otherForm(text); refusal != nil {
		return nil, refusal
	}
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil || block.Type != "PUBLIC KEY" || len(block.Headers) > 0:
		return nil, refusedKey("snap.key.broken")
	case strings.Count(text, "-----BEGIN ") > 1: // one that does not decode is passed over, so looking at the rest is not enough
		return nil, refusedKey("snap.key.several")
	case !strings.HasPrefix(text, beginPublicKey) || len(bytes.TrimSpace(rest)) > 0:
		return nil, refusedKey("snap.key.around")
	}
	return rsaKey(block.Bytes)
}

// plainLines takes away what editors and terminals put around lines.
func plainLines(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

var sshKey = regexp.MustCompile(`^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ |BEGIN SSH2 PUBLIC KEY`)

// otherForm names what is public and an own sort of text, but not the one that is asked for; nil where it is none of those.
func otherForm(text string) error {
	switch begins := func(label string) bool { return strings.Contains(text, "BEGIN "+label+"-----") }; {
	case begins("RSA PUBLIC KEY"):
		return refusedKeyWith("snap.key.pkcs1", "openssl rsa -RSAPublicKey_in -in key.pem -pubout -out public_key.pem")
	case begins("CERTIFICATE") || begins("TRUSTED CERTIFICATE") || begins("X509 CERTIFICATE"):
		return refusedKeyWith("snap.key.certificate", "openssl x509 -in certificate.pem -pubkey -noout -out public_key.pem")
	case begins("CERTIFICATE REQUEST") || begins("NEW CERTIFICATE REQUEST"):
		return refusedKeyWith("snap.key.request", "openssl req -in request.pem -pubkey -noout -out public_key.pem")
	case sshKey.MatchString(text):
		return refusedKeyWith("snap.key.ssh", "ssh-keygen -f key.pub -e -m PKCS8 > public_key.pem")
	}
	return nil
}

// rsaKey reads a SubjectPublicKeyInfo and judges the key.
func rsaKey(der []byte) (*rsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		if otherAlgorithm(der) {
			return nil, refusedKeyWith("snap.key.not_rsa", PublicKeyCommands()[0])
		}
		return nil, refusedKey("snap.key.broken")
	}
	key, isRSA := parsed.(*rsa.PublicKey)
	switch {
	case !isRSA:
		return nil, refusedKeyWith("snap.key.not_rsa", PublicKeyCommands()[0])
	case key.N.BitLen() < minRSABits:
		return nil, refusedKeySize("snap.key.short", key.N.BitLen())
	case key.N.BitLen() > maxRSABits:
		return nil, refusedKeySize("snap.key.long", key.N.BitLen())
	case key.N.Bit(0) == 0:
		return nil, refusedKey("snap.key.broken")
	case key.E < minExponent || key.E > 1<<31-1 || key.E%2 == 0:
		return nil, refusedKeyWith("snap.key.exponent", PublicKeyCommands()[0])
	}
	return key, nil
}

// rsaEncryption is the object identifier of a plain RSA key, 1.2.840.113549.1.1.1, as it stands in a key.
var rsaEncryption = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}

// otherAlgorithm reports a SubjectPublicKeyInfo of an algorithm that the standard library does not know.
func otherAlgorithm(der []byte) bool {
	inner, isSequence := enter(der)
	if !isSequence {
		return false
	}
	algorithm, isSequence := enter(inner)
	return isSequence && len(algorithm) > 0 && algorithm[0] == 0x06 && !bytes.HasPrefix(algorithm, rsaEncryption)
}

// enter gives what stands in a DER sequence, cut off or not, or reports that there is none.
func enter(der []byte) ([]byte, bool) {
	if len(der) < 2 || der[0] != 0x30 {
		return nil, false
	}
	header := 2
	if length := der[1]; length >= 0x80 {
		header += int(length & 0x7f)
	}
	if header > len(der) {
		return nil, false
	}
	return der[header:], true
}

// refusedKey is what a public key is refused with.
func refusedKey(id string) error { return fault.InvalidField(PublicKeyField, id, nil) }

func refusedKeyWith(id, command string) error {
	return fault.InvalidField(PublicKeyField, id, map[string]any{"Command": command})
}

func refusedKeySize(id string, bits int) error {
	return fault.InvalidField(PublicKeyField, id, map[string]any{"Bits": bits, "Command": PublicKeyCommands()[0]})
}
