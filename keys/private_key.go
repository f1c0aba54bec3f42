package keys

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
)

// privateWords stand in the text forms of private keys: PEM of any kind, PuTTY's, XML and JSON Web Keys.
var privateWords = regexp.MustCompile(`(?i)PRIVATE|DEK-Info|PuTTY-User-Key-File|openssh-key-v1|b3BlbnNzaC1rZXktdjE|<\s*(D|P|Q)\s*>|"(d|p|q)"\s*:`)

// HoldsPrivateKey reports whether a text has a private key in it, whole or in parts, with or without the lines around it. It rather says so once too often:
// what it reports is not shown again (C090).
func HoldsPrivateKey(text string) bool {
	if privateWords.MatchString(text) {
		return true
	}
	for part := range strings.SplitSeq(text, "-----") {
		if looksPrivate(decoded(part)) {
			return true
		}
	}
	for _, digits := range runs.FindAllString(escapes.Replace(text), -1) {
		if looksPrivate(decoded(digits)) {
			return true
		}
	}
	return false
}

var (
	base64Digits = regexp.MustCompile(`^[A-Za-z0-9+/]*`)
	// runs are what a private key may begin with behind a mark of quoting, a header or a word; its first bytes are in them.
	runs = regexp.MustCompile(`[A-Za-z0-9+/]{16,}`)
	// escapes are line ends as they stand in JSON and in variables.
	escapes = strings.NewReplacer(`\n`, "\n", `\r`, "\n")
)

// decoded gives the bytes that a text stands for in base64, as far as it does; spaces do not matter.
func decoded(text string) []byte {
	digits := strings.Join(strings.Fields(text), "")
	digits = base64Digits.FindString(digits)
	der, err := base64.RawStdEncoding.DecodeString(digits[:len(digits)/4*4])
	if err != nil {
		return nil
	}
	return der
}

// looksPrivate reports whether DER begins as a private key does: a version (PKCS #8, PKCS #1, EC), or an algorithm that encrypts (PKCS #5, PKCS #12). A
// public key begins with its modulus or with an algorithm of its own.
func looksPrivate(der []byte) bool {
	inner, isSequence := enter(der)
	if !isSequence {
		return false
	}
	const latest = 3 // version, of PKCS #12
	if len(inner) >= 3 && inner[0] == 0x02 && inner[1] == 1 && inner[2] <= latest {
		return true
	}
	algorithm, isSequence := enter(inner)
	if !isSequence {
		return false
	}
	for _, encrypts := range [][]byte{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05}, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c}} {
		if len(algorithm) > 2 && bytes.HasPrefix(algorithm[2:], encrypts) {
			return true
		}
	}
	return false
}

var (
	publicBlock = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*(PUBLIC KEY|CERTIFICATE|REQUEST)-----.*?(-----END [A-Z0-9 ]+-----|$)`)
	longDigits  = regexp.MustCompile(`[A-Za-z0-9+/]{32}`)
)

// Showable gives a refused text back if it may stand in a page again: it says of itself that it is public, and nothing in it or beside it could be of a
// private key. Otherwise it gives nothing.
func Showable(text string) string {
	if len(text) > MaxPublicKey || HoldsPrivateKey(text) || !publicBlock.MatchString(text) || longDigits.MatchString(publicBlock.ReplaceAllString(text, "")) {
		return ""
	}
	return text
}
