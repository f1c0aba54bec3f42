package auth

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"merchant-portal/internal/fault"
)

// Length bounds of a password in code points (rules.md, Passwords; C043).
const (
	MinPassword = 12
	MaxPassword = 128
)

// minContextWord is the length from which a word of somebody's name counts as part of a password.
const minContextWord = 4

// minBesides is how much must be left of a password when the words of its owner are taken out.
const minBesides = 6

// NormalPassword is the one Unicode form in which passwords are judged, hashed and compared (C046). Case and spaces count.
func NormalPassword(password string) string { return norm.NFC.String(password) }

// checkNewPassword reports which rule a chosen password breaks, with an empty ID if none. No rule asks for a composition (C045), and nothing is ever cut (C044).
// context holds texts about the owner: e-mail, name, business.
func checkNewPassword(password string, context ...string) (fault.Message, error) {
	if !utf8.ValidString(password) {
		return fault.Message{ID: "password.not_text"}, nil
	}
	password = NormalPassword(password)
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return fault.Message{ID: "password.too_short", Args: map[string]any{"Min": MinPassword, "Length": n}}, nil
	case n > MaxPassword:
		return fault.Message{ID: "password.too_long", Args: map[string]any{"Max": MaxPassword, "Length": n}}, nil
	}
	folded := strings.ToLower(password)
	common, err := isCommon(folded)
	if err != nil {
		return fault.Message{}, err
	}
	if common {
		return fault.Message{ID: "password.common"}, nil
	}
	if word := contextWord(folded, context); word != "" {
		return fault.Message{ID: "password.context", Args: map[string]any{"Word": word}}, nil
	}
	return fault.Message{}, nil
}

// contextWord gives the first word about the owner of which a password is made, "" if enough else is left.
func contextWord(folded string, context []string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFC.String(strings.Join(context, " "))), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	words = slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < minContextWord })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // "tokobunga" before "toko"
	first, rest := "", folded
	for _, word := range words {
		if strings.Contains(rest, word) {
			rest = strings.ReplaceAll(rest, word, "")
			if first == "" {
				first = word
			}
		}
	}
	if first != "" && utf8.RuneCountInString(rest) < minBesides {
		return first
	}
	return ""
}

//go:embed common/passwords.txt.gz
var commonPacked []byte

// commonPasswords unpacks the offline list at its first use, not at start: it is needed only where passwords are chosen.
var commonPasswords = sync.OnceValues(func() ([]string, error) {
	packed, err := gzip.NewReader(bytes.NewReader(commonPacked))
	if err != nil {
		return nil, fmt.Errorf("common passwords: %w", err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		return nil, fmt.Errorf("common passwords: %w", err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), nil
})

func isCommon(folded string) (bool, error) {
	list, err := commonPasswords()
	if err != nil {
		return false, err
	}
	_, found := slices.BinarySearch(list, folded)
	return found, nil
}
