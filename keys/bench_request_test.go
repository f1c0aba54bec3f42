package keys_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

const (
	benchPath = "/v1.0/debit/status"
	benchBody = "{\"b\": 1.50, \"a\": \"x/<y>\",\n \"c\": [1, 2]}"
	minified  = `{"b":1.50,"a":"x/<y>","c":[1,2]}`
	benchAPI  = "https://api.sandbox.example.test"
)

func mac(make func() hash.Hash, secret, text string) string {
	m := hmac.New(make, []byte(secret))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// parts is a request's text to sign, to be changed.
type parts struct{ method, path, token, hash, at, by, secret string }

func rightParts() parts {
	return parts{"POST", benchPath, benchToken, hex.EncodeToString(sum256(minified)), stamp, ":", benchSecret}
}

func (p parts) text() string {
	return strings.Join([]string{p.method, p.path, p.token, p.hash, p.at}, p.by)
}

func (p parts) sign() string { return mac(sha512.New, p.secret, p.text()) }

type wrongRequest struct {
	signature, path string // path: as it is pasted
	want            []string
}

func changed(name string, change func(*parts)) wrongRequest {
	p := rightParts()
	change(&p)
	return wrongRequest{p.sign(), benchPath, []string{name}}
}

func hashed(name, body string) wrongRequest {
	return changed(name, func(p *parts) { p.hash = hex.EncodeToString(sum256(body)) })
}

// wrongRequests are signatures of one transaction request, each wrong in the way that it names.
func wrongRequests() []wrongRequest {
	p := rightParts()
	long, short := sha512.Sum512([]byte(minified)), md5.Sum([]byte(minified))
	plain := sha512.Sum512([]byte(p.text() + benchSecret))
	all := []wrongRequest{
		hashed("body_raw", benchBody), hashed("body_newline", minified+"\n"), hashed("body_newline", benchBody+"\n"), hashed("body_empty", ""), hashed("body_braces", "{}"),
		hashed("body_newline", strings.ReplaceAll(benchBody, "\n", "\r\n")), hashed("body_lower", strings.ToLower(strings.Replace(minified, "x/", "X/", 1))),
		hashed("body_spaced", `{"b": 1.50, "a": "x/<y>", "c": [1, 2]}`), hashed("body_sorted", `{"a":"x/<y>","b":1.50,"c":[1,2]}`),
		hashed("body_slashes", `{"b":1.50,"a":"x\/<y>","c":[1,2]}`), hashed("body_html", `{"b":1.50,"a":"x/\u003cy\u003e","c":[1,2]}`),
		changed("body_upper", func(p *parts) { p.hash = strings.ToUpper(p.hash) }),
		changed("body_base64", func(p *parts) { p.hash = base64.StdEncoding.EncodeToString(sum256(minified)) }),
		changed("body_not_hashed", func(p *parts) { p.hash = minified }), changed("body_not_hashed", func(p *parts) { p.hash = benchBody }),
		changed("body_sha512", func(p *parts) { p.hash = hex.EncodeToString(long[:]) }), changed("body_md5", func(p *parts) { p.hash = hex.EncodeToString(short[:]) }),
		changed("method_lower", func(p *parts) { p.method = "post" }), changed("method_get", func(p *parts) { p.method = "GET" }),
		changed("method_post", func(*parts) {}), changed("method_none", func(p *parts) { p.method = "" }),
		changed("path_host", func(p *parts) { p.path = benchAPI + benchPath }), changed("path_host", func(p *parts) { p.path = "api.sandbox.example.test" + benchPath }),
		changed("path_no_slash", func(p *parts) { p.path = benchPath[1:] }), changed("path_end_slash", func(p *parts) { p.path += "/" }),
		changed("path_no_version", func(p *parts) { p.path = "/debit/status" }), changed("path_escaped", func(p *parts) { p.path = "%2Fv1.0%2Fdebit%2Fstatus" }),
		changed("token_bearer", func(p *parts) { p.token = "Bearer " + benchToken }), changed("token_empty", func(p *parts) { p.token = "" }),
		changed("text_bars", func(p *parts) { p.by = "|" }), changed("text_nothing", func(p *parts) { p.by = "" }), changed("text_newlines", func(p *parts) { p.by = "\n" }),
		changed("time_signed_other", func(p *parts) { p.at = "2026-11-21T01:00:00.000Z" }),
		changed("secret_other", func(p *parts) { p.secret = "ProductionSecretProductionSecret" }),
		changed("secret_ended", func(p *parts) { p.secret = "EndedSecretEndedSecretEndedSecre" }), changed("secret_client_id", func(p *parts) { p.secret = benchClient }),
		{mac(sha256.New, benchSecret, p.text()), benchPath, []string{"mac_sha256"}},
		{mac(sha512.New, p.text(), benchSecret), benchPath, []string{"mac_swapped"}},
		{base64.StdEncoding.EncodeToString(plain[:]), benchPath, []string{"mac_plain"}},
	}
	for name, text := range map[string]string{
		"text_newline_end": p.text() + "\n", "text_lower_request": strings.ToLower(p.text()),
		"text_no_token": strings.Replace(p.text(), benchToken+":", "", 1), "text_no_body": strings.Replace(p.text(), p.hash+":", "", 1),
		"text_no_time": strings.TrimSuffix(p.text(), ":"+stamp), "text_order": strings.Join([]string{p.path, p.method, p.token, p.hash, p.at}, ":"),
	} {
		all = append(all, wrongRequest{mac(sha512.New, benchSecret, text), benchPath, []string{name}})
	}
	p.path += "?id=1"
	all = append(all, wrongRequest{p.sign(), benchPath + "?id=1", []string{"path_query"}})
	p.path = benchAPI + benchPath
	all = append(all, wrongRequest{p.sign(), p.path, []string{"path_host"}})
	p = rightParts()
	p.hash, p.method = hex.EncodeToString(sum256(benchBody)), "post" // two at a time
	all = append(all, wrongRequest{p.sign(), benchPath, []string{"method_lower", "body_raw"}})
	p.path, p.method, p.hash = "/V1.0/Debit", "POST", rightParts().hash
	sent := p.path
	p.path = strings.ToLower(p.path)
	return append(all, wrongRequest{p.sign(), sent, []string{"path_lower"}})
}

func sample(w wrongRequest) keys.RequestSample {
	body := benchBody
	if w.want[0] == "body_lower" {
		body = strings.Replace(body, "x/", "X/", 1)
	}
	method := "POST"
	if w.want[0] == "method_post" {
		method = "GET"
	}
	return keys.RequestSample{
		Method: method, Path: w.path, Token: benchToken, Body: strings.ReplaceAll(body, "\n", "\r\n"), Timestamp: stamp, Signature: w.signature,
	}
}

func TestTheBenchNamesWhatIsWrongWithARequest(t *testing.T) {
	r, who := newBench(t)
	for _, w := range wrongRequests() {
		report, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, sample(w))
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(slices.Values(names(report))); !report.Verified || report.Right() || !slices.Equal(got, slices.Sorted(slices.Values(w.want))) {
			t.Errorf("%q: findings %q, verified %t", w.want, got, report.Verified)
		}
	}
}

func TestTheBenchNamesAKeyThatIsNoClientSecret(t *testing.T) {
	r, who := newBench(t)
	owned, err := r.List(t.Context(), benchMerchant, ids.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range owned {
		if k.Kind != keys.Server && k.Kind != keys.Client {
			continue
		}
		_, text, err := r.Reveal(t.Context(), r.who, ids.Sandbox, k.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := "secret_" + string(k.Kind) + "_key"
		w := changed(want, func(p *parts) { p.secret = text })
		report, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, sample(w))
		if err != nil {
			t.Fatal(err)
		}
		wantNamed(t, want, report, want)
	}
}

func TestTheBenchAcceptsARightRequestAndNeverShowsTheToken(t *testing.T) {
	r, who := newBench(t)
	p := rightParts()
	w := wrongRequest{p.sign(), benchPath, []string{""}}
	for _, change := range []func(*keys.RequestSample){
		func(*keys.RequestSample) {},
		func(s *keys.RequestSample) { s.Token, s.Method = "Bearer "+benchToken+"\n", "post" },
		func(s *keys.RequestSample) { s.Path = benchAPI + benchPath + "?id=1" },
		func(s *keys.RequestSample) { s.Body = minified },
	} {
		sent := sample(w)
		change(&sent)
		report, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, sent)
		if err != nil || !report.Right() || len(report.Findings) > 0 {
			t.Errorf("%+v: %+v, %v", sent, report.Findings, err)
		}
		want := "POST:" + benchPath + ":" + benchToken[:6] + "…" + benchToken[len(benchToken)-6:] + ":" + p.hash + ":" + stamp
		if report.Text != want || report.Minified != minified || report.BodyHash != p.hash {
			t.Errorf("to sign: %q, %q, %q", report.Text, report.Minified, report.BodyHash)
		}
	}
}

func TestTheBenchSaysWhatARequestLacks(t *testing.T) {
	r, who := newBench(t)
	for _, tt := range []struct {
		sample keys.RequestSample
		want   []string
	}{
		{keys.RequestSample{}, []string{"method_missing", "path_missing", "token_missing", "time_empty", "sig_empty"}},
		{keys.RequestSample{Method: "POST", Path: benchPath, Token: benchToken, Body: "a=1", Timestamp: stamp, Signature: "!"}, []string{"body_not_json", "sig_not_base64"}},
		{keys.RequestSample{Method: "POST", Path: benchPath, Token: benchToken, Timestamp: stamp, Signature: changed("", func(p *parts) { p.secret = "nobody's" }).signature}, []string{"sig_other_secret"}},
		{keys.RequestSample{Method: "POST", Path: benchPath, Token: benchToken, Timestamp: stamp, Signature: right(t, "x")}, []string{"sig_rsa"}},
		{keys.RequestSample{Method: "POST", Path: benchPath, Token: benchToken, Timestamp: stamp, Signature: mac(sha256.New, "x", "x")}, []string{"sig_sha256"}},
		{keys.RequestSample{Method: "POST", Path: benchPath, Token: benchToken, Timestamp: stamp, Signature: "YWJjZA=="}, []string{"sig_length"}},
	} {
		report, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, tt.sample)
		if got := names(report); err != nil || report.Verified || !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %q, %v, want %q", tt.sample, got, err, tt.want)
		}
	}
	if report, err := r.BenchRequest(t.Context(), keys.Asker{Merchant: benchMerchant}, ids.Sandbox, benchAPI, sample(changed("", func(*parts) {}))); err != nil ||
		!slices.Equal(names(report), []string{"token_unknown", "secret_none", "sig_other_secret"}) {
		t.Errorf("without any secret: %q, %v", names(report), err)
	}
}

func TestTheBenchSaysWhatAnAccessTokenIs(t *testing.T) {
	r, who := newBench(t)
	r.merchant(t, "G100000002", "budi@example.test")
	now := r.db.Clock.Now()
	for _, tt := range []struct {
		m      ids.MerchantID
		env    ids.Environment
		issued time.Time
		want   []string
	}{
		{benchMerchant, ids.Sandbox, now.Add(time.Millisecond - keys.TokenLife), nil},
		{benchMerchant, ids.Sandbox, now.Add(-keys.TokenLife), []string{"token_old"}},
		{benchMerchant, ids.Production, now, []string{"token_other"}},
		{"G100000002", ids.Sandbox, now, []string{"token_unknown"}},
	} {
		var err error
		if benchToken, err = r.TokenOf(tt.m, tt.env, "KEY", tt.issued); err != nil {
			t.Fatal(err)
		}
		report, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, sample(changed("", func(*parts) {})))
		if err != nil {
			t.Fatal(err)
		}
		wantNamed(t, string(tt.m)+" "+string(tt.env), report, tt.want...)
		who.Sees = []ids.Environment{ids.Sandbox}
		hidden, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, sample(changed("", func(*parts) {})))
		if who.Sees = ids.Environments(); err != nil || tt.env == ids.Production && !slices.Equal(names(hidden), []string{"token_unknown"}) {
			t.Errorf("to whom may not see it: %q, %v", names(hidden), err)
		}
	}
}

// A key that a rotation leaves live until its end is as good as the one that replaces it.
func TestTheBenchAcceptsAKeyThatEndsLater(t *testing.T) {
	r, who := newBench(t)
	end := r.db.Clock.Now().AddDate(0, 0, 1)
	for kind, text := range map[keys.Kind]string{keys.Secret: "NewSecretNewSecretNewSecretNewSe", keys.PublicKey: publicOf(t, benchPairs()[3])} {
		if _, err := r.Put(t.Context(), benchMerchant, ids.Sandbox, kind, text, end); err != nil {
			t.Fatal(err)
		}
	}
	report, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, sample(changed("", func(*parts) {})))
	if err != nil || !report.Right() || !slices.Equal(names(report), []string{"secret_ending"}) {
		t.Errorf("request: %+v, %v", report, err)
	}
	report, err = r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: right(t, benchClient+"|"+stamp)})
	if err != nil || !report.Right() || !slices.Equal(names(report), []string{"key_ending"}) || len(report.Keys) != 2 {
		t.Errorf("token: %+v, %v", report, err)
	}
}

func TestALargeBodyIsLookedAtInEveryWay(t *testing.T) {
	r, who := newBench(t)
	s := sample(changed("", func(p *parts) { p.secret = "nobody's" }))
	s.Body = `{"a":"` + strings.Repeat("x", keys.MaxPasted-10) + `"}`
	report, err := r.BenchRequest(t.Context(), who, ids.Sandbox, benchAPI, s)
	if err != nil || !slices.Equal(names(report), []string{"sig_other_secret"}) {
		t.Errorf("%q, %v", names(report), err)
	}
}
