package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// Requests are counted by day as the clock on the page shows it: 23:59 in Jakarta is yesterday, although it is today in Greenwich.
func TestThePageOfAKeyShowsItsUse(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := p.serverKey(t, "a@example.test", ids.Sandbox)
	path := "/sandbox/settings/access-keys/" + string(key.ID)
	if page := body(t, b.get(path)); !strings.Contains(page, "Not used yet") || strings.Contains(page, "<svg viewBox") {
		t.Error("a key that was not used has a use")
	}
	jakarta := time.FixedZone("WIB", 7*60*60)
	year, month, day := p.db.Clock.Now().In(jakarta).Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, jakarta)
	for at, times := range map[time.Time]int{
		midnight: 3, midnight.Add(-time.Minute): 2, midnight.AddDate(0, 0, -29): 1200, midnight.AddDate(0, 0, -29).Add(-time.Minute): 50,
	} {
		for range times {
			p.db.Uses().Count(key, at, "203.0.113.5")
		}
	}
	page := strings.Join(strings.Fields(body(t, b.get(path))), " ")
	for _, want := range []string{
		"Server Key", "<dt>Requests today</dt><dd>3</dd>", "<dt>Requests in 30 days</dt><dd>1,205</dd>", "203.0.113.5", `viewBox="0 0 600 96"`,
		`<rect x="3" y="0" width="14" height="96">`, `<rect x="583" y="93" width="14" height="3">`, `<rect x="23" y="96" width="14" height="0">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if got := strings.Count(page, `<th scope="row">`); got != keys.UseDays {
		t.Errorf("the table has %d days", got)
	}
}

// Nobody sees a client key's use: no number is shown as if it were known.
func TestThePageOfAClientKeySaysThatItsUseIsNotCounted(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	owned, err := p.Keys.List(t.Context(), p.merchantOf(t, "a@example.test"), ids.Sandbox)
	if err != nil || owned[0].Kind != keys.Client {
		t.Fatal(owned, err)
	}
	page := says(t, "its page", b.get(keysList+"/"+string(owned[0].ID)), http.StatusOK, "its use is not counted", "No request with this key was refused")
	if strings.Contains(page, "Requests today") || strings.Contains(page, "Not used yet") {
		t.Error("the page has numbers")
	}
}

// What was refused is said in words, on the page of the key and on that of the environment's keys: for a day, and not longer.
func TestRefusedRequestsAreToldWithTheReason(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key, now := p.serverKey(t, "a@example.test", ids.Sandbox), p.db.Clock.Now()
	refuse := func(reason keys.Reason, id ids.KeyID, at time.Time, times int) {
		for range times {
			p.db.Uses().Refuse(key.Merchant, keys.Refusal{Environment: ids.Sandbox, Reason: reason, Key: id, At: at, From: "203.0.113.5"})
		}
	}
	refuse(keys.OtherEnvironment, key.ID, now, 12)
	refuse(keys.WrongPartner, "", now, 1)
	refuse(keys.Ended, key.ID, now.Add(-26*time.Hour), 2)
	const help = "A 401: Key doctor"
	const other, partner, ended = "12 requests used a Sandbox key against Production.", "1 request had another X-PARTNER-ID", "2 requests used a key that has ended"
	path := "/sandbox/settings/access-keys/" + string(key.ID)
	for name, tt := range map[string]struct {
		path      string
		want, not []string
	}{
		"the key":           {path, []string{other, ended, "203.0.113.5", help, `href="` + path + `/rotate"`}, []string{partner}},
		"keys of Sandbox":   {"/sandbox/settings/access-keys", []string{other, partner, help, `href="` + path + `"`}, []string{ended}},
		"those of the host": {"/production/settings/access-keys", []string{other, `href="` + path + `"`}, []string{partner, ended}},
	} {
		page := body(t, b.get(tt.path))
		for _, want := range tt.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", name, want)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(page, not) {
				t.Errorf("%s: the page says %q", name, not)
			}
		}
	}
	p.db.Clock.Move(25 * time.Hour)
	b.signIn("a@example.test")
	if page := body(t, b.get("/sandbox/settings/access-keys")); strings.Contains(page, other) {
		t.Error("a day later it is still told of")
	}
}

// Every reason for a refusal has words in both languages.
func TestEveryRefusalHasWords(t *testing.T) {
	for _, reason := range []keys.Reason{
		keys.WrongKind, keys.OtherEnvironment, keys.Ended, keys.BadSignature, keys.StaleTimestamp, keys.BadToken, keys.WrongPartner, keys.WrongChannel, keys.SameExternalID,
	} {
		if refusalWords[reason] == "" {
			t.Errorf("%s has none", reason)
		}
	}
}

// C093, C094: the page of a key is that of the own merchant and of its environment alone.
func TestThePageOfAnotherKeyDoesNotExist(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	stranger := p.member(t, "b@example.test", "0822222222")
	key, own := p.serverKey(t, "a@example.test", ids.Sandbox), p.serverKey(t, "b@example.test", ids.Sandbox)
	for _, path := range []string{"/sandbox/settings/access-keys/" + string(key.ID), "/production/settings/access-keys/" + string(own.ID), "/sandbox/settings/access-keys/x"} {
		if r := stranger.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}
