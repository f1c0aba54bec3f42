package settings

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
)

// How long an address may be, in characters, and how many a field for several takes.
const maxURL, maxURLs = 500, 5

// URL accepts an address of a merchant's server that the portal calls or sends customers to (map-facts section 3): http or https, port 80 or 443, a full
// public name, no user info, no fragment, no `.` or `..` in the path. `javascript:`, `data:` and the like are refused (C108). What a name resolves to is not looked at: names change
// their addresses, so that is for whoever calls.
func URL(value string) *fault.Message {
	authority, rest, problem := splitURL(value)
	if problem != nil {
		return problem
	}
	if strings.Contains(authority, "@") {
		return &fault.Message{ID: "url.user"}
	}
	if strings.Contains(rest, "#") {
		return &fault.Message{ID: "url.fragment"}
	}
	host, port, hasPort := strings.Cut(authority, ":")
	if _, err := netip.ParseAddr(authority); err == nil || strings.HasPrefix(authority, "[") {
		return &fault.Message{ID: "url.address"}
	}
	if problem := hostProblem(host); problem != nil {
		return problem
	}
	if hasPort && port != "80" && port != "443" {
		return &fault.Message{ID: "url.port", Args: map[string]any{"Port": port}}
	}
	if problem := restProblem(rest); problem != nil {
		return problem
	}
	if _, err := url.Parse(value); err != nil {
		return &fault.Message{ID: "url.host"}
	}
	return tooLong(lookedUp(value))
}

func tooLong(value string) *fault.Message {
	if n := utf8.RuneCountInString(value); n > maxURL {
		return &fault.Message{ID: "url.long", Args: map[string]any{"Max": maxURL, "Length": n}}
	}
	return nil
}

// splitURL takes an address apart behind its scheme, once every character in it is one that can be seen.
func splitURL(value string) (authority, rest string, problem *fault.Message) {
	if problem := tooLong(value); problem != nil {
		return "", "", problem
	}
	for _, r := range value {
		if r == '\\' || r == utf8.RuneError || unicode.IsSpace(r) || unicode.In(r, unicode.C, unicode.Z) {
			return "", "", &fault.Message{ID: "url.character", Args: map[string]any{"Character": form.Show(r)}}
		}
	}
	scheme, behind, found := strings.Cut(value, "://")
	if s := strings.ToLower(scheme); !found || (s != "http" && s != "https") {
		return "", "", &fault.Message{ID: "url.scheme"}
	}
	end := strings.IndexAny(behind, "/?#")
	if end < 0 {
		end = len(behind)
	}
	return behind[:end], behind[end:], nil
}

// hostProblem judges a host as it was typed, and as it is looked up.
func hostProblem(host string) *fault.Message {
	if strings.Contains(host, "%") {
		return &fault.Message{ID: "url.encoded_host"}
	}
	ascii, ok := asciiHost(host)
	if !ok && foreign(host) {
		return &fault.Message{ID: "url.international"}
	}
	name := strings.TrimSuffix(ascii, ".")
	labels := strings.Split(name, ".")
	switch last := labels[len(labels)-1]; {
	case local(last):
		return &fault.Message{ID: "url.localhost"}
	case number(last):
		return &fault.Message{ID: "url.address"}
	case !ok:
		return &fault.Message{ID: "url.host"}
	case ascii != name:
		return &fault.Message{ID: "url.trailing_dot"}
	case len(labels) == 1:
		return &fault.Message{ID: "url.no_dot", Args: map[string]any{"Host": host}}
	case private(name):
		return &fault.Message{ID: "url.private", Args: map[string]any{"Host": host}}
	}
	return nil
}

// foreign reports whether a host is an international name: beyond ASCII, or in the form in which such a name is looked up.
func foreign(host string) bool {
	beyond := func(r rune) bool { return r >= utf8.RuneSelf }
	return strings.ContainsFunc(host, beyond) || strings.HasPrefix(strings.ToLower(host), "xn--") || strings.Contains(strings.ToLower(host), ".xn--")
}

// names is IDNA 2008 with the mapping of UTS 46, as browsers look names up: what it refuses, nobody reaches.
var names = sync.OnceValue(func() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
})

// plainHost is a host of letters, digits and hyphens, which may have a dot at its end. idna is not asked about it: it refuses hyphens that names do have.
var plainHost = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$`)

const maxHost = 253 // RFC 1035, without the dot at the end

// asciiHost is the form in which a host is looked up, and whether there is one.
func asciiHost(host string) (ascii string, ok bool) {
	if !foreign(host) {
		ascii = strings.ToLower(host)
		return ascii, plainHost.MatchString(ascii) && len(strings.TrimSuffix(ascii, ".")) <= maxHost
	}
	ascii, err := names().ToASCII(host)
	if err != nil {
		return strings.ToLower(host), false
	}
	return ascii, plainHost.MatchString(ascii)
}

// local reports whether a host whose last label this is is the machine itself, by RFC 6761 or by the names that many systems have for it in /etc/hosts.
func local(last string) bool {
	switch last {
	case "localhost", "localdomain", "localdomain4", "localdomain6":
		return true
	}
	return false
}

// number reports whether a host whose last label this is is taken for an IP address, in whichever spelling: 127.0.0.1, 2130706433, 0x7f.1, 0177.1 (WHATWG
// URL, "ends in a number").
func number(last string) bool {
	if digits, hex := strings.CutPrefix(last, "0x"); hex {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// private reports names that no public server has, so that nothing would ever arrive there: .test, .invalid and .example (RFC 6761), .local (RFC 6762), .onion
// (RFC 7686), home.arpa (RFC 8375), .alt (RFC 9476), .internal (set aside by ICANN in 2024), and .arpa, which is for the DNS itself. .localhost (RFC 6761) has
// a reason of its own. example.com and its like are ordinary names.
func private(name string) bool {
	switch name[strings.LastIndex(name, ".")+1:] {
	case "test", "invalid", "example", "local", "onion", "arpa", "alt", "internal":
		return true
	}
	return false
}

// restProblem judges path and query: only what RFC 3986 writes as it is, so that the address that is shown is the one that is called and signed.
func restProblem(rest string) *fault.Message {
	for i, r := range rest {
		switch {
		case r >= utf8.RuneSelf || strings.ContainsRune("\"<>^`{|}", r):
			return &fault.Message{ID: "url.encode", Args: map[string]any{"Character": form.Show(r), "Written": percent(r)}}
		case r == '%' && !escape.MatchString(rest[i:]):
			return &fault.Message{ID: "url.percent"}
		}
	}
	path, _, _ := strings.Cut(rest, "?")
	for segment := range strings.SplitSeq(dots.Replace(path), "/") {
		if segment == "." || segment == ".." { // a browser leaves it out, other programs do not
			return &fault.Message{ID: "url.dots"}
		}
	}
	return nil
}

var dots = strings.NewReplacer("%2e", ".", "%2E", ".")

var escape = regexp.MustCompile(`^%[0-9A-Fa-f]{2}`)

// percent writes a character as an address holds it.
func percent(r rune) string {
	var text strings.Builder
	for _, b := range []byte(string(r)) {
		fmt.Fprintf(&text, "%%%02X", b)
	}
	return text.String()
}

// lookedUp writes an address that URL accepts with its host as it is looked up; everything else stays as it was typed. Addresses are stored so: what a page
// shows of one is what is called.
func lookedUp(value string) string {
	scheme, behind, _ := strings.Cut(value, "://")
	authority, rest := behind, ""
	if end := strings.IndexAny(behind, "/?"); end >= 0 {
		authority, rest = behind[:end], behind[end:]
	}
	host, port, hasPort := strings.Cut(authority, ":")
	if !foreign(host) {
		return value
	}
	if ascii, ok := asciiHost(host); ok {
		host = ascii
	}
	if hasPort {
		host += ":" + port
	}
	return scheme + "://" + host + rest
}

// International gives the name that people read in the host of a stored address, and whether it is another one than stands there: one with letters that look
// like others is to be seen in both forms.
func International(value string) (unicodeHost string, differs bool) {
	u, err := url.Parse(value)
	if err != nil || !foreign(u.Hostname()) {
		return "", false
	}
	read, err := names().ToUnicode(u.Hostname())
	return read, err == nil && read != u.Hostname()
}
