package keys

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"

	"merchant-portal/internal/ids"
)

// MaxPasted is how much the key doctor and the signature bench read of one field, in bytes.
const MaxPasted = 64 << 10

// Looks is what a text looks like by its form alone: whether there is such a key, it does not say. It is a message of the
// catalogs.
type Looks string

// What a text may look like.
const (
	LooksEmpty      Looks = "doctor.looks_empty"
	LooksTooLong    Looks = "doctor.looks_too_long" // more than MaxPasted: not read
	LooksServer     Looks = "doctor.looks_server"
	LooksClient     Looks = "doctor.looks_client"
	LooksOtherKey   Looks = "doctor.looks_other_key" // begins as keys of such portals do, but is of no kind that this one makes
	LooksSecret     Looks = "doctor.looks_secret"
	LooksPublicKey  Looks = "doctor.looks_public_key"
	LooksPrivateKey Looks = "doctor.looks_private_key"
	LooksOtherPEM   Looks = "doctor.looks_other_pem"
	LooksClientID   Looks = "doctor.looks_client_id"
	LooksMerchantID Looks = "doctor.looks_merchant_id"
	LooksChannelID  Looks = "doctor.looks_channel_id"
	LooksToken      Looks = "doctor.looks_token"
	LooksSignature  Looks = "doctor.looks_signature" // of an RSA key or of a Client Secret
	LooksMasked     Looks = "doctor.looks_masked"    // as the portal shows a key that it hides
	LooksUnknown    Looks = "doctor.looks_unknown"
)

// Oddity is something about a pasted text that a program would stumble over. Its name is a message, filled in with Count.
type Oddity struct {
	Name  string
	Count int // how many characters; 0 where that says nothing
}

// Oddities: what stands around a key, what is wrong with it.
const (
	OddSpaces    = "doctor.odd_spaces"    // around it
	OddQuotes    = "doctor.odd_quotes"    // around it
	OddLabel     = "doctor.odd_label"     // a name before it, as in a file of settings
	OddHeader    = "doctor.odd_header"    // it is a whole Authorization header
	OddCurl      = "doctor.odd_curl"      // it is a whole curl command
	OddBase64    = "doctor.odd_base64"    // it is what Basic authentication sends
	OddNoColon   = "doctor.odd_no_colon"  // that lacks the colon after the key
	OddPassword  = "doctor.odd_after"     // something stands after the colon
	OddColon     = "doctor.odd_colon"     // the colon of Basic authentication, without its base64
	OddInside    = "doctor.odd_inside"    // spaces or line breaks inside
	OddDash      = "doctor.odd_dash"      // another dash than -
	OddCase      = "doctor.odd_case"      // capital and small letters
	OddShort     = "doctor.odd_short"     // characters are missing
	OddLong      = "doctor.odd_long"      // there are too many characters
	OddCharacter = "doctor.odd_character" // one that no key has
)

// shape is a pasted text, without what stands around it, and what its form tells.
type shape struct {
	text  string // never shown
	looks Looks
	env   ids.Environment // "": the form does not tell
	odd   []Oddity
}

// examine looks at the form of a text: neither a database nor a secret is needed for it.
func examine(pasted string) shape {
	s := shape{text: pasted}
	switch {
	case len(pasted) > MaxPasted:
		return shape{looks: LooksTooLong}
	case HoldsPrivateKey(pasted):
		return shape{looks: LooksPrivateKey}
	case strings.Contains(pasted, beginPublicKey):
		s.looks = LooksPublicKey
		return s
	case strings.Contains(pasted, "-----BEGIN "):
		s.looks = LooksOtherPEM
		return s
	}
	s.peel()
	s.classify()
	return s
}

// peeler takes something away that stands around a key, or reports that it is not there.
type peeler struct {
	odd  string
	peel func(text string) (rest string, found bool)
}

var peelers = []peeler{
	{OddCurl, cutting(`(?is)^\s*(?:\$\s*)?curl\s.*?(authorization\s*:\s*basic\s+[a-z0-9+/=_-]+)`)},
	{OddCurl, cutting(`(?is)^\s*(?:\$\s*)?curl\s(?:.*?\s)?(?:-u|--user[=\s])\s*['"]?((?:sb-)?mid-[^\s'":]*)`)},
	{OddSpaces, func(text string) (string, bool) {
		rest := strings.TrimFunc(text, blank)
		return rest, rest != text
	}},
	{OddQuotes, func(text string) (string, bool) {
		rest := strings.Trim(text, "\"'`“”‘’,;")
		return rest, rest != text
	}},
	{OddHeader, cutting(`(?is)^(?:-H\s*['"]?)?(?:proxy-)?authorization\s*:\s*(.*)$`)},
	{OddHeader, cutting(`(?is)^basic\s+(.*)$`)},
	{OddLabel, cutting(`(?is)^(?:export\s+)?(?:[a-z_][a-z0-9_.]*|x-client-key|x-partner-id|channel-id)\s*(?:=>|[=:])\s*([^\s=:].*)$`)},
	{OddBase64, unBasic},
	{OddPassword, cutting(`(?is)^((?:sb-)?mid-(?:server|client)-[a-z0-9_-]*:)[^:]+$`)},
	{OddColon, func(text string) (string, bool) { return strings.CutSuffix(text, ":") }},
}

func blank(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf) }

// cutting keeps what the first group of a pattern finds.
func cutting(pattern string) func(string) (string, bool) {
	compiled := regexp.MustCompile(pattern)
	return func(text string) (string, bool) {
		found := compiled.FindStringSubmatch(text)
		if found == nil {
			return text, false
		}
		return found[1], true
	}
}

// unBasic decodes what Basic authentication sends for a key.
func unBasic(text string) (string, bool) {
	raw, err := base64.StdEncoding.DecodeString(strings.Map(dropBlank, text))
	if err != nil || !keyInside.Match(raw) {
		return text, false
	}
	return string(raw), true
}

var keyInside = regexp.MustCompile(`(?i)^\s*(sb-)?mid-|^[[:print:]]+:$`)

func dropBlank(r rune) rune {
	if blank(r) {
		return -1
	}
	return r
}

// peel takes away what stands around the key, layer by layer; eight are more than anybody pastes.
func (s *shape) peel() {
	colon, encoded := false, false
	for range 8 {
		before := s.text
		for _, p := range peelers {
			rest, found := p.peel(s.text)
			if !found {
				continue
			}
			s.text = rest
			if p.odd == OddColon {
				colon = true
				continue // what it means depends on the rest
			}
			encoded = encoded || p.odd == OddBase64
			s.note(p.odd, 0)
		}
		if s.text == before {
			break
		}
	}
	switch {
	case encoded && !colon:
		s.note(OddNoColon, 0)
	case colon && !encoded:
		s.note(OddColon, 0)
	}
}

func (s *shape) note(name string, count int) {
	for _, o := range s.odd {
		if o.Name == name {
			return
		}
	}
	s.odd = append(s.odd, Oddity{name, count})
}

var (
	keyForm      = regexp.MustCompile(`(?is)^((?:sb-)?mid-)(server|client)-(.*)$`)
	otherKeyForm = regexp.MustCompile(`(?i)^((sb-)?mid|vt)-`)
	idForm       = regexp.MustCompile(`(?i)^g([0-9]{6,12})(-snap)?$`)
	channelForm  = regexp.MustCompile(`^[0-9]{5}$`)
	secretForm   = regexp.MustCompile(`^[A-Za-z0-9]{32}$`)
	bearerForm   = regexp.MustCompile(`(?i)^bearer\s+`)
	tokenForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{80,200}$`)
	maskForm     = regexp.MustCompile(`[•●∙…]|\*{4}|\.{3}|x{8}`)
	dashes       = strings.NewReplacer("‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "−", "-", "﹣", "-", "－", "-")
)

// classify says what a text without anything around it looks like.
func (s *shape) classify() {
	s.looks = LooksUnknown
	if token := bearerForm.ReplaceAllString(s.text, ""); token != s.text {
		s.text, s.looks = token, LooksToken
		return
	}
	if joined := strings.Map(dropBlank, s.text); joined != s.text && known(dashes.Replace(joined)) {
		s.text = joined
		s.note(OddInside, 0)
	}
	if dashed := dashes.Replace(s.text); dashed != s.text && known(dashed) {
		s.text = dashed
		s.note(OddDash, 0)
	}
	switch {
	case s.text == "":
		s.looks, s.odd = LooksEmpty, nil
	case maskForm.MatchString(s.text):
		s.looks = LooksMasked
	case keyForm.MatchString(s.text):
		s.classifyKey()
	case otherKeyForm.MatchString(s.text):
		s.looks = LooksOtherKey
	case idForm.MatchString(s.text):
		s.classifyID()
	case channelForm.MatchString(s.text):
		s.looks = LooksChannelID
	case secretForm.MatchString(s.text):
		s.looks = LooksSecret
	case signatureForm(s.text):
		s.looks = LooksSignature
	case tokenForm.MatchString(s.text):
		s.looks = LooksToken
	}
}

// known reports whether a text has a form that the portal knows.
func known(text string) bool {
	return keyForm.MatchString(text) || idForm.MatchString(text) || channelForm.MatchString(text) || secretForm.MatchString(text) || signatureForm(text)
}

// signatureForm reports the lengths of signatures: 512 bits of an HMAC, 2048 to 8192 of an RSA key.
func signatureForm(text string) bool {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		raw, err = hex.DecodeString(text)
	}
	return err == nil && (len(raw) == 64 || len(raw) >= minRSABits/8 && len(raw) <= maxRSABits/8 && len(raw)%64 == 0)
}

func (s *shape) classifyKey() {
	found := keyForm.FindStringSubmatch(s.text)
	kind, rest := Kind(strings.ToLower(found[2])), found[3]
	s.looks, s.env = LooksServer, ids.Production
	length := serverLength
	if kind == Client {
		s.looks, length = LooksClient, clientLength
	}
	if len(found[1]) > len("mid-") {
		s.env = ids.Sandbox
	}
	if right := Prefix(s.env, kind) + rest; right != s.text {
		s.text = right
		s.note(OddCase, 0)
	}
	characters := len([]rune(rest))
	switch {
	case strings.Trim(rest, alphabet) != "":
		s.note(OddCharacter, 0)
	case characters < length:
		s.note(OddShort, length-characters)
	case characters > length:
		s.note(OddLong, characters-length)
	}
}

func (s *shape) classifyID() {
	found := idForm.FindStringSubmatch(s.text)
	s.looks = LooksMerchantID
	if found[2] != "" {
		s.looks = LooksClientID
	}
	if right := strings.ToUpper(s.text); right != s.text {
		s.text = right
		s.note(OddCase, 0)
	}
	const digits = 9
	switch length := len(found[1]); {
	case length < digits:
		s.note(OddShort, digits-length)
	case length > digits:
		s.note(OddLong, length-digits)
	}
}
