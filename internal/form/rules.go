package form

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"merchant-portal/internal/fault"
)

// Line accepts one line of text in any script: no control characters, nothing invisible that can disguise a text (C110).
func Line(value string) *fault.Message { return firstRefused(value, invisible) }

// Text accepts what Line accepts, and line breaks and tabs.
func Text(value string) *fault.Message {
	return firstRefused(value, func(r rune) bool {
		return r != '\n' && r != '\r' && r != '\t' && invisible(r)
	})
}

// invisible reports control and format characters (bidirectional overrides, zero width), separators of lines, and what is no
// character. Zero width joiner and non-joiner stay: several scripts need them.
func invisible(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return false
	}
	return r == utf8.RuneError || unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

func firstRefused(value string, refused func(rune) bool) *fault.Message {
	for _, r := range value {
		if refused(r) {
			return BadCharacter(r)
		}
	}
	return nil
}

// BadCharacter is the message about a character that a field does not take.
func BadCharacter(r rune) *fault.Message {
	return &fault.Message{ID: "form.bad_character", Args: map[string]any{"Character": Show(r)}}
}

// Show writes a character so that a person recognises it: itself where it can be seen, else its number in Unicode.
func Show(r rune) string {
	if unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != utf8.RuneError {
		return string(r)
	}
	return fmt.Sprintf("U+%04X", r)
}

// MaxAddress is the longest e-mail address in bytes (RFC 5321, 4.5.3.1.3).
const MaxAddress = 254

// Address accepts an e-mail address and nothing around it: no display name, no comment, no second address (C106).
func Address(value string) *fault.Message {
	if problem := Line(value); problem != nil {
		return problem
	}
	bad := &fault.Message{ID: "form.not_an_address"}
	parsed, err := mail.ParseAddress(value)
	if err != nil || parsed.Name != "" || parsed.Address != value || len(value) > MaxAddress {
		return bad
	}
	local, domain, _ := strings.Cut(value, "@")
	if strings.ContainsAny(local, `"\ `) || strings.ContainsAny(domain, "@[]") || !strings.Contains(domain, ".") {
		return bad
	}
	return nil
}

// Phone accepts digits with or without 0 or +62 in front (rules.md, General settings). A number that begins with 62 without
// a plus could be either, so it is asked for again.
func Phone(value string) *fault.Message {
	digits := strings.TrimPrefix(value, "+62")
	withCode := digits != value
	for _, r := range digits {
		if r < '0' || r > '9' {
			return &fault.Message{ID: "form.phone_character", Args: map[string]any{"Character": Show(r)}}
		}
	}
	if !withCode && strings.HasPrefix(digits, "62") {
		return &fault.Message{ID: "form.phone_prefix"}
	}
	if n := len(strings.TrimPrefix(digits, "0")); n < 7 || n > 13 {
		return &fault.Message{ID: "form.phone_length"}
	}
	return nil
}

// NormalPhone gives the stored form, +62…, of a number that Phone accepts.
func NormalPhone(value string) string {
	if value == "" {
		return ""
	}
	return "+62" + strings.TrimPrefix(strings.TrimPrefix(value, "+62"), "0")
}
