package keys

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/url"
	"strings"
	"time"

	"merchant-portal/internal/ids"
)

// RequestSample is a transaction request of BI-SNAP as it was sent, or as somebody thinks that it was.
type RequestSample struct{ Method, Path, Token, Body, Timestamp, Signature string }

// requestSigning is one way to sign a transaction request.
type requestSigning struct {
	secret                                   string
	method, path, token, bodyHash, timestamp string
	text                                     func(parts ...string) string
	mac                                      func(secret, text string) []byte
}

func (s *requestSigning) sign() []byte {
	return s.mac(s.secret, s.text(s.method, s.path, s.token, s.bodyHash, s.timestamp))
}

func hmacOf(make func() hash.Hash) func(secret, text string) []byte {
	return func(secret, text string) []byte {
		mac := hmac.New(make, []byte(secret))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
}

func separated(by string) func(parts ...string) string {
	return func(parts ...string) string { return strings.Join(parts, by) }
}

// reordered joins the parts with colons in another order.
func reordered(order ...int) func(parts ...string) string {
	return func(parts ...string) string {
		other := make([]string, 0, len(order))
		for _, i := range order {
			other = append(other, parts[i])
		}
		return strings.Join(other, ":")
	}
}

type requestVariant = variant[requestSigning]

func requestText(name string, text func(parts ...string) string) requestVariant {
	return requestVariant{Finding{Part: PartText, Name: name}, func(s *requestSigning) { s.text = text }}
}

func requestMAC(name string, mac func(secret, text string) []byte) requestVariant {
	return requestVariant{Finding{Part: PartSignature, Name: name}, func(s *requestSigning) { s.mac = mac }}
}

func requestMethod(name string, change func(method string) string) requestVariant {
	return requestVariant{Finding{Part: PartMethod, Name: name}, func(s *requestSigning) { s.method = change(s.method) }}
}

func requestPath(name string, change func(path string) string) requestVariant {
	return requestVariant{Finding{Part: PartPath, Name: name}, func(s *requestSigning) { s.path = change(s.path) }}
}

func requestToken(name string, change func(token string) string) requestVariant {
	return requestVariant{Finding{Part: PartToken, Name: name}, func(s *requestSigning) { s.token = change(s.token) }}
}

func fixed(text string) func(string) string { return func(string) string { return text } }

// requestVariants are the mistakes in signing a transaction request that depend neither on whose it is nor on its body.
var requestVariants = []requestVariant{
	requestText("signature.text_bars", separated("|")),
	requestText("signature.text_nothing", separated("")),
	requestText("signature.text_newlines", separated("\n")),
	requestText("signature.text_newline_end", func(parts ...string) string { return strings.Join(parts, ":") + "\n" }),
	requestText("signature.text_lower_request", func(parts ...string) string { return strings.ToLower(strings.Join(parts, ":")) }),
	requestText("signature.text_no_token", reordered(0, 1, 3, 4)),
	requestText("signature.text_no_body", reordered(0, 1, 2, 4)),
	requestText("signature.text_no_time", reordered(0, 1, 2, 3)),
	requestText("signature.text_order", reordered(0, 1, 3, 2, 4)),
	requestText("signature.text_order", reordered(0, 1, 2, 4, 3)),
	requestText("signature.text_order", reordered(1, 0, 2, 3, 4)),
	requestMAC("signature.mac_sha256", hmacOf(sha256.New)),
	requestMAC("signature.mac_plain", func(secret, text string) []byte { sum := sha512.Sum512([]byte(text + secret)); return sum[:] }),
	requestMAC("signature.mac_plain", func(secret, text string) []byte { sum := sha512.Sum512([]byte(secret + text)); return sum[:] }),
	requestMAC("signature.mac_swapped", func(secret, text string) []byte { return hmacOf(sha512.New)(text, secret) }),
	requestMethod("signature.method_lower", strings.ToLower),
	requestMethod("signature.method_get", fixed("GET")),
	requestMethod("signature.method_post", fixed("POST")),
	requestMethod("signature.method_none", fixed("")),
	requestPath("signature.path_no_slash", func(path string) string { return strings.TrimPrefix(path, "/") }),
	requestPath("signature.path_end_slash", func(path string) string { return path + "/" }),
	requestPath("signature.path_no_version", func(path string) string { return strings.TrimPrefix(path, "/v1.0") }),
	requestPath("signature.path_lower", strings.ToLower),
	requestPath("signature.path_escaped", url.QueryEscape),
	requestToken("signature.token_bearer", func(token string) string { return "Bearer " + token }),
	requestToken("signature.token_empty", fixed("")),
}

// BenchRequest says what is wrong with a transaction request of BI-SNAP. api is where the API of the environment is reached, for paths that were signed with
// their host.
func (s *Service) BenchRequest(ctx context.Context, who Asker, env ids.Environment, api string, sample RequestSample) (Report, error) {
	r := Report{At: s.Now()}
	sample.Body = strings.ReplaceAll(sample.Body, "\r\n", "\n") // browsers send every line end of a form as two characters
	documented := r.documentedRequest(sample)
	r.judgeToken(s, who, env, documented.token)
	r.judgeTimestamp(sample.Timestamp, s.Tolerance)
	raw := r.readSignature(sample.Signature)
	owned, err := s.candidates(ctx, who, Secret, Server, Client)
	if err != nil {
		return Report{}, err
	}
	variants := r.secretVariants(owned, env, &documented)
	variants = append(variants, requestVariants...)
	variants = append(variants, bodyVariants(sample.Body, r.Minified)...)
	variants = append(variants, pathVariants(sample.Path, documented.path, api)...)
	for _, other := range otherForms(sample.Timestamp) {
		variants = append(variants, requestVariant{Finding{Part: PartTimestamp, Name: "signature.time_signed_other"}, func(s *requestSigning) { s.timestamp = other }})
	}
	variants = append(variants, requestVariant{
		Finding{Part: PartKey, Name: "signature.secret_client_id"}, func(s *requestSigning) { s.secret = ClientID(who.Merchant) },
	})
	if len(raw) == 0 {
		return r, nil
	}
	mistakes, explained := explain(documented, variants, func(s *requestSigning) bool { return s.secret != "" && hmac.Equal(s.sign(), raw) })
	r.Verified = explained
	r.Findings = append(r.Findings, mistakes...)
	if !explained {
		r.judgeMACLength(raw)
	}
	return r, nil
}

// documentedRequest is the way that map-facts section 4 gives, without the secret; what is shown of it holds no whole token.
func (r *Report) documentedRequest(sample RequestSample) requestSigning {
	if strings.TrimSpace(sample.Method) == "" {
		r.find(PartMethod, "signature.method_missing", nil)
	}
	if strings.TrimSpace(sample.Path) == "" {
		r.find(PartPath, "signature.path_missing", nil)
	}
	token := strings.TrimSpace(bearerForm.ReplaceAllString(strings.TrimSpace(sample.Token), ""))
	minified, isJSON := Minify([]byte(sample.Body))
	if !isJSON {
		r.find(PartBody, "signature.body_not_json", nil)
		minified = []byte(sample.Body)
	}
	digest := sha256.Sum256(minified)
	r.Minified, r.BodyHash = string(minified), hex.EncodeToString(digest[:])
	documented := requestSigning{
		method: strings.ToUpper(strings.TrimSpace(sample.Method)), path: pathAlone(sample.Path), token: token, bodyHash: r.BodyHash,
		timestamp: sample.Timestamp, text: separated(":"), mac: hmacOf(sha512.New),
	}
	if !HoldsSecret(sample.Method) && !HoldsSecret(sample.Path) && !HoldsSecret(sample.Timestamp) {
		r.Text = RequestText(documented.method, documented.path, maskToken(token), minified, documented.timestamp)
	}
	return documented
}

// judgeToken says what is wrong with an access token. One that is a stranger's, or of an environment that the asker may not see, is an unknown one.
func (r *Report) judgeToken(s *Service, who Asker, env ids.Environment, text string) {
	if text == "" {
		r.find(PartToken, "signature.token_missing", nil)
		return
	}
	t, ok := s.openToken(text)
	args := map[string]any{"Environment": t.environment, "At": t.ends()}
	switch {
	case !ok || t.merchant != who.Merchant || !who.sees(t.environment):
		r.find(PartToken, "signature.token_unknown", nil)
	case t.environment != env:
		r.find(PartToken, "signature.token_other", args)
	case !r.At.Before(t.ends()):
		r.find(PartToken, "signature.token_old", args)
	}
}

// secretVariants makes the Client Secret without an end the documented one, and variants of whatever else may have been taken for it.
func (r *Report) secretVariants(owned []candidate, env ids.Environment, documented *requestSigning) (variants []requestVariant) {
	for _, c := range owned {
		if c.Kind == Secret && c.Environment == env && c.EndsAt.IsZero() {
			documented.secret = c.text
			continue
		}
		f := c.nameOf(otherSecrets, env, r.At)
		switch c.Kind {
		case Server:
			f.Name, f.Fine = "signature.secret_server_key", false
		case Client:
			f.Name, f.Fine = "signature.secret_client_key", false
		}
		variants = append(variants, requestVariant{f, func(s *requestSigning) { s.secret = c.text }})
	}
	if documented.secret == "" {
		r.find(PartKey, "signature.secret_none", nil)
	}
	return variants
}

// pathAlone is the path of an address, without what does not belong to the text that is signed.
func pathAlone(text string) string {
	text = strings.TrimSpace(text)
	if _, rest, found := strings.Cut(text, "://"); found {
		_, path, _ := strings.Cut(rest, "/")
		text = path
	}
	text, _, _ = strings.Cut(text, "?")
	return "/" + strings.TrimPrefix(text, "/")
}

// pathVariants are the mistakes in a path that depend on what was pasted and where the API is.
func pathVariants(pasted, path, api string) []requestVariant {
	_, host, _ := strings.Cut(api, "://")
	variants := []requestVariant{
		requestPath("signature.path_host", fixed(api+path)), requestPath("signature.path_host", fixed(host+path)),
	}
	pasted = strings.TrimSpace(pasted)
	_, query, hasQuery := strings.Cut(pasted, "?")
	if hasQuery {
		variants = append(variants, requestPath("signature.path_query", fixed(path+"?"+query)))
	}
	if strings.Contains(pasted, "://") || pasted != path && !hasQuery {
		variants = append(variants, requestPath("signature.path_host", fixed(pasted)))
	}
	return variants
}

// judgeMACLength says what a signature is, by its length, that no secret of the merchant made.
func (r *Report) judgeMACLength(raw []byte) {
	switch {
	case len(raw) == sha512.Size:
		r.find(PartSignature, "signature.sig_other_secret", nil)
	case len(raw) == sha256.Size:
		r.find(PartSignature, "signature.sig_sha256", nil)
	case len(raw) >= minRSABits/8:
		r.find(PartSignature, "signature.sig_rsa", nil)
	default:
		r.find(PartSignature, "signature.sig_length", map[string]any{"Bytes": len(raw), "Want": sha512.Size})
	}
}

// base64Of is the spelling that some take instead of hex.
func base64Of(digest []byte) string { return base64.StdEncoding.EncodeToString(digest) }

// ends is the moment from which on an access token is refused.
func (t token) ends() time.Time { return t.issued.Add(TokenLife) }
