package keys

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"merchant-portal/internal/ids"
)

// What of BI-SNAP is the same wherever it is used: names, times, and the texts that are signed (map-facts section 4).

const clientIDSuffix = "-SNAP"

// ClientID is a merchant's BI-SNAP Client ID, the same in both environments.
func ClientID(m ids.MerchantID) string { return string(m) + clientIDSuffix }

// MerchantOf gives the merchant that a Client ID belongs to, if it is one at all; whether there is such a merchant it does not know.
func MerchantOf(clientID string) (ids.MerchantID, bool) {
	m, found := strings.CutSuffix(clientID, clientIDSuffix)
	return ids.MerchantID(m), found && merchantID.MatchString(m)
}

var merchantID = regexp.MustCompile(`^G[0-9]{9}$`)

// PartnerID is a merchant's BI-SNAP Partner ID: the Merchant ID.
func PartnerID(m ids.MerchantID) string { return string(m) }

// timestampForm is RFC 3339 as clients write it: T and Z in capitals, at most nine digits of a second, Z or an offset.
var timestampForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$`)

// ParseTimestamp reads an X-TIMESTAMP, or reports that it has none of the accepted forms.
func ParseTimestamp(text string) (time.Time, bool) {
	if !timestampForm.MatchString(text) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return at, err == nil
}

// TokenText is what the merchant's private key signs to ask for an access token.
func TokenText(clientID, timestamp string) string { return clientID + "|" + timestamp }

// RequestText is what the Client Secret signs of a request. body is the body in the form that is hashed: see Minify.
func RequestText(method, path, token string, body []byte, timestamp string) string {
	digest := sha256.Sum256(body)
	return strings.Join([]string{method, path, token, hex.EncodeToString(digest[:]), timestamp}, ":")
}

// Minify gives JSON without the spaces between its parts, or reports that it is no JSON. An empty body stays empty.
func Minify(body []byte) ([]byte, bool) {
	if len(body) == 0 {
		return nil, true
	}
	var minified bytes.Buffer
	err := json.Compact(&minified, body)
	return minified.Bytes(), err == nil
}

// VerifyToken reports whether signature, in base64, is that of text by the private half of key: SHA256withRSA, PKCS #1 v1.5.
func VerifyToken(key *rsa.PublicKey, text, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	digest := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) == nil
}

// VerifyRequest reports whether signature, in base64, is the HMAC-SHA512 of text with a Client Secret. It takes the same time wherever the two differ.
func VerifyRequest(secret, text, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	mac := hmac.New(sha512.New, []byte(secret))
	mac.Write([]byte(text))
	return hmac.Equal(raw, mac.Sum(nil))
}
