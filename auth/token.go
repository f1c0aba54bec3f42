package auth

import (
	"crypto/rand"
	"crypto/sha256"
)

// NewToken draws the secret part of a mailed link or of a browser's mark: 130 bits of text. Only its digest is ever stored (C057).
func NewToken() string { return rand.Text() }

// TokenDigest is what is stored of a token. Tokens are random, so a plain digest cannot be guessed backwards.
func TokenDigest(token string) []byte {
	digest := sha256.Sum256([]byte(token))
	return digest[:]
}
