package auth

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// EmailKey is the canonical form of an e-mail address: surrounding space, case and Unicode form do not make another account (C007).
func EmailKey(address string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(address))))
}
