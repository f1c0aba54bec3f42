package keys

import (
	"context"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // to name signatures that were made with it; none is accepted
	"crypto/sha256"

	_ "crypto/sha512" // as above
	"crypto/x509"
	"encoding/hex"
	"strings"

	"merchant-portal/internal/ids"
)

// TokenSample is a request for an access token as it was sent.
type TokenSample struct{ ClientID, Timestamp, Signature string }

// tokenSigning is one way to sign a request for an access token.
type tokenSigning struct {
	key                 *rsa.PublicKey
	clientID, timestamp string
	text                func(clientID, timestamp string) string
	verify              func(key *rsa.PublicKey, text string, signature []byte) bool
}

// pkcs1 verifies a PKCS #1 v1.5 signature over a hash of the text.
func pkcs1(hash crypto.Hash) func(*rsa.PublicKey, string, []byte) bool {
	return func(key *rsa.PublicKey, text string, signature []byte) bool {
		h := hash.New()
		h.Write([]byte(text))
		return rsa.VerifyPKCS1v15(key, hash, h.Sum(nil), signature) == nil
	}
}

func pss(hash crypto.Hash) func(*rsa.PublicKey, string, []byte) bool {
	return func(key *rsa.PublicKey, text string, signature []byte) bool {
		h := hash.New()
		h.Write([]byte(text))
		return rsa.VerifyPSS(key, hash, h.Sum(nil), signature, nil) == nil
	}
}

// hashedTwice verifies a signature over the hash of the text where the text belongs.
func hashedTwice(spell func(digest []byte) []byte) func(*rsa.PublicKey, string, []byte) bool {
	return func(key *rsa.PublicKey, text string, signature []byte) bool {
		first := sha256.Sum256([]byte(text))
		second := sha256.Sum256(spell(first[:]))
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, second[:], signature) == nil
	}
}

func joined(separator string) func(clientID, timestamp string) string {
	return func(clientID, timestamp string) string { return clientID + separator + timestamp }
}

type tokenVariant = variant[tokenSigning]

func tokenText(name string, text func(clientID, timestamp string) string) tokenVariant {
	return tokenVariant{Finding{Part: PartText, Name: name}, func(s *tokenSigning) { s.text = text }}
}

func tokenHash(name string, verify func(*rsa.PublicKey, string, []byte) bool) tokenVariant {
	return tokenVariant{Finding{Part: PartSignature, Name: name}, func(s *tokenSigning) { s.verify = verify }}
}

func tokenClient(name string, change func(clientID string) string) tokenVariant {
	return tokenVariant{Finding{Part: PartClientID, Name: name}, func(s *tokenSigning) { s.clientID = change(s.clientID) }}
}

// tokenVariants are the mistakes in signing a request for an access token that do not depend on whose it is.
var tokenVariants = []tokenVariant{
	tokenText("signature.text_swapped", func(clientID, timestamp string) string { return timestamp + "|" + clientID }),
	tokenText("signature.text_colon", joined(":")),
	tokenText("signature.text_none", joined("")),
	tokenText("signature.text_comma", joined(",")),
	tokenText("signature.text_dash", joined("-")),
	tokenText("signature.text_spaces", joined(" | ")),
	tokenText("signature.text_newline_between", joined("\n")),
	tokenText("signature.text_swapped_colon", func(clientID, timestamp string) string { return timestamp + ":" + clientID }),
	tokenText("signature.text_newline", func(clientID, timestamp string) string { return TokenText(clientID, timestamp) + "\n" }),
	tokenText("signature.text_newline", func(clientID, timestamp string) string { return TokenText(clientID, timestamp) + "\r\n" }),
	tokenText("signature.text_client_alone", func(clientID, _ string) string { return clientID }),
	tokenText("signature.text_time_alone", func(_, timestamp string) string { return timestamp }),
	tokenText("signature.text_lower", func(clientID, timestamp string) string { return strings.ToLower(TokenText(clientID, timestamp)) }),
	tokenHash("signature.hash_sha1", pkcs1(crypto.SHA1)),
	tokenHash("signature.hash_sha512", pkcs1(crypto.SHA512)),
	tokenHash("signature.hash_sha384", pkcs1(crypto.SHA384)),
	tokenHash("signature.hash_pss", pss(crypto.SHA256)),
	tokenHash("signature.hash_pss", pss(crypto.SHA512)),
	tokenHash("signature.hash_twice", hashedTwice(func(digest []byte) []byte { return digest })),
	tokenHash("signature.hash_twice", hashedTwice(func(digest []byte) []byte { return []byte(hex.EncodeToString(digest)) })),
	tokenClient("signature.client_signed_merchant", func(clientID string) string { return strings.TrimSuffix(clientID, clientIDSuffix) }),
	tokenClient("signature.client_signed_lower", strings.ToLower),
	tokenClient("signature.client_signed_spaces", func(clientID string) string { return clientID + " " }),
}

// BenchToken says what is wrong with a request for an access token.
func (s *Service) BenchToken(ctx context.Context, who Asker, env ids.Environment, sample TokenSample) (Report, error) {
	r := Report{At: s.Now()}
	r.judgeClientID(sample.ClientID, who.Merchant)
	r.judgeTimestamp(sample.Timestamp, s.Tolerance)
	raw := r.readSignature(sample.Signature)
	if !HoldsSecret(sample.Timestamp) {
		r.Text = TokenText(ClientID(who.Merchant), sample.Timestamp)
	}
	owned, err := s.candidates(ctx, who, PublicKey)
	if err != nil {
		return Report{}, err
	}
	documented := tokenSigning{clientID: ClientID(who.Merchant), timestamp: sample.Timestamp, text: TokenText, verify: pkcs1(crypto.SHA256)}
	variants := r.keyVariants(owned, env, &documented)
	if len(r.Keys) == 0 {
		r.find(PartKey, "signature.key_none", nil)
	}
	variants = append(variants, tokenVariants...)
	if sample.ClientID != documented.clientID {
		variants = append(variants, tokenClient("signature.client_signed_wrong", func(string) string { return sample.ClientID }))
	}
	for _, other := range otherForms(sample.Timestamp) {
		variants = append(variants, tokenVariant{Finding{Part: PartTimestamp, Name: "signature.time_signed_other"}, func(s *tokenSigning) { s.timestamp = other }})
	}
	if len(raw) == 0 {
		return r, nil
	}
	mistakes, explained := explain(documented, variants, func(s *tokenSigning) bool {
		return s.key != nil && s.verify(s.key, s.text(s.clientID, s.timestamp), raw)
	})
	r.Verified = explained
	r.Findings = append(r.Findings, mistakes...)
	if !explained {
		r.judgeRSALength(raw, documented.key)
	}
	return r, nil
}

// keyVariants makes the key without an end the documented one and all others variants of it.
func (r *Report) keyVariants(owned []candidate, env ids.Environment, documented *tokenSigning) (variants []tokenVariant) {
	for _, c := range owned {
		if c.Environment == env && c.LiveAt(r.At) {
			r.Keys = append(r.Keys, c.fingerprint())
		}
		if c.Environment == env && c.EndsAt.IsZero() {
			documented.key = c.rsa
			continue
		}
		f := c.nameOf(otherKeys, env, r.At)
		f.Args["Fingerprint"] = c.fingerprint()
		variants = append(variants, tokenVariant{f, func(s *tokenSigning) { s.key = c.rsa }})
	}
	return variants
}

// judgeClientID says what is wrong with an X-CLIENT-KEY; nothing if it is the merchant's Client ID.
func (r *Report) judgeClientID(text string, m ids.MerchantID) {
	right, trimmed := ClientID(m), strings.TrimSpace(text)
	args := map[string]any{"ClientID": right}
	_, form := MerchantOf(trimmed)
	switch {
	case text == right:
	case trimmed == "":
		r.find(PartClientID, "signature.client_empty", args)
	case trimmed == right:
		r.find(PartClientID, "signature.client_spaces", args)
	case trimmed == string(m):
		r.find(PartClientID, "signature.client_merchant", args)
	case strings.EqualFold(trimmed, right):
		r.find(PartClientID, "signature.client_case", args)
	case keyForm.MatchString(trimmed):
		r.find(PartClientID, "signature.client_key", args)
	case form:
		r.find(PartClientID, "signature.client_other", args)
	default:
		r.find(PartClientID, "signature.client_form", args)
	}
}

// judgeRSALength says what a signature is, by its length, that no key of the merchant made.
func (r *Report) judgeRSALength(raw []byte, key *rsa.PublicKey) {
	switch {
	case len(raw) == 64:
		r.find(PartSignature, "signature.sig_hmac512", nil)
	case len(raw) == 32:
		r.find(PartSignature, "signature.sig_hmac256", nil)
	case key == nil:
	case len(raw) != key.Size():
		r.find(PartSignature, "signature.sig_length", map[string]any{"Bytes": len(raw), "Want": key.Size()})
	default:
		r.find(PartSignature, "signature.sig_other_key", map[string]any{"Fingerprint": candidate{rsa: key}.fingerprint()})
	}
}

// fingerprint is that of a public key.
func (c candidate) fingerprint() string {
	der, err := x509.MarshalPKIXPublicKey(c.rsa)
	if err != nil {
		return ""
	}
	return Fingerprint(der)
}
