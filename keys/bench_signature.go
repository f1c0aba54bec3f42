package keys

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// readSignature gives the bytes of a signature, in whichever way they are written, and notes where that is not plain base64. It gives none where the text is
// no signature at all.
func (r *Report) readSignature(text string) []byte {
	wrong := func(name string) { r.find(PartSignature, name, nil) }
	plain := strings.TrimSpace(text)
	if plain == "" {
		wrong("signature.sig_empty")
		return nil
	}
	if joined := strings.Map(dropBlank, plain); joined != plain {
		wrong("signature.sig_wrapped")
		plain = joined
	}
	raw, err := hex.DecodeString(plain)
	if err == nil {
		wrong("signature.sig_hex")
		return raw
	}
	raw, err = base64.StdEncoding.DecodeString(plain)
	switch inner, hexErr := hex.DecodeString(string(bytes.TrimSpace(raw))); {
	case err == nil && hexErr == nil && len(inner) >= sha256.Size:
		wrong("signature.sig_hex_in_base64")
		return inner
	case err == nil:
		return raw
	}
	if raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(plain, "=")); err == nil {
		wrong("signature.sig_padding")
		return raw
	}
	if raw, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(plain, "=")); err == nil {
		wrong("signature.sig_base64url")
		return raw
	}
	wrong("signature.sig_not_base64")
	return nil
}
