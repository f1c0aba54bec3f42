package settings

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

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

// These are compiled at their first use: their classes are large, and a start needs none of them.
var (
	hostName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([\pL\pN]([\pL\pN\pM-]*[\pL\pN\pM])?\.)+[\pL\pN]([\pL\pN\pM-]*[\pL\pN\pM])?$`)
	})
	numeric     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(0x[0-9a-f]*|[0-9]+)$`) })
	otherScheme = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+-]*:([^0-9:]|$)`) })
)

// MerchantURL accepts the public name of a website, of at most 24 characters as typed, with http://, https:// or no scheme. Everything else is refused with its
// reason: other schemes, javascript: and data: among them (C108), user info, ports other than 80 and 443, fragments, bare addresses however they are written,
// and names that only a machine or a network of one's own knows.
func MerchantURL(value string) *fault.Message {
	if problem := form.Line(value); problem != nil {
		return problem
	}
	if n := utf8.RuneCountInString(value); n > maxMerchantURL {
		return &fault.Message{ID: "settings.url_too_long", Args: map[string]any{"Max": maxMerchantURL, "Length": n}}
	}
	if at := strings.IndexFunc(value, func(r rune) bool { return r == '\\' || unicode.IsSpace(r) }); at >= 0 {
		r, _ := utf8.DecodeRuneInString(value[at:])
		return form.BadCharacter(r)
	}
	rest := value
	if scheme, behind, found := strings.Cut(value, "://"); found {
		if s := strings.ToLower(scheme); s != "http" && s != "https" {
			return &fault.Message{ID: "settings.url_scheme"}
		}
		rest = behind
	} else if otherScheme().MatchString(value) {
		return &fault.Message{ID: "settings.url_scheme"}
	}
	if strings.Contains(rest, "#") {
		return &fault.Message{ID: "settings.url_fragment"}
	}
	authority := rest
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		authority = rest[:end]
	}
	return websiteProblem(authority)
}

// websiteProblem judges host and port. A host is judged in the form in which it is looked up: wide digits and dots are digits and dots.
func websiteProblem(authority string) *fault.Message {
	if strings.Contains(authority, "@") {
		return &fault.Message{ID: "settings.url_user"}
	}
	plain := strings.ToLower(norm.NFKC.String(strings.ReplaceAll(authority, "\u3002", ".")))
	host, port, hasPort := strings.Cut(plain, ":")
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch {
	case strings.HasPrefix(plain, "[") || strings.Count(plain, ":") > 1, numeric().MatchString(last):
		return &fault.Message{ID: "settings.url_address"}
	case host == "localhost" || last == "localhost":
		return &fault.Message{ID: "settings.url_localhost"}
	case !hostName().MatchString(host):
		return &fault.Message{ID: "settings.url_invalid"}
	case hasPort && port != "80" && port != "443":
		return &fault.Message{ID: "settings.url_port"}
	}
	return nil
}
