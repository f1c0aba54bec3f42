package storetest

import (
	"encoding/base64"
	"strings"
	"testing"
)

// A secret is found wherever it lies in what was encoded.
func TestASecretIsFoundWithinBase64(t *testing.T) {
	const secret = "kopi?tubruk>di~teras"
	for before := range 6 {
		for after := range 6 {
			text := []byte(strings.Repeat("{", before) + secret + strings.Repeat("}", after))
			for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				found := 0
				for _, form := range spellings(secret) {
					if strings.Contains(encoding.EncodeToString(text), form) {
						found++
					}
				}
				if found == 0 {
					t.Errorf("not found with %d before and %d after it", before, after)
				}
			}
		}
	}
}
