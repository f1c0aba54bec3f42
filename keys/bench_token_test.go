package keys_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

type wrongToken struct {
	sample keys.TokenSample
	want   []string
}

// wrongTokens are requests for an access token, each wrong in the way that it names.
func wrongTokens(t testing.TB) []wrongToken {
	const text = benchClient + "|" + stamp
	all := []wrongToken{
		{keys.TokenSample{ClientID: "G100000001", Timestamp: stamp, Signature: right(t, text)}, []string{"client_merchant"}},
		{keys.TokenSample{ClientID: benchClient + " ", Timestamp: stamp, Signature: right(t, text)}, []string{"client_spaces"}},
		{keys.TokenSample{ClientID: "g100000001-snap", Timestamp: stamp, Signature: right(t, text)}, []string{"client_case"}},
		{keys.TokenSample{ClientID: "G100000002-SNAP", Timestamp: stamp, Signature: right(t, text)}, []string{"client_other"}},
		{keys.TokenSample{ClientID: "SB-Mid-client-abc", Timestamp: stamp, Signature: right(t, text)}, []string{"client_key"}},
		{keys.TokenSample{ClientID: "merchant", Timestamp: stamp, Signature: right(t, text)}, []string{"client_form"}},
		{keys.TokenSample{ClientID: "", Timestamp: stamp, Signature: right(t, text)}, []string{"client_empty"}},
	}
	for name, other := range map[string]string{
		"text_swapped": stamp + "|" + benchClient, "text_colon": benchClient + ":" + stamp, "text_none": benchClient + stamp,
		"text_comma": benchClient + "," + stamp, "text_dash": benchClient + "-" + stamp, "text_spaces": benchClient + " | " + stamp,
		"text_newline_between": benchClient + "\n" + stamp, "text_swapped_colon": stamp + ":" + benchClient, "text_newline": text + "\n",
		"text_client_alone": benchClient, "text_time_alone": stamp, "text_lower": strings.ToLower(text),
		"client_signed_merchant": "G100000001|" + stamp, "client_signed_lower": "g100000001-snap|" + stamp, "client_signed_spaces": benchClient + " |" + stamp,
		"time_signed_other": benchClient + "|2026-11-21T01:00:00Z", "hash_twice": hex.EncodeToString(sum256(text)),
	} {
		all = append(all, wrongToken{keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: right(t, other)}, []string{name}})
	}
	for name, hash := range map[string]crypto.Hash{"hash_sha1": crypto.SHA1, "hash_sha384": crypto.SHA384, "hash_sha512": crypto.SHA512} {
		all = append(all, wrongToken{keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: signed(t, benchPairs()[0], hash, text)}, []string{name}})
	}
	raw, err := rsa.SignPSS(rand.Reader, benchPairs()[0], crypto.SHA256, sum256(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	pss := base64.StdEncoding.EncodeToString(raw)
	return append(
		all,
		wrongToken{keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: pss}, []string{"hash_pss"}},
		wrongToken{keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: signed(t, benchPairs()[1], crypto.SHA256, text)}, []string{"key_other"}},
		wrongToken{keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: signed(t, benchPairs()[2], crypto.SHA256, text)}, []string{"key_ended"}},
		wrongToken{ // two at a time
			keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: signed(t, benchPairs()[2], crypto.SHA256, benchClient+":"+stamp)}, []string{"key_ended", "text_colon"},
		},
		wrongToken{
			keys.TokenSample{ClientID: "G100000001", Timestamp: stamp, Signature: right(t, "G100000001|"+stamp)}, []string{"client_merchant", "client_signed_merchant"},
		},
	)
}

func TestTheBenchNamesWhatIsWrongWithATokenRequest(t *testing.T) {
	r, who := newBench(t)
	for _, w := range wrongTokens(t) {
		report, err := r.BenchToken(t.Context(), who, ids.Sandbox, w.sample)
		if err != nil {
			t.Fatal(err)
		}
		wantNamed(t, strings.Join(w.want, " and "), report, w.want...)
		if report.Right() {
			t.Errorf("%q is called right", w.want)
		}
	}
}

func TestTheBenchAcceptsARightTokenRequest(t *testing.T) {
	r, who := newBench(t)
	for _, at := range []string{stamp, "2026-11-21T01:00:00Z", "2026-11-21T01:04:59.999Z", "2026-11-21T00:55:00.123456789Z", "2026-11-21T01:05:00+00:00"} {
		report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{ClientID: benchClient, Timestamp: at, Signature: right(t, benchClient+"|"+at)})
		if err != nil || !report.Right() || len(report.Findings) > 0 || report.Text != benchClient+"|"+at || len(report.Keys) != 1 {
			t.Errorf("%s: %+v, %v", at, report, err)
		}
	}
	_, fingerprint, err := keys.ParsePublicKey(publicOf(t, benchPairs()[0]))
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{
		ClientID: benchClient, Timestamp: stamp, Signature: signed(t, benchPairs()[3], crypto.SHA256, benchClient+"|"+stamp),
	})
	if err != nil || report.Verified || !slices.Equal(names(report), []string{"sig_other_key"}) || report.Findings[0].Args["Fingerprint"] != fingerprint {
		t.Errorf("another pair: %+v, %v", report, err)
	}
}

func TestTheBenchSaysWhatATimestampLacks(t *testing.T) {
	r, who := newBench(t)
	for text, want := range map[string]string{
		"": "time_empty", stamp + " ": "time_spaces", "1763686800": "time_unix", "2026-11-21T08:00:00": "time_no_zone", "2026-11-21 08:00:00": "time_no_zone",
		"2026-11-21 08:00:00+07:00": "time_space", "2026-11-21T08:00:00+0700": "time_offset", "2026-11-21T08:00:00 07:00": "time_offset",
		"2026-11-21t01:00:00z": "time_small", "21/11/2026": "time_form", "2026-02-30T06:22:08Z": "time_form",
		"2026-11-21T00:54:59.999Z": "time_old", "2026-11-21T01:05:00.001Z": "time_future",
		"2026-11-21T08:01:00Z": "time_local_as_utc", "2026-11-21T01:00:00+07:00": "time_utc_as_local",
	} {
		report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{ClientID: benchClient, Timestamp: text, Signature: right(t, benchClient+"|"+text)})
		if err != nil {
			t.Fatal(err)
		}
		wantNamed(t, text, report, want)
	}
	report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{Timestamp: "2026-11-21T00:50:00Z"})
	if err != nil || report.Findings[1].Args["Off"] != 10*time.Minute {
		t.Errorf("ten minutes: %+v, %v", report.Findings, err)
	}
}

func TestTheBenchSaysWhatASignatureIsInstead(t *testing.T) {
	r, who := newBench(t)
	raw, err := base64.StdEncoding.DecodeString(right(t, benchClient+"|"+stamp))
	if err != nil {
		t.Fatal(err)
	}
	plain := base64.StdEncoding.EncodeToString(raw)
	for _, tt := range []struct {
		signature, want string
		verified        bool
	}{
		{"", "sig_empty", false},
		{"not base64!", "sig_not_base64", false},
		{hex.EncodeToString(raw), "sig_hex", true},
		{base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(raw))), "sig_hex_in_base64", true},
		{plain[:76] + "\n" + plain[76:], "sig_wrapped", true},
		{strings.TrimRight(plain, "="), "sig_padding", true},
		{base64.StdEncoding.EncodeToString(raw[:64]), "sig_hmac512", false},
		{base64.StdEncoding.EncodeToString(raw[:32]), "sig_hmac256", false},
		{base64.StdEncoding.EncodeToString(raw[:100]), "sig_length", false},
	} {
		report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: tt.signature})
		if err != nil || !slices.Contains(names(report), tt.want) || report.Verified != tt.verified {
			t.Errorf("%s: %+v, %v", tt.want, report, err)
		}
	}
	for range 200 { // until it has a character that only one of the alphabets has
		other := base64.URLEncoding.EncodeToString([]byte(rand.Text() + "\xff\xfb"))
		if strings.ContainsAny(other, "-_") {
			report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: other})
			if err != nil || !slices.Contains(names(report), "sig_base64url") {
				t.Errorf("base64url: %q, %v", names(report), err)
			}
			return
		}
	}
	t.Error("no such text came")
}

// Whoever may see Sandbox alone learns nothing of Production: a signature of its key is one of an unknown key, byte for byte.
func TestTheBenchKnowsOnlyKeysThatTheAskerMaySee(t *testing.T) {
	r, who := newBench(t)
	who.Sees = []ids.Environment{ids.Sandbox}
	ask := func(pair int) []string {
		report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{
			ClientID: benchClient, Timestamp: stamp, Signature: signed(t, benchPairs()[pair], crypto.SHA256, benchClient+"|"+stamp),
		})
		if err != nil {
			t.Fatal(err)
		}
		return names(report)
	}
	if got, want := ask(1), ask(3); !slices.Equal(got, want) || !slices.Equal(got, []string{"sig_other_key"}) {
		t.Errorf("of Production %q, of nobody %q", got, want)
	}
	r.merchant(t, "G100000002", "budi@example.test")
	who.Merchant = "G100000002"
	report, err := r.BenchToken(t.Context(), who, ids.Sandbox, keys.TokenSample{ClientID: benchClient, Timestamp: stamp, Signature: right(t, benchClient+"|"+stamp)})
	if err != nil || !slices.Equal(names(report), []string{"client_other", "key_none"}) || report.Verified {
		t.Errorf("another merchant: %q, %v", names(report), err)
	}
}
