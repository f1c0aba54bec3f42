package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// C084: a shown secret leaves the page after a minute, without script too, by a page that is no activity of a person.
func TestAShownKeyIsHiddenAfterAMinute(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := keysList + "/" + b.keyID() + "/reveal"
	r := b.post(path)
	if got := r.Header.Get("Refresh"); got != "60;url="+path || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Refresh %q, Cache-Control %q", got, r.Header.Get("Cache-Control"))
	}
	says(t, "shown", r, http.StatusOK, `data-empty-after="60"`, `type="text"`, "secret.")
	p.db.Clock.Move(14 * time.Minute)
	hidden := says(t, "afterwards", b.get(path), http.StatusOK, "The key is hidden", "Reveal again")
	if anyKey.MatchString(hidden) {
		t.Error("the key is still there")
	}
	p.db.Clock.Move(2 * time.Minute)
	if b.isIn() {
		t.Error("the page that hides a key kept the session alive")
	}
}

func TestAKeyCanBeCopiedWithoutBeingShownAndIsLoggedTheSame(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := keysList + "/" + b.keyID() + "/reveal"
	says(t, "the list", b.get(keysList), http.StatusOK, `name="only" value="copy"`, "Copy without showing")
	r := b.post(path, "only", "copy")
	if r.Header.Get("Refresh") == "" {
		t.Error("it stays")
	}
	page := says(t, "copy", r, http.StatusOK, `type="password"`, "data-copy=", "Show it", "data-empty-after")
	if n := len(anyKey.FindAllString(page, -1)); n != 1 || strings.Contains(page, `type="text" readonly`) {
		t.Errorf("%d keys in the page", n)
	}
	logged := 0
	for _, line := range p.db.Dump(t) {
		if strings.HasPrefix(line, "activity ") && strings.Contains(line, "action=key.revealed") {
			logged++
		}
	}
	if logged != 1 {
		t.Errorf("%d entries", logged)
	}
}

// C084: no page holds a server key before it is revealed or made, whatever state the keys are in.
func TestNoPageHoldsASecretBefore(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(time.Minute)
	first := p.serverKey(t, "a@example.test", ids.Sandbox)
	b.post(keysList+"/"+string(first.ID)+"/rotate", "overlap", "24h")
	second := p.serverKey(t, "a@example.test", ids.Sandbox)
	pages := []string{keysList, "/sandbox/dashboard"}
	for _, k := range []keys.Key{first, second} {
		for _, act := range []string{"/rotate", "/retire", "/extend", "/undo", "/reveal"} {
			pages = append(pages, keysList+"/"+string(k.ID)+act)
		}
	}
	for _, path := range pages {
		if page := body(t, b.get(path)); anyKey.MatchString(page) {
			t.Errorf("%s holds a key", path)
		}
	}
}

func TestTheListSaysWhatIsNotAsItShouldBe(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name        string
		age, unused time.Duration // unused: since the last use; negative: never used
		want, step  string
		not         string
	}{
		{"young", 30 * day, -1, "", "", "Worth a look"},
		{"never used", 30*day + time.Second, -1, "nobody has used it", `/snippets">See the code`, "more than a year"},
		{"used", 90 * day, 90 * day, "", "", "Worth a look"},
		{"forgotten", 91 * day, 90*day + time.Second, "has not been used for 90 days", `/rotate">Rotate it, and put`, "nobody has used it"},
		{"a year", 365 * day, 0, "", "", "Worth a look"},
		{"more", 365*day + time.Second, 0, "more than a year old", `/rotate">Rotate</a>`, "has not been used"},
	} {
		p := newPortal(t)
		b := p.member(t, "a@example.test", "0811111111")
		k, now := p.serverKey(t, "a@example.test", ids.Sandbox), p.db.Clock.Now()
		p.db.Exec(t, `UPDATE access_keys SET created_at = $1`, now.Add(-tt.age).UnixMilli())
		if tt.unused >= 0 {
			p.Keys.Uses.Count(k, now.Add(-tt.unused), "198.51.100.7")
		}
		page := says(t, tt.name, b.get(keysList), http.StatusOK, tt.want)
		if strings.Contains(page, tt.not) {
			t.Errorf("%s: the page says %q", tt.name, tt.not)
		}
		if !strings.Contains(page, tt.step) {
			t.Errorf("%s: no next step %s", tt.name, tt.step)
		}
		if tt.unused >= 0 && !strings.Contains(page, "198.51.100.7") {
			t.Errorf("%s: the page does not say from where the key was used", tt.name)
		}
	}
}

func TestTheListWarnsOfAKeyThatIsAboutToEndAndStillInUse(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(time.Minute)
	old := p.serverKey(t, "a@example.test", ids.Sandbox)
	b.post(keysList+"/"+string(old.ID)+"/rotate", "overlap", "1h")
	use := func() { p.Keys.Uses.Count(old, p.db.Clock.Now(), "198.51.100.7") }
	for _, tt := range []struct {
		after time.Duration
		use   bool
		want  bool
	}{{29 * time.Minute, true, false}, {time.Minute, false, true}, {0, true, true}, {29*time.Minute + 59*time.Second, false, true}} {
		p.db.Clock.Move(tt.after)
		if tt.use {
			use()
		}
		b.signIn("a@example.test")
		if page := body(t, b.get(keysList)); strings.Contains(page, "is about to end and still in use") != tt.want {
			t.Errorf("%s later, used %t: want a warning: %t", tt.after, tt.use, tt.want)
		}
	}
}
