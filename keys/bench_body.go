package keys

import (
	"bytes"
	"crypto/md5" //nolint:gosec // to name hashes that were made with it; none is accepted
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// bodyMistake is a wrong way to put a body into the text that is signed. It gives "" where it makes no difference to think of.
type bodyMistake struct {
	name string
	put  func(raw, minified string) string
}

func hexOf(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

// bodyMistakes are in the order in which they are thought of: where two are the same for a body, the first one is named.
var bodyMistakes = []bodyMistake{
	{"signature.body_raw", func(raw, _ string) string { return hexOf(raw) }},
	{"signature.body_newline", func(raw, _ string) string { return hexOf(raw + "\n") }},
	{"signature.body_newline", func(_, minified string) string { return hexOf(minified + "\n") }},
	{"signature.body_newline", func(raw, _ string) string { return hexOf(strings.ReplaceAll(raw, "\n", "\r\n")) }},
	{"signature.body_upper", func(_, minified string) string { return strings.ToUpper(hexOf(minified)) }},
	{"signature.body_upper", func(raw, _ string) string { return strings.ToUpper(hexOf(raw)) }},
	{"signature.body_base64", func(_, minified string) string { digest := sha256.Sum256([]byte(minified)); return base64Of(digest[:]) }},
	{"signature.body_empty", func(string, string) string { return hexOf("") }},
	{"signature.body_braces", func(string, string) string { return hexOf("{}") }},
	{"signature.body_not_hashed", func(_, minified string) string { return minified }},
	{"signature.body_not_hashed", func(raw, _ string) string { return raw }},
	{"signature.body_sha512", func(_, minified string) string {
		digest := sha512.Sum512([]byte(minified))
		return hex.EncodeToString(digest[:])
	}},
	{"signature.body_md5", func(_, minified string) string {
		digest := md5.Sum([]byte(minified)) //nolint:gosec // see the import
		return hex.EncodeToString(digest[:])
	}},
	{"signature.body_lower", func(_, minified string) string { return hexOf(strings.ToLower(minified)) }},
	{"signature.body_spaced", func(_, minified string) string { return hexOf(spaced(minified)) }},
	{"signature.body_sorted", func(_, minified string) string { return hexOf(sorted(minified)) }},
	{"signature.body_slashes", func(_, minified string) string { return hexOf(strings.ReplaceAll(minified, "/", `\/`)) }},
	{"signature.body_slashes", func(_, minified string) string { return hexOf(strings.ReplaceAll(minified, `\/`, "/")) }},
	{"signature.body_html", func(_, minified string) string {
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, []byte(minified))
		return hexOf(escaped.String())
	}},
}

// bodyVariants are those mistakes for one body.
func bodyVariants(raw, minified string) []requestVariant {
	variants := make([]requestVariant, 0, len(bodyMistakes))
	documented := hexOf(minified)
	for _, m := range bodyMistakes {
		if put := m.put(raw, minified); put != documented {
			variants = append(variants, requestVariant{Finding{Part: PartBody, Name: m.name}, func(s *requestSigning) { s.bodyHash = put }})
		}
	}
	return variants
}

// spaced is JSON as Python's json.dumps writes it: with a space after each comma and colon.
func spaced(minified string) string {
	var out strings.Builder
	quoted, escaped := false, false
	for _, c := range minified {
		out.WriteRune(c)
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ':'):
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// sorted is JSON with the names of its objects in order; numbers stay as they are written.
func sorted(minified string) string {
	decoder := json.NewDecoder(strings.NewReader(minified))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return minified
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return minified
	}
	return strings.TrimSuffix(out.String(), "\n")
}
