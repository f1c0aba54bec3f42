package settings_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"merchant-portal/internal/fault"
	"merchant-portal/settings"
)

// said is what a rule says: the message, and the character that it names.
func said(m *fault.Message) string {
	if m == nil {
		return ""
	}
	character, named := m.Args["Character"].(string)
	if !named {
		return m.ID
	}
	return m.ID + " " + character
}

// rules.md, General settings: every code point that there is, by its general category. Letters, marks on a letter and decimal digits (Nd) are accepted; anything in
// P, S and C, other numbers (Nl, No: no digits) and spaces other than the common one is refused and named.
func TestMerchantNamesOverEveryCodePoint(t *testing.T) {
	categories := map[string]int{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r%61 != 0 && unicode.In(r, unicode.Cn, unicode.Co) {
			continue // unassigned and private ones are all alike: one in sixty
		}
		category, accepted := "none", false
		switch {
		case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			category = "invisible"
		case unicode.In(r, unicode.L, unicode.M, unicode.Nd) || r == ' ':
			category, accepted = "accepted", true
		case unicode.In(r, unicode.P, unicode.S, unicode.C, unicode.Z, unicode.Nl, unicode.No):
			category = "refused"
		}
		categories[category]++
		name := "a" + string(r) + "a"
		shown := r
		if r >= 0xd800 && r <= 0xdfff {
			shown = unicode.ReplacementChar // there is no half of a pair in a text
		}
		got := said(settings.MerchantName(name))
		names := strings.HasSuffix(got, string(shown)) || strings.HasSuffix(got, fmt.Sprintf(" U+%04X", shown))
		if accepted != (got == "") || !accepted && !names {
			t.Fatalf("%U (%s): %q", r, category, got)
		}
		if accepted && settings.MerchantName(norm.NFC.String(name)) != nil {
			t.Errorf("%U: its stored form is refused", r)
		}
	}
	if categories["accepted"] < 100000 || categories["refused"] < 10000 || categories["invisible"] < 50 || categories["none"] > 0 {
		t.Errorf("code points: %v", categories)
	}
}

func TestMerchantNames(t *testing.T) {
	for value, want := range map[string]string{
		"Toko Bunga Sari": "", "Warung 24": "", "花屋": "", "मिठाई": "", "Café": "", "Cafe\u0301": "", "متجر": "", "٣ نخلات": "", "葛\U000e0100城": "",
		"Toko & Bunga": "settings.name_character &", "Sari's": "settings.name_character '", "Toko™": "settings.name_character ™", "🌸": "settings.name_character 🌸",
		"½": "settings.name_character ½", "Ⅷ": "settings.name_character Ⅷ", "a\u00a0b": "settings.name_character U+00A0", "a\nb": "settings.name_character U+000A",
		"a\u200bb": "settings.name_character U+200B", "a\u202eb": "settings.name_character U+202E", "a\xffb": "settings.name_character U+FFFD",
		"Toko  Bunga": "settings.double_space", "\u0301": "settings.name_mark U+0301", "\u0301Toko": "settings.name_mark U+0301", "Toko \u0301a": "settings.name_mark U+0301",
		"\ufe0f": "settings.name_mark U+FE0F", "\u3164": "settings.name_invisible U+3164", "Toko\u115f": "settings.name_invisible U+115F", "a\u034fb": "settings.name_invisible U+034F",
		"a" + strings.Repeat("\u0301", 8): "", "a" + strings.Repeat("\u0301", 9): "settings.name_marks", "a" + strings.Repeat("\u0489", 40): "settings.name_marks",
		strings.Repeat("a"+strings.Repeat("\u0301", 8), 5): "",
	} {
		if got := said(settings.MerchantName(value)); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

// rules.md, General settings, and map-facts section 3: "less than 25 characters", as typed, with any beginning and in any script; trimming is not counted.
func TestMerchantURLsOf24And25Characters(t *testing.T) {
	for _, shape := range []string{"https://%s.id", "http://%s.id", "HTTPS://%s.id", "%s.id", "%s.id/a?b=c", "%s.id:443", "a.%s.co.id"} {
		for _, letter := range []string{"a", "ü", "花", "𐐷"} {
			rest := len([]rune(fmt.Sprintf(shape, "")))
			fits, tooLong := fmt.Sprintf(shape, strings.Repeat(letter, 24-rest)), fmt.Sprintf(shape, strings.Repeat(letter, 25-rest))
			if got := said(settings.MerchantURL(fits)); got != "" {
				t.Errorf("%s: %q", fits, got)
			}
			if m := settings.MerchantURL(tooLong); said(m) != "settings.url_too_long" || m.Args["Max"] != 24 || m.Args["Length"] != 25 {
				t.Errorf("%s: %v", tooLong, m)
			}
		}
	}
	s, _, who := newService(t)
	for value, want := range map[string]bool{"  https://" + strings.Repeat("a", 13) + ".id\t": true, "  https://" + strings.Repeat("a", 14) + ".id ": false} {
		if _, err := saveGeneral(t, s, who, 0, settings.General{MerchantURL: value}); (err == nil) != want {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// C108 and the rules for addresses: what is no public website is refused, each with its reason.
func TestMerchantURLs(t *testing.T) {
	const scheme, invalid, address, local = "settings.url_scheme", "url.host", "url.address", "url.localhost"
	for value, want := range map[string]string{
		"tokobunga.id": "", "http://tokobunga.id": "", "tokobunga.id/a?b=c": "", "www.tokobunga.co.id": "", "bücher.de": "", "xn--bcher-kva.de": "", "पुष्प.भारत": "", "toko-a.id/": "",
		"toko.id:80": "", "https://toko.id:443/a": "", "4.toko.id": "", "toko.id?a=b": "", "toko.id/a:b@c": "",
		"ftp://toko.id": scheme, "javascript://toko.id": scheme, "javascript:alert(1)": scheme, "JaVaScRiPt:alert(1)": scheme, "data:text/html,x": scheme,
		"mailto:a@toko.id": scheme, "https:toko.id": scheme, "https:/toko.id": scheme, "://toko.id": scheme, "file:///etc/passwd": scheme, "vbscript:x": scheme,
		"https://a@toko.id": "url.user", "a:1@toko.id": "url.user", "a:b@toko.id": scheme, "toko.id@evil.id": "url.user", "toko.id:1@evil.id": "url.user",
		"toko.id:8080": "url.port", "toko.id:": "url.port", "toko.id:443x": "url.port", "toko.id:0443": "url.port",
		"toko.id#a": "url.fragment", "toko.id/#": "url.fragment",
		"127.0.0.1": address, "http://10.0.0.1/": address, "127.1": address, "2130706433": address, "0x7f000001": address, "0x7F.1": address, "0177.0.0.1": address,
		"１２７.0.0.1": address, "127。0。0。1": address, "①②⑦.0.0.1": address, "[::1]": address, "http://[::1]:80": address, "::1": address, "fe80::1": address,
		"1.2.3.4:443": address, "toko.0x1": address,
		"localhost": local, "http://localhost:80": local, "LOCALHOST": local, "toko.localhost": local, "ｌｏｃａｌｈｏｓｔ": local,
		"toko": "url.no_dot", "https://": invalid, "//toko.id": invalid, "toko..id": invalid, ".toko.id": invalid, "toko.id.": "url.trailing_dot", "-toko.id": invalid, "toko-.id": invalid,
		"toko.id-": invalid, "to_ko.id": invalid, "toko%2eid": "url.encoded_host", "<b>.id": invalid, "toko.id'": invalid, "\u0301toko.id": "url.international", "xn--a.id": "url.international", "printer.local": "url.private", "toko.id/花": "url.encode 花", "/toko.id": invalid, "?toko.id": invalid,
		"toko .id": "url.character U+0020", "toko.id\\@evil.id": "url.character \\", "toko.id/a b": "url.character U+0020", "toko\u00a0.id": "url.character U+00A0",
		"toko.id\u202e": "url.character U+202E", "to\u200bko.id": "url.character U+200B", "toko\u00ad.id": "url.character U+00AD", "toko.id\x00": "url.character U+0000",
		"toko.id\r\nX: y": "url.character U+000D", "toko.id\xff": "url.character U+FFFD",
	} {
		if got := said(settings.MerchantURL(value)); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
