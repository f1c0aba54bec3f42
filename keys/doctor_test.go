package keys_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// diagnose asks on the page of Sandbox.
func diagnose(t *testing.T, r *snapRoom, who keys.Asker, pasted string) keys.Diagnosis {
	t.Helper()
	d, err := r.Diagnose(t.Context(), who, ids.Sandbox, pasted)
	if err != nil {
		t.Fatalf("%q: %v", pasted, err)
	}
	return d
}

// textOf is the text of a key of the bench's merchant.
func textOf(t *testing.T, r *snapRoom, env ids.Environment, kind keys.Kind) string {
	t.Helper()
	owned, err := r.List(t.Context(), benchMerchant, env)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(owned, func(k keys.Key) bool { return k.Kind == kind && k.EndsAt.IsZero() })
	_, text, err := r.Reveal(t.Context(), r.who, env, owned[at].ID)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func oddities(d keys.Diagnosis) (found []string) {
	for _, o := range d.Odd {
		found = append(found, o.Name)
	}
	return found
}

func TestTheDoctorKnowsOwnKeys(t *testing.T) {
	r, who := newBench(t)
	for _, tt := range []struct {
		text  string
		looks keys.Looks
		env   ids.Environment
		live  bool
		next  keys.Advice
	}{
		{textOf(t, r, ids.Sandbox, keys.Server), keys.LooksServer, ids.Sandbox, true, keys.NextSnippet},
		{textOf(t, r, ids.Production, keys.Server), keys.LooksServer, ids.Production, true, keys.NextEnvironment},
		{textOf(t, r, ids.Sandbox, keys.Client), keys.LooksClient, ids.Sandbox, true, keys.NextServerKey},
		{benchSecret, keys.LooksSecret, ids.Sandbox, true, keys.NextBench},
		{"EndedSecretEndedSecretEndedSecre", keys.LooksSecret, ids.Sandbox, false, keys.NextReplaced},
		{publicOf(t, benchPairs()[0]), keys.LooksPublicKey, ids.Sandbox, true, keys.NextBench},
		{publicOf(t, benchPairs()[1]), keys.LooksPublicKey, ids.Production, true, keys.NextEnvironment},
		{publicOf(t, benchPairs()[2]), keys.LooksPublicKey, ids.Sandbox, false, keys.NextReplaced},
	} {
		d := diagnose(t, r, who, tt.text)
		if d.Looks != tt.looks || d.Environment != tt.env || d.Live != tt.live || d.Next != tt.next || d.Whose != keys.WhoseOwn || d.Key.ID == "" || len(d.Odd) > 0 {
			t.Errorf("%s of %s: %+v", tt.looks, tt.env, d)
		}
	}
	if d := diagnose(t, r, who, publicOf(t, benchPairs()[3])); d.Whose != keys.WhoseNot || d.Fingerprint == "" || d.Next != keys.NextSnap {
		t.Errorf("a public key that is not registered: %+v", d)
	}
}

// The state is exact: at its end, and not before, a key has ended.
func TestTheDoctorTellsWhenAKeyEndsAndWhenItWasUsed(t *testing.T) {
	r, who := newBench(t)
	text := textOf(t, r, ids.Sandbox, keys.Server)
	d := diagnose(t, r, who, text)
	if !d.Used.At.IsZero() {
		t.Errorf("used at %s before any use", d.Used.At)
	}
	r.Uses.Count(d.Key, r.db.Clock.Now(), "192.0.2.7")
	end := r.db.Clock.Now().Add(time.Hour)
	if err := r.Store.SetEnd(t.Context(), benchMerchant, ids.Sandbox, d.Key.ID, end); err != nil {
		t.Fatal(err)
	}
	d = diagnose(t, r, who, text)
	if !d.Live || !d.Key.EndsAt.Equal(end) || d.Next != keys.NextReplaceSoon || d.Used.From != "192.0.2.7" {
		t.Errorf("before its end: %+v", d)
	}
	r.db.Clock.Move(time.Hour - time.Millisecond)
	if d = diagnose(t, r, who, text); !d.Live {
		t.Error("a millisecond before its end it has ended")
	}
	r.db.Clock.Move(time.Millisecond)
	if d = diagnose(t, r, who, text); d.Live || d.Next != keys.NextReplaced {
		t.Errorf("at its end: %+v", d)
	}
}

func TestTheDoctorOpensOwnAccessTokens(t *testing.T) {
	r, who := newBench(t)
	ask := func(who keys.Asker) keys.Diagnosis { return diagnose(t, r, who, "Bearer "+benchToken) }
	if d := ask(who); d.Whose != keys.WhoseOwn || !d.Live || d.Environment != ids.Sandbox || d.Next != keys.NextBench || !d.Ends.Equal(r.db.Clock.Now().Add(keys.TokenLife)) {
		t.Errorf("a live one: %+v", d)
	}
	for name, other := range map[string]keys.Asker{"a stranger": {Merchant: "G100000002", Sees: ids.Environments()}, "who may not see Sandbox": {Merchant: benchMerchant}} {
		unknown := diagnose(t, r, other, strings.Repeat("a", len(benchToken)))
		if diff := cmp.Diff(unknown, ask(other)); diff != "" || unknown.Whose != keys.WhoseNot {
			t.Errorf("to %s a token is not an unknown one: %s", name, diff)
		}
	}
	r.db.Clock.Move(keys.TokenLife)
	if d := ask(who); d.Live || d.Next != keys.NextNewToken {
		t.Errorf("one that has ended: %+v", d)
	}
}

// A key of another merchant, of an environment that the asker may not see, and one that never was are one answer, at the same cost.
func TestAStrangersKeyIsAnUnknownOne(t *testing.T) {
	r, who := newBench(t)
	who.Sees = []ids.Environment{ids.Sandbox}
	r.merchant(t, "G100000002", "budi@example.test")
	stranger := keys.Asker{Merchant: "G100000002", Sees: ids.Environments()}
	for env, channel := range map[ids.Environment]string{ids.Sandbox: "11111", ids.Production: "22222"} {
		if err := r.Registrations.Register(t.Context(), keys.Registration{Merchant: benchMerchant, Environment: env, ChannelID: channel, CreatedAt: r.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	secret := func(same string) string { return same + strings.Repeat("0", 32-len(same)) }
	for name, tt := range map[string]struct {
		who           keys.Asker
		text, unknown string
	}{
		"a stranger's server key":  {stranger, textOf(t, r, ids.Sandbox, keys.Server), "SB-Mid-server-" + strings.Repeat("a", 24)},
		"a stranger's client key":  {stranger, textOf(t, r, ids.Sandbox, keys.Client), "SB-Mid-client-" + strings.Repeat("a", 16)},
		"a stranger's secret":      {stranger, benchSecret, secret("x")},
		"a stranger's Merchant ID": {stranger, string(benchMerchant), "G999999999"},
		"a stranger's Client ID":   {stranger, benchClient, "G999999999-SNAP"},
		"one of Production":        {who, textOf(t, r, ids.Production, keys.Server), "Mid-server-" + strings.Repeat("a", 24)},
		"a secret of Production":   {who, "ProductionSecretProductionSecret", secret("y")},
		"a pair of Production":     {who, publicOf(t, benchPairs()[1]), publicOf(t, benchPairs()[3])},
		"a stranger's channel":     {stranger, "11111", "00000"},
		"a channel of Production":  {who, "22222", "00000"},
		"a stranger's pair":        {stranger, publicOf(t, benchPairs()[0]), publicOf(t, benchPairs()[3])},
	} {
		ask := func(text string) (keys.Diagnosis, int) {
			r.db.Statements()
			d := diagnose(t, r, tt.who, text)
			reads, writes := r.db.Statements()
			if len(writes) > 0 {
				t.Errorf("%s: the doctor writes %q", name, writes)
			}
			return d, len(reads)
		}
		ask(tt.unknown) // what is remembered is read once
		got, reads := ask(tt.text)
		want, readsToo := ask(tt.unknown)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(keys.Diagnosis{}, "Fingerprint")); diff != "" || reads != readsToo || got.Whose != keys.WhoseNot {
			t.Errorf("%s: %d reads and %d for an unknown one, %s", name, reads, readsToo, diff)
		}
	}
}

func TestTheDoctorReadsWhatPeoplePaste(t *testing.T) {
	r, who := newBench(t)
	text := textOf(t, r, ids.Sandbox, keys.Server)
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tt := range []struct {
		pasted string
		odd    []string
	}{
		{text, nil},
		{" \t" + text + "\r\n", []string{keys.OddSpaces}},
		{"\ufeff" + text + "\u200b", []string{keys.OddSpaces}},
		{`"` + text + `",`, []string{keys.OddQuotes}},
		{"“" + text + "”", []string{keys.OddQuotes}},
		{text + ":", []string{keys.OddColon}},
		{text + ":secret", []string{keys.OddPassword, keys.OddColon}},
		{text[:20] + "\n" + text[20:], []string{keys.OddInside}},
		{text[:9] + " " + text[9:], []string{keys.OddInside}},
		{strings.Replace(text, "SB-Mid-", "SB–Mid–", 1), []string{keys.OddDash}},
		{strings.Replace(text, "SB-Mid-server", "sb-mid-Server", 1), []string{keys.OddCase}},
		{"MIDTRANS_SERVER_KEY=" + text, []string{keys.OddLabel}},
		{"export SERVER_KEY = '" + text + "'", []string{keys.OddQuotes, keys.OddLabel}},
		{encoded(text + ":"), []string{keys.OddBase64}},
		{encoded(text), []string{keys.OddBase64, keys.OddNoColon}},
		{"Basic " + encoded(text+":"), []string{keys.OddHeader, keys.OddBase64}},
		{"Authorization: Basic " + encoded(text+":") + "\n", []string{keys.OddSpaces, keys.OddHeader, keys.OddBase64}},
		{"curl -u " + text + ": https://api.example.test/v2/order-1/status", []string{keys.OddCurl}},
		{"curl --silent --user '" + text + ":' https://api.example.test/v2/order-1/status", []string{keys.OddCurl}},
		{"curl https://api.example.test/v2/x/status \\\n  -H 'Authorization: Basic " + encoded(text+":") + "'", []string{keys.OddCurl, keys.OddHeader, keys.OddBase64}},
		{"authorization:basic " + encoded(text+"\n:"), []string{keys.OddHeader, keys.OddBase64, keys.OddSpaces}},
	} {
		d := diagnose(t, r, who, tt.pasted)
		if d.Whose != keys.WhoseOwn || d.Looks != keys.LooksServer || !cmp.Equal(oddities(d), tt.odd) {
			t.Errorf("%q: %s, whose %q, odd %q, want %q", strings.ReplaceAll(tt.pasted, text, "KEY"), d.Looks, d.Whose, oddities(d), tt.odd)
		}
	}
}

func TestTheDoctorTellsByTheFormWhatAPastedTextLooksLike(t *testing.T) {
	r, who := newBench(t)
	made, err := r.Register(t.Context(), r.merchant(t, "G100000003", "tuti@example.test"), ids.Sandbox, publicOf(t, benchPairs()[3]))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		pasted string
		looks  keys.Looks
		next   keys.Advice
		odd    []keys.Oddity
	}{
		{"", keys.LooksEmpty, keys.NextPaste, nil},
		{" \n ", keys.LooksEmpty, keys.NextPaste, nil},
		{strings.Repeat("a", keys.MaxPasted+1), keys.LooksTooLong, keys.NextPaste, nil},
		{"SB-Mid-server-abcdefghijklmnopqrstu", keys.LooksServer, keys.NextCopy, []keys.Oddity{{Name: keys.OddShort, Count: 3}}},
		{"Mid-client-abcdefghijklmnopqr", keys.LooksClient, keys.NextCopy, []keys.Oddity{{Name: keys.OddLong, Count: 2}}},
		{"SB-Mid-server-abcdefghijklmnopqrst$vwx", keys.LooksServer, keys.NextCopy, []keys.Oddity{{Name: keys.OddCharacter}}},
		{"SB-Mid-partner-abc", keys.LooksOtherKey, keys.NextAnotherShape, nil},
		{"VT-server-abcdefghijklmnopqrstuvwx", keys.LooksOtherKey, keys.NextAnotherShape, nil},
		{"SB-Mid-server-••••••••••••wxyz", keys.LooksMasked, keys.NextReveal, nil},
		{"G10000000", keys.LooksMerchantID, keys.NextSnap, []keys.Oddity{{Name: keys.OddShort, Count: 1}}},
		{"g100000001-snap", keys.LooksClientID, keys.NextSnap, []keys.Oddity{{Name: keys.OddCase}}},
		{"12345", keys.LooksChannelID, keys.NextSnap, nil},
		{made.ChannelID, keys.LooksChannelID, keys.NextSnap, nil},
		{"Bearer abc.def.ghi", keys.LooksToken, keys.NextBench, nil},
		{right(t, "x"), keys.LooksSignature, keys.NextBench, nil},
		{"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", keys.LooksOtherPEM, keys.NextSnap, nil},
		{"-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", keys.LooksPrivateKey, keys.NextNewPair, nil},
		{"-----BEGIN RSA PRIVATE KEY-----\nabc", keys.LooksPrivateKey, keys.NextNewPair, nil},
		{"kopi tubruk di teras belakang", keys.LooksUnknown, keys.NextAnotherShape, nil},
	} {
		d := diagnose(t, r, who, tt.pasted)
		own := d.Whose == keys.WhoseOwn && tt.looks != keys.LooksClientID
		if d.Looks != tt.looks || d.Next != tt.next || own || !cmp.Equal(d.Odd, tt.odd) {
			t.Errorf("%.40q: %+v, want %s, %s, %v", tt.pasted, d, tt.looks, tt.next, tt.odd)
		}
	}
	own := keys.Asker{Merchant: "G100000003", Sees: ids.Environments()}
	for _, id := range []string{made.ChannelID, "G100000003", "G100000003-SNAP"} {
		if d := diagnose(t, r, own, id); d.Whose != keys.WhoseOwn {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if d := diagnose(t, r, who, "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----"); d.Refused == nil || d.Whose != keys.WhoseUnasked {
		t.Errorf("a broken public key: %+v", d)
	}
}

// What the doctor says holds nothing of what was pasted, however it is printed.
func TestADiagnosisHoldsNothingOfThePastedText(t *testing.T) {
	r, who := newBench(t)
	for _, pasted := range []string{textOf(t, r, ids.Sandbox, keys.Server), "SB-Mid-server-CANARYCANARYCANARYCANARY", "CANARYCANARYCANARYCANARYCANARY12", "CANARY password"} {
		said := fmt.Sprintf("%+v %#v", diagnose(t, r, who, pasted), diagnose(t, r, who, pasted))
		if strings.Contains(said, strings.TrimPrefix(pasted, "SB-Mid-server-")[:20-len("CANARY")]) {
			t.Errorf("the diagnosis of %q says %s", pasted, said)
		}
	}
}

// Nothing that somebody pastes breaks the doctor.
func FuzzDiagnose(f *testing.F) {
	for _, seed := range []string{"", "SB-Mid-server-", "Authorization: Basic U0ItTWlkLXNlcnZlci06", "-----BEGIN PUBLIC KEY-----", "::::", "\"'\"'", "Basic Basic Basic", "\xff\x00"} {
		f.Add(seed)
	}
	r, who := newBench(f)
	f.Fuzz(func(t *testing.T, pasted string) {
		if d := diagnose(t, r, who, pasted); d.Next == "" || d.Looks == "" {
			t.Errorf("%q: %+v", pasted, d)
		}
	})
}
