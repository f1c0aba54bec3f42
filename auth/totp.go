package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// What every authenticator knows (RFC 6238): SHA-1, six digits, a new code every 30 seconds. SHA-1 is no weakness in an HMAC.
const (
	totpPeriod = 30 * time.Second
	totpDigits = 6
	secretSize = 20 // RFC 4226 4: 160 bits are recommended
	// totpSkew is how many steps a phone's clock may be off, either way (RFC 6238 5.2 recommends one).
	totpSkew = 1
)

// maxCode bounds what is looked at of a code that was typed.
const maxCode = 64

// stepAt numbers the time steps of RFC 6238.
func stepAt(now time.Time) int64 { return now.Unix() / int64(totpPeriod/time.Second) }

func newTOTPSecret() string {
	secret := make([]byte, secretSize)
	rand.Read(secret) //nolint:errcheck // never fails since Go 1.24
	return base32.StdEncoding.EncodeToString(secret)
}

// totpURI is what the QR code says: who the account belongs to, and the secret.
func totpURI(issuer, email, secret string) (string, error) {
	raw, err := base32.StdEncoding.DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("secret of an authenticator: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: strings.ReplaceAll(issuer, ":", " "), AccountName: email, Secret: raw, Period: uint(totpPeriod / time.Second),
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return "", fmt.Errorf("address of an authenticator: %w", err)
	}
	return key.URL(), nil
}

// stepOf gives the time step whose code this is, of those that count now. All of them are compared, each in constant time; of several the latest
// counts, so that no code counts in two of them.
func stepOf(secret, code string, now time.Time) (step int64, found bool, err error) {
	for candidate := stepAt(now) - totpSkew; candidate <= stepAt(now)+totpSkew; candidate++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // after 1970
		if err != nil {
			return 0, false, fmt.Errorf("code of an authenticator: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, found = candidate, true
		}
	}
	return step, found, nil
}

// normalCode gives the digits of a code without the spaces and hyphens that people type or copy along with them; "" for what can be no code.
func normalCode(typed string) string {
	if len(typed) > maxCode {
		return ""
	}
	code := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, typed)
	if strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

// takeCode reports whether a typed code is one of the person's right now, and uses it up (C127, C129).
func (s *Service) takeCode(ctx context.Context, p Person, factors []Factor, typed string, from Visitor) (bool, error) {
	code := normalCode(typed)
	if len(code) != totpDigits {
		return s.spendRecoveryCode(ctx, p, code, from)
	}
	for _, f := range factors {
		if f.Kind != TOTP {
			continue
		}
		secret, err := s.Box.Open(f.Sealed, factorLabel(p.ID, f.ID))
		if err != nil { // not to be taken for a wrong code
			return false, fmt.Errorf("secret of an authenticator: %w", err)
		}
		now := s.Now()
		step, found, err := stepOf(string(secret), code, now)
		if err != nil || !found {
			return false, err
		}
		return s.Factors.UseStep(ctx, p.ID, f.ID, step, now)
	}
	return false, nil
}

func factorLabel(p ids.PersonID, f ids.FactorID) []byte {
	return seal.Label("second factor", string(p), string(f))
}
