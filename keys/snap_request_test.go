package keys_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// Each part of a signed request counts. Who has no Client Secret learns nothing, and takes no X-EXTERNAL-ID; whoever has it learns which part is wrong.
func TestEveryPartOfASignedRequestCounts(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	const body, id = `{"originalPartnerReferenceNo":"1"}`, "id-1"
	signed := func(edit func(*keys.SignedRequest)) func(*keys.SignedRequest) {
		return func(q *keys.SignedRequest) {
			edit(q)
			*q = m.sign(*q, string(q.Body))
		}
	}
	for name, tt := range map[string]struct {
		edit func(*keys.SignedRequest)
		want keys.Reason
	}{
		"another method":             {func(q *keys.SignedRequest) { q.Method = "GET" }, unknown},
		"another path":               {func(q *keys.SignedRequest) { q.Path = "/v1.0/debit/refund" }, unknown},
		"another body":               {func(q *keys.SignedRequest) { q.Body = []byte(`{"originalPartnerReferenceNo":"2"}`) }, unknown},
		"another time":               {func(q *keys.SignedRequest) { q.Timestamp = m.db.Clock.Now().Add(time.Second).Format(time.RFC3339) }, unknown},
		"another secret":             {func(q *keys.SignedRequest) { other := *m; other.secret = "x"; *q = other.sign(*q, body) }, unknown},
		"no signature":               {func(q *keys.SignedRequest) { q.Signature = "" }, unknown},
		"another partner":            {signed(func(q *keys.SignedRequest) { q.PartnerID = "G100000002" }), keys.WrongPartner},
		"another channel":            {signed(func(q *keys.SignedRequest) { q.ChannelID = "00000" }), keys.WrongChannel},
		"partner and signature":      {func(q *keys.SignedRequest) { q.PartnerID, q.Signature = "G100000002", "" }, unknown},
		"no time":                    {func(q *keys.SignedRequest) { q.Timestamp = "yesterday" }, "invalid format of X-TIMESTAMP"},
		"no X-EXTERNAL-ID":           {func(q *keys.SignedRequest) { q.ExternalID = "" }, "invalid format of X-EXTERNAL-ID"},
		"a long X-EXTERNAL-ID":       {func(q *keys.SignedRequest) { q.ExternalID = strings.Repeat("1", 37) }, "invalid format of X-EXTERNAL-ID"},
		"an X-EXTERNAL-ID of spaces": {func(q *keys.SignedRequest) { q.ExternalID = "1 2" }, "invalid format of X-EXTERNAL-ID"},
		"an X-EXTERNAL-ID in Arabic": {func(q *keys.SignedRequest) { q.ExternalID = "١" }, "invalid format of X-EXTERNAL-ID"},
	} {
		q := m.request(token, id, body)
		tt.edit(&q)
		if got := m.check(t, q, ids.Sandbox); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := m.check(t, m.request(token, id, body), ids.Sandbox); got != "" {
		t.Errorf("the id was taken by a request that was refused: %q", got)
	}
	if got := m.check(t, m.request(token, id, body), ids.Sandbox); got != keys.SameExternalID {
		t.Errorf("the id a second time: %q", got)
	}
	if got := m.check(t, m.request(token, strings.Repeat("~", 36), body), ids.Sandbox); got != "" {
		t.Errorf("36 characters: %q", got)
	}
}

// The body may be hashed as it was sent, minified, or as other encoders write the same texts; never with other content.
func TestABodyIsSignedAsSentOrEncodedAnew(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	const sent = "{\n \"url\": \"https://toko.example/é😀\", \"n\": 1.50, \"s\": \"a\\u0022 \\u0001\\u007f<&>\" }"
	forms := map[string]string{
		"sent":       sent,
		"minified":   `{"url":"https://toko.example/é😀","n":1.50,"s":"a\u0022 \u0001\u007f<&>"}`,
		"JavaScript": "{\"url\":\"https://toko.example/é😀\",\"n\":1.50,\"s\":\"a\\\" \\u0001\u007f<&>\"}",
		"Python":     "{\"url\":\"https://toko.example/\\u00e9\\ud83d\\ude00\",\"n\":1.50,\"s\":\"a\\\" \\u0001\u007f<&>\"}",
		"PHP":        "{\"url\":\"https:\\/\\/toko.example\\/\\u00e9\\ud83d\\ude00\",\"n\":1.50,\"s\":\"a\\\" \\u0001\u007f<&>\"}",
	}
	for name, hashed := range forms {
		q := m.request(token, "ok-"+name, sent)
		if got := m.check(t, m.sign(q, hashed), ""); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, hashed := range map[string]string{
		"another number": strings.Replace(forms["minified"], "1.50", "1.5", 1), "another order": `{"n":1.50}`, "nothing": "", "sorted": `{"n":1.50,"url":"x"}`,
	} {
		q := m.request(token, "no-"+name[:5], sent)
		if got := m.check(t, m.sign(q, hashed), ""); got != unknown {
			t.Errorf("%s: %q", name, got)
		}
	}
	for i, odd := range []string{"", "no JSON", "{", `{"a":"\ud800"}`, `"`, `{"a":"\"}`} {
		q := m.request(token, "odd-"+string(rune('a'+i)), odd)
		if got := m.check(t, q, ""); got != "" {
			t.Errorf("%q as sent: %q", odd, got)
		}
		q.Signature = ""
		if got := m.check(t, q, ""); got != unknown {
			t.Errorf("%q without a signature: %q", odd, got)
		}
	}
}

func TestOfParallelRequestsWithOneExternalIDOneIsAnswered(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	var answered, refused atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		q := m.request(token, "same", "{}")
		all.Go(func() {
			switch got := m.check(t, q, ""); got {
			case "":
				answered.Add(1)
			case keys.SameExternalID:
				refused.Add(1)
			default:
				t.Errorf("%q", got)
			}
		})
	}
	all.Wait()
	if answered.Load() != 1 || refused.Load() != 19 {
		t.Errorf("%d answered, %d refused, want 1 and 19", answered.Load(), refused.Load())
	}
}

// The first success marks the public key and the secret as used; both secrets of a rotation sign until the old one's end exactly.
func TestFirstSuccessesAreWrittenAndEndedSecretsSignNothing(t *testing.T) {
	r := newSnapRoom(t)
	m := r.registered(t, ids.Sandbox, pairs()[0])
	token, _ := m.token(t, "")
	used := func(kind keys.Kind) bool {
		k, _ := r.key(t, ids.Sandbox, kind)
		return !k.FirstUsedAt.IsZero()
	}
	if !used(keys.PublicKey) || used(keys.Secret) {
		t.Errorf("after a token: public key used %t, secret %t", used(keys.PublicKey), used(keys.Secret))
	}
	if got := m.check(t, m.request(token, "1", "{}"), ""); got != "" || !used(keys.Secret) {
		t.Errorf("after a request (%q) the secret is not used", got)
	}
	k, _ := r.key(t, ids.Sandbox, keys.Secret)
	if err := r.Store.SetEnd(t.Context(), k.Merchant, k.Environment, k.ID, r.db.Clock.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := m.check(t, m.request(token, "2", "{}"), ""); got != "" {
		t.Errorf("before its end: %q", got)
	}
	r.db.Clock.Move(time.Second)
	if got := m.check(t, m.request(token, "3", "{}"), ""); got != unknown {
		t.Errorf("at its end: %q", got)
	}
}

// With one environment's keyset gone the other still works.
func TestALostKeysetOfOneEnvironmentLeavesTheOther(t *testing.T) {
	r := newSnapRoom(t)
	r.activate(t)
	sandbox, production := r.registered(t, ids.Sandbox, pairs()[0]), r.registered(t, ids.Production, pairs()[1])
	r.db.Exec(t, `UPDATE keysets SET wrapped = $1 WHERE scope = 'sandbox'`, []byte("x"))
	again := r.db.Another(t)
	r.Service = &keys.Service{
		Store: again.Keys(), Current: again.CurrentKeys(), Registrations: again.SnapRegistrations(), Uses: again.Uses(), ExternalIDs: again.ExternalIDs(),
		Sealer: again.Keysets(), Now: r.db.Clock.Now, Tolerance: time.Minute,
	}
	token, got := production.token(t, "")
	if got != "" {
		t.Fatalf("a token of Production: %q", got)
	}
	if got := production.check(t, production.request(token, "1", "{}"), ""); got != "" {
		t.Errorf("a request of Production: %q", got)
	}
	if token, got := sandbox.token(t, ids.Sandbox); token != "" || got == unknown {
		t.Errorf("Sandbox: %q", got)
	}
}
