package form_test

import (
	"strings"
	"testing"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
)

func id(m *fault.Message) string {
	if m == nil {
		return ""
	}
	return m.ID
}

func TestPhones(t *testing.T) {
	for value, want := range map[string]string{
		"0812345678": "+62812345678", "812345678": "+62812345678", "+62812345678": "+62812345678", "+620812345678": "+62812345678", "02112345678": "+622112345678",
	} {
		if m := form.Phone(value); m != nil || form.NormalPhone(value) != want {
			t.Errorf("%q: %v, stored as %q, want %q", value, m, form.NormalPhone(value), want)
		}
	}
	for value, want := range map[string]string{
		"0812-345-678": "form.phone_character", "+1202555": "form.phone_character", "abc": "form.phone_character", "٠٨١٢٣٤٥٦٧": "form.phone_character",
		"62812345678": "form.phone_prefix", "081234": "form.phone_length", "0" + strings.Repeat("8", 14): "form.phone_length", "+62": "form.phone_length",
	} {
		if got := id(form.Phone(value)); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

// C106: an address is an address and nothing around it.
func TestAddresses(t *testing.T) {
	for _, good := range []string{"a@example.test", "sari.w+toko@example.co.id", "sári@example.test"} {
		if m := form.Address(good); m != nil {
			t.Errorf("%q: %v", good, m)
		}
	}
	for _, bad := range []string{
		"a", "a@", "@b.c", "a@b", "a@example.test,b@example.test", "Sari <a@example.test>", "<a@example.test>", "a@example.test\r\nBcc: x@example.test", "a b@example.test",
		`"a b"@example.test`, "a@[127.0.0.1]", "a@example.test ", "a@@example.test", strings.Repeat("a", 250) + "@b.co", "a\u200b@example.test\u202e",
	} {
		if form.Address(bad) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestInvisibleCharactersAreNamed(t *testing.T) {
	for value, want := range map[string]string{
		"a\x00": "U+0000", "a\u202eb": "U+202E", "a\u200bb": "U+200B", "a\u2028b": "U+2028", "a\x7f": "U+007F", "\ufffd": "U+FFFD", "a\nb": "U+000A",
	} {
		m := form.Line(value)
		if m == nil || m.Args["Character"] != want {
			t.Errorf("%q: %v, want %s", value, m, want)
		}
	}
	for _, good := range []string{"", "Toko 花 & Co.", "میخواهم\u200cبروم"} {
		if m := form.Line(good); m != nil {
			t.Errorf("%q: %v", good, m)
		}
	}
	if m := form.Text("a\r\nb\tc"); m != nil {
		t.Errorf("line breaks in a text: %v", m)
	}
	if m := form.Text("a\u202e"); m == nil {
		t.Error("an override in a text is accepted")
	}
}
