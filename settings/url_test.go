package settings_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/i18n"
	"merchant-portal/settings"
)

// id is that of a message, "" for none.
func id(m *fault.Message) string {
	if m == nil {
		return ""
	}
	return m.ID
}

// accepted are addresses that merchants have.
var accepted = []string{
	"https://toko.id", "http://toko.id/", "HTTPS://Toko.ID/Notif", "https://toko.id:443/a", "http://toko.id:80", "http://toko.id:443/a", "https://api.toko.co.id/v1/notif?x=1&y[]=2",
	"https://example.com/notif", "https://toko.id/%7Ebudi/a%20b", "https://toko.id?x=1", "https://toko.id/a..b/.c?d=/../e", "https://toko.id/a:b@c;d='e'(f)!$&*+~", "https://123.toko.id", "https://a--b.toko.id",
	"https://r3---sn.toko.id", "https://1.2.3.4.toko.id", "https://bücher.example.com/a", "https://xn--bcher-kva.example.com/a", "https://ｔｏｋｏ.id", "https://toko。id/a", "https://花屋.example.com",
	"https://" + strings.Repeat("a", 63) + ".id", "https://localhost.id", "https://internal.toko.id", "https://test.id/" + strings.Repeat("a", 500-len("https://test.id/")),
}

// refused has, for each reason, what is refused for it.
var refused = map[string][]string{
	"url.scheme": {
		"toko.id", "//toko.id", "/notif", "javascript:alert(1)", "javascript://toko.id/%0aalert(1)", "JavaScript:alert(1)", "data:text/html,x", "data://toko.id", "file:///etc/passwd", "ftp://toko.id",
		"https:/toko.id", "https:toko.id", "http", "://toko.id", "https//toko.id", "mailto:a@toko.id", "ws://toko.id", "vbscript:x", "view-source:https://toko.id", "blob:https://toko.id",
	},
	"url.character": {
		"https://toko.id/a b", "https://toko .id", "https://to\tko.id", "https://toko.id/a\r\nb", "https://toko.id\x00", "https://toko.id/\u202egpj", "https://to\u200bko.id", "https://to\u200dko.id",
		"https://toko.id\\@evil.id", `https:\\toko.id`, "https://toko.id/\u2028", "java\nscript:alert(1)", "https://toko.id/\ufeff", "https://toko.id/\u00a0", "https://to\u00adko.id", "https://toko.id/\xff",
	},
	"url.user":     {"https://a@toko.id", "https://a:b@toko.id", "https://@toko.id", "https://:@toko.id", "https://toko.id@evil.id/", "https://toko.id:80@evil.id", "https://a%40b@toko.id"},
	"url.dots":     {"https://toko.id/a/../b", "https://toko.id/..", "https://toko.id/./a?b", "https://toko.id/%2E%2e/a", "https://toko.id/a/.%2e"},
	"url.fragment": {"https://toko.id#a", "https://toko.id/#", "https://toko.id/a?b#c"},
	"url.port": {
		"https://toko.id:8080", "https://toko.id:", "https://toko.id:/a", "https://toko.id:080", "https://toko.id:0443", "https://toko.id:0", "https://toko.id:65536", "https://toko.id:-80",
		"https://toko.id:+80", "https://toko.id:80:80", "https://toko.id:８０", "https://toko.id:x", "https://toko.id:0x50", "https://toko.id:22",
	},
	"url.localhost": {"http://localhost.localdomain", "http://LOCALHOST6.localdomain6:80/a", "http://localhost", "http://localhost:80/a", "http://LOCALHOST", "http://localhost.", "http://a.localhost", "http://a.localhost./b", "http://ｌｏｃａｌｈｏｓｔ"},
	"url.address": {
		"http://127.0.0.1", "http://10.0.0.1:80/a", "http://2130706433", "http://0x7f.1", "http://0x7F000001", "http://017700000001", "http://0177.0.0.1", "http://127.1", "http://127.0.0.1.",
		"http://[::1]", "http://[::ffff:127.0.0.1]:80", "http://[fe80::1%25eth0]", "http://[::", "http://::1", "http://8.8.8.8", "http://256.256.256.256", "http://0", "http://0x", "http://1.0x",
		"http://１２７.０.０.１", "http://127。0。0。1", "http://①②⑦.1", "http://a.b.1",
	},
	"url.no_dot":        {"http://toko", "https://id", "https://花屋"},
	"url.private":       {"https://a.local", "https://a.internal", "https://a.test", "https://a.invalid", "https://toko.example", "https://a.onion", "https://a.home.arpa", "https://1.in-addr.arpa", "https://a.alt", "https://A.Test"},
	"url.trailing_dot":  {"https://toko.id.", "https://toko.id.:443/a", "http://toko./a"},
	"url.encoded_host":  {"https://toko%2eid", "https://%6cocalhost", "https://toko.id%2fa", "https://%00toko.id"},
	"url.international": {"https://xn--zzzzzz99999.id", "https://xn--a.id", "https://xn--.id", "https://xn--toko-.id", "https://xn--bcher-kva-.id", "https://ü_a.id", "https://א1a.id"},
	"url.host": {
		"https://", "https:///a", "https://?a", "https://.id", "https://toko..id", "https://-toko.id", "https://toko-.id", "https://to_ko.id", "https://toko,id", "https://toko;id", "https://*.toko.id",
		"https://" + strings.Repeat("a", 64) + ".id", "https://" + strings.Repeat("a.", 126) + "id", "https://toko!.id", "https://to[ko.id", "https://toko.id]",
	},
	"url.encode":  {"https://toko.id/ü", "https://toko.id/<b>", `https://toko.id/"`, "https://toko.id/a?b=ü", "https://toko.id/{id}", "https://toko.id/^", "https://toko.id/`", "https://toko.id/|", "https://toko.id/🌸"},
	"url.percent": {"https://toko.id/%", "https://toko.id/%2", "https://toko.id/%zz", "https://toko.id/a?b=%", "https://toko.id/%％41"},
	"url.long":    {"https://toko.id/" + strings.Repeat("a", 501-len("https://toko.id/")), "https://ü.id/" + strings.Repeat("a", 500-len("https://ü.id/"))},
}

// map-facts section 3, C108: http and https, ports 80 and 443, no localhost, no IP address in any spelling, no user info, no fragment; and each refusal has its reason.
func TestAnAddressIsRefusedWithItsReason(t *testing.T) {
	for _, value := range accepted {
		if m := settings.URL(value); m != nil {
			t.Errorf("%q is refused: %+v", value, m)
		}
	}
	for want, values := range refused {
		for _, value := range values {
			if got := id(settings.URL(value)); got != want {
				t.Errorf("%q: %q, want %q", value, got, want)
			}
		}
	}
}

func TestAMessageAboutAnAddressNamesWhatIsWrongWithIt(t *testing.T) {
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ value, en, id string }{
		{"https://toko.id:8443", "not “8443”", "bukan “8443”"},
		{"https://toko.id/ü", "Write %C3%BC instead of “ü”", "Tulis %C3%BC sebagai ganti “ü”"},
		{"https://toko.id/\u202e", "“U+202E”", "“U+202E”"},
		{"https://kasir", "“kasir” is no full name", "“kasir” bukan nama lengkap"},
		{"https://toko.id, https://kasir.id/a\nhttp://10.0.0.1", "Address 3: This is an IP address", "Alamat 3: Ini alamat IP"},
		{"https://toko.id,b", "Address 2: An address begins with http:// or https://. A comma within an address is written %2C.", "Alamat 2: Alamat diawali"},
		{"https://toko.id,https://kasir.id,https://toko.id", "Address 3: This is address 1 once more", "Alamat 3: Ini sama dengan alamat 1"},
		{"https://bücher.id,https://xn--bcher-kva.id", "Address 2: This is address 1", "Alamat 2: Ini sama dengan alamat 1"},
		{"https://a.id,https://b.id,https://c.id,https://d.id,https://e.id,https://f.id", "There are 6 addresses here. At most 5", "Ada 6 alamat di sini. Paling banyak 5"},
		{"https://xn--bcher-kva.id,https://bücher.id", "Address 2: This is address 1", "Alamat 2: Ini sama dengan alamat 1"},
		{" ,\n, ", "There is no address here", "Tidak ada alamat di sini"},
		{"http://a@b.id", "must not hold a user name or password", "nama pengguna atau kata sandi"},
	} {
		m := settings.URLs(tt.value)
		if m == nil {
			t.Errorf("%q is accepted", tt.value)
			continue
		}
		if en := catalog.Printer("en").Format(m.ID, m.Args); !strings.Contains(en, tt.en) || strings.Contains(en, "no value") {
			t.Errorf("%q: %s", tt.value, en)
		}
		if id := catalog.Printer("id").Format(m.ID, m.Args); !strings.Contains(id, tt.id) || strings.Contains(id, "no value") {
			t.Errorf("%q: %s", tt.value, id)
		}
	}
}

// The reasons are all told apart, in both languages, about one address and about one of several.
func TestEveryReasonHasItsSentence(t *testing.T) {
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for reason, values := range refused {
		for _, lang := range []string{"en", "id"} {
			p := catalog.Printer(lang)
			alone, second := settings.URL(values[0]), settings.URLs("https://pertama.id\n"+strings.ReplaceAll(values[0], ",", ""))
			for number, m := range []*fault.Message{alone, second} {
				if m == nil {
					t.Errorf("%s: %q is accepted", reason, values[0])
					continue
				}
				text := p.Format(m.ID, m.Args)
				if strings.Contains(text, "⟦") || strings.Contains(text, "<no value>") || strings.Contains(text, " 2: ") != (number == 1) {
					t.Errorf("%s, %s: %s", reason, lang, text)
				}
			}
		}
	}
}

func TestSeveralAddressesAreStoredInOneForm(t *testing.T) {
	for value, want := range map[string]string{
		"https://a.id":                        "https://a.id",
		"https://a.id,https://b.id":           "https://a.id\nhttps://b.id",
		" https://a.id ,, \r\n https://b.id,": "https://a.id\nhttps://b.id",
		"https://Bücher.id/A?b":               "https://xn--bcher-kva.id/A?b",
		"http://bücher.id:80,http://B.id":     "http://xn--bcher-kva.id:80\nhttp://B.id",
	} {
		if m := settings.URLs(value); m != nil {
			t.Errorf("%q: %v", value, m)
		}
		if got := settings.StoredURLs(value); got != want {
			t.Errorf("%q is stored as %q, want %q", value, got, want)
		}
	}
}

// What differs in spelling alone is one address: whoever calls it would call it twice.
func TestOneAddressInTwoSpellingsIsNamedTwice(t *testing.T) {
	for value, want := range map[string]string{
		"https://Toko.id/a,https://toko.id/a": "url.twice", "https://toko.id,https://toko.id/": "url.twice", "https://toko.id:443/a,https://toko.id/a": "url.twice",
		"HTTP://toko.id\nhttp://TOKO.id:80/": "url.twice", "https://toko.id?a=b,https://toko.id/?a=b": "url.twice", "https://BÜCHER.id,https://xn--bcher-kva.id:443/": "url.twice",
		"https://toko.id/A,https://toko.id/a": "", "http://toko.id:443,https://toko.id": "", "http://toko.id,https://toko.id": "", "https://toko.id/a,https://toko.id/a/": "",
		"https://toko.id:80,https://toko.id": "",
	} {
		if got := id(settings.URLs(value)); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

// A name with letters that look like others is shown in both forms.
func TestAnInternationalNameIsShownInBothForms(t *testing.T) {
	for value, want := range map[string]string{
		"https://xn--bcher-kva.id/a": "bücher.id", "https://xn--pple-43d.com": "аpple.com", "https://toko.id": "", "https://a--b.id": "", "\x00": "",
	} {
		if got, differs := settings.International(value); got != want || differs != (want != "") {
			t.Errorf("%q: %q, %t", value, got, differs)
		}
	}
}

// What is accepted is accepted again as it was stored, and is read by net/url as it was judged.
func FuzzNotificationURLs(f *testing.F) {
	for _, value := range accepted {
		f.Add(value)
	}
	for _, values := range refused {
		for _, value := range values {
			f.Add(value)
		}
	}
	f.Add(strings.Join(accepted[:5], ", "))
	f.Fuzz(func(t *testing.T, value string) {
		if settings.SnapPrefix(value) == nil {
			if again := settings.StoredPrefix(value); settings.SnapPrefix(again) != nil || settings.StoredPrefix(again) != again {
				t.Errorf("the prefix %q is stored as %q", value, again)
			}
		}
		if settings.URLs(value) != nil {
			return
		}
		stored := settings.StoredURLs(value)
		if m := settings.URLs(stored); m != nil || settings.StoredURLs(stored) != stored {
			t.Errorf("%q is stored as %q: %v", value, stored, m)
		}
		for _, address := range settings.SplitURLs(stored) {
			u, err := url.Parse(address)
			if err != nil {
				t.Fatalf("%q: %v", address, err)
			}
			port, _ := strconv.Atoi(u.Port())
			host := u.Hostname()
			if (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Fragment != "" || strings.Contains(address, "#") || u.Opaque != "" ||
				(u.Port() != "" && port != 80 && port != 443) || strings.HasSuffix(u.Host, ":") || !strings.Contains(host, ".") ||
				strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || strings.HasSuffix(host, ".") || len(host) > 253 {
				t.Errorf("%q is accepted: %#v", address, u)
			}
		}
	})
}
