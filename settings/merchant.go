package settings

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
)

// maxMarks is how many marks may follow each other: more than any script stacks on a letter.
const maxMarks = 8

// MerchantName accepts letters of any script, marks on them, decimal digits and single spaces. Symbols, punctuation, other numbers (Ⅷ, ½) and everything else
// is refused by name of the character (rules.md, General settings), and so are letters and marks that nobody sees.
func MerchantName(value string) *fault.Message {
	previous, marks := ' ', 0
	for _, r := range value {
		mark := unicode.IsMark(r)
		if !mark {
			marks = 0
		}
		switch {
		case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			return named("settings.name_invisible", codePoint(r))
		case mark && previous == ' ':
			return named("settings.name_mark", codePoint(r))
		case mark:
			if marks++; marks > maxMarks {
				return &fault.Message{ID: "settings.name_marks", Args: map[string]any{"Max": maxMarks}}
			}
		case r == ' ' && previous == ' ':
			return &fault.Message{ID: "settings.double_space"}
		case r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r):
			return named("settings.name_character", form.Show(r))
		}
		previous = r
	}
	return nil
}

func named(message, character string) *fault.Message {
	return &fault.Message{ID: message, Args: map[string]any{"Character": character}}
}

// codePoint names a character that cannot be shown by itself.
func codePoint(r rune) string { return fmt.Sprintf("U+%04X", r) }

// maxMerchantURL is the longest Merchant URL in characters: "less than 25" (map-facts section 3).
const maxMerchantURL = 24

// otherScheme is what begins like an address of another kind; a colon before digits is that of a port.
var otherScheme = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+-]*:([^0-9:]|$)`) })

// MerchantURL accepts the address of a website, of at most 24 characters as typed, with http://, https:// or no scheme (rules.md, General settings). What stands
// behind the scheme follows the rules of URL.
func MerchantURL(value string) *fault.Message {
	if n := utf8.RuneCountInString(value); n > maxMerchantURL {
		return &fault.Message{ID: "settings.url_too_long", Args: map[string]any{"Max": maxMerchantURL, "Length": n}}
	}
	scheme, rest, found := strings.Cut(value, "://")
	if s := strings.ToLower(scheme); found && s != "http" && s != "https" || !found && otherScheme().MatchString(value) {
		return &fault.Message{ID: "settings.url_scheme"}
	}
	if !found {
		rest = value
	}
	return URL("https://" + rest)
}
