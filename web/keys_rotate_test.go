package web

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

const keysList = "/sandbox/settings/access-keys"

// anyKey is a server key of either environment in clear.
var anyKey = regexp.MustCompile(`(SB-)?Mid-server-[A-Za-z0-9_-]{24}`)

// activate opens Production for a merchant and issues its keys, as an operator will.
func (p *portal) activate(t *testing.T, email string) {
	t.Helper()
	m := p.merchantOf(t, email)
	p.db.Exec(t, `UPDATE environments SET state = 'active' WHERE merchant_id = $1`, string(m))
	err := p.db.Do(t.Context(), func(ctx context.Context) error { return p.Keys.Issue(ctx, m, ids.Production, p.db.Clock.Now()) })
	if err != nil {
		t.Fatal(err)
	}
}

// serverKey is the server key of an environment that has no end.
func (p *portal) serverKey(t *testing.T, email string, env ids.Environment) keys.Key {
	t.Helper()
	all, err := p.Keys.List(t.Context(), p.merchantOf(t, email), env)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if k.Kind == keys.Server && k.EndsAt.IsZero() {
			return k
		}
	}
	t.Fatal("no server key")
	return keys.Key{}
}

// says checks that an answer has a status and says some things.
func says(t *testing.T, what string, r *http.Response, status int, wants ...string) string {
	t.Helper()
	page := body(t, r)
	if r.StatusCode != status {
		t.Errorf("%s: %s, want %d", what, r.Status, status)
	}
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q:\n%s", what, want, page)
		}
	}
	return page
}

func TestARotationShowsTheNewKeyOnceAndIsNotDoneTwice(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.db.Clock.Move(time.Minute)
	path := keysList + "/" + b.keyID() + "/rotate"
	before := says(t, "the page before", b.get(path), http.StatusOK, "No use is known yet", `value="24h" checked`, "What will happen", "24 hours", "7 days")
	if anyKey.MatchString(before) || strings.Contains(before, "typed_merchant") {
		t.Error("the page before has a key, or asks for the Merchant ID in Sandbox")
	}
	page := says(t, "the answer", b.post(path, "overlap", "1h"), http.StatusOK, "The old key works until 21 Nov 2026, 09:01 WIB", "data-hold", "I have stored it", "<dialog")
	shown := anyKey.FindAllString(page, -1)
	if len(shown) != 1 {
		t.Fatalf("the answer shows %d keys", len(shown))
	}
	dump := p.db.Dump(t)
	again := says(t, "the same form again", b.post(path, "overlap", "1h"), http.StatusConflict, "The rotation is done", "Nothing was changed now", "/reveal", shown[0][len(shown[0])-4:])
	if anyKey.MatchString(again) || strings.Join(dump, "") != strings.Join(p.db.Dump(t), "") {
		t.Error("the second form shows a key or changed something")
	}
	says(t, "the page of the old key", b.get(path), http.StatusOK, "The rotation is done")
	current := p.serverKey(t, "a@example.test", ids.Sandbox)
	revealed := says(t, "the new key revealed", b.post(keysList+"/"+string(current.ID)+"/reveal"), http.StatusOK, shown[0])
	if current.LastFour != shown[0][len(shown[0])-4:] || !strings.Contains(revealed, "data-empty-after") {
		t.Errorf("the current key ends in %s", current.LastFour)
	}
	says(t, "a third key", b.get(keysList+"/"+string(current.ID)+"/rotate"), http.StatusConflict, "Retire it first, or wait")
	says(t, "a third key, sent", b.post(keysList+"/"+string(current.ID)+"/rotate", "overlap", "1h"), http.StatusConflict, "Retire it first, or wait")
	if list := body(t, b.get(keysList)); anyKey.MatchString(list) {
		t.Error("the list shows a server key")
	}
}

// In Production what ends a key at once asks for the Merchant ID; a wrong one keeps what was chosen.
func TestInProductionAtOnceAsksForTheMerchantID(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.activate(t, "a@example.test")
	p.db.Clock.Move(time.Minute)
	m := string(p.merchantOf(t, "a@example.test"))
	first := p.serverKey(t, "a@example.test", ids.Production)
	path := "/production/settings/access-keys/" + string(first.ID)
	says(t, "the page", b.get(path+"/rotate"), http.StatusOK, "typed_merchant", m)
	dump := p.db.Dump(t)
	for _, typed := range []string{"", "G000000000", m + "0"} {
		page := says(t, "typed "+typed, b.post(path+"/rotate", "overlap", "now", "typed_merchant", typed), http.StatusUnprocessableEntity,
			"That is not your Merchant ID", `value="now" checked`, `name="typed_merchant" type="text" value="`+typed+`"`)
		if anyKey.MatchString(page) {
			t.Error("a key is shown")
		}
	}
	if strings.Join(dump, "") != strings.Join(p.db.Dump(t), "") {
		t.Error("something changed")
	}
	says(t, "with an overlap", b.post(path+"/rotate", "overlap", "7d"), http.StatusOK, "I have stored it")
	dump = p.db.Dump(t)
	says(t, "retire, the page", b.get(path+"/retire"), http.StatusOK, "typed_merchant", "Not safe to retire yet")
	says(t, "retire, not confirmed", b.post(path+"/retire", "typed_merchant", "G000000000"), http.StatusUnprocessableEntity, "That is not your Merchant ID", "G000000000")
	if strings.Join(dump, "") != strings.Join(p.db.Dump(t), "") {
		t.Error("something changed")
	}
	if r := b.post(path+"/retire", "typed_merchant", " "+strings.ToLower(m)+" "); r.StatusCode != http.StatusSeeOther {
		t.Errorf("retire: %s", r.Status)
	}
	says(t, "the list", b.get("/production/settings/access-keys"), http.StatusOK, "The old key does not work any more", "Keys that do not work any more: 1")
	second := p.serverKey(t, "a@example.test", ids.Production)
	p.db.Clock.Move(time.Minute)
	says(t, "at once", b.post("/production/settings/access-keys/"+string(second.ID)+"/rotate", "overlap", "now", "typed_merchant", m), http.StatusOK,
		"The old key does not work any more", "I have stored it")
}

func TestAnOverlapThatIsNoneIsAFieldError(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := keysList + "/" + b.keyID() + "/rotate"
	for _, overlap := range []string{"", "2h", "0", "-1h", "24h0m"} {
		says(t, overlap, b.post(path, "overlap", overlap), http.StatusUnprocessableEntity, "Choose one of the times offered", `aria-invalid="true"`)
	}
	p.db.Clock.Move(time.Minute)
	b.post(path, "overlap", "24h")
	old := strings.TrimSuffix(path, "/rotate")
	proposed, _, _ := strings.Cut(says(t, "the page for more time", b.get(old+"/extend"), http.StatusOK), " checked")
	if !strings.HasSuffix(proposed, `value="7d"`) {
		t.Error("the page proposes a time that the key has already")
	}
	says(t, "the same end", b.post(old+"/extend", "overlap", "24h"), http.StatusUnprocessableEntity, "Choose a longer time")
	says(t, "at once", b.post(old+"/extend", "overlap", "now"), http.StatusUnprocessableEntity, "Choose one of the times offered")
	if r := b.post(old+"/extend", "overlap", "7d"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a week: %s", r.Status)
	}
	says(t, "the list", b.get(keysList), http.StatusOK, "The old key works longer", "Works until 28 Nov 2026, 08:01 WIB", "7 days")
}

func TestUndoIsOfferedWhileTheNewKeyIsUnusedAndMoreTimeAfterwards(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	rotate := func() keys.Key {
		p.db.Clock.Move(time.Minute)
		b.post(keysList+"/"+string(p.serverKey(t, "a@example.test", ids.Sandbox).ID)+"/rotate", "overlap", "24h")
		return p.serverKey(t, "a@example.test", ids.Sandbox)
	}
	first := p.serverKey(t, "a@example.test", ids.Sandbox)
	issued := rotate()
	path := keysList + "/" + string(issued.ID) + "/undo"
	says(t, "the list", b.get(keysList), http.StatusOK, path, "Nobody has used it yet", "Not safe to retire yet")
	says(t, "the page", b.get(path), http.StatusOK, "goes on working, without an end")
	if r := b.post(path); r.StatusCode != http.StatusSeeOther || p.serverKey(t, "a@example.test", ids.Sandbox).ID != first.ID {
		t.Errorf("undo: %s", r.Status)
	}
	says(t, "the list afterwards", b.get(keysList), http.StatusOK, "The rotation is undone", "Taken back before anybody used it")
	says(t, "once more", b.post(path), http.StatusConflict, "There is nothing to undo")

	issued = rotate()
	if err := p.db.Keys().MarkUsed(t.Context(), issued.Merchant, ids.Sandbox, issued.ID, p.db.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	path = keysList + "/" + string(issued.ID) + "/undo"
	extend := keysList + "/" + string(first.ID) + "/extend"
	for what, r := range map[string]*http.Response{"the page": b.get(path), "the form": b.post(path)} {
		says(t, what, r, http.StatusConflict, "The new key has been used already", extend)
	}
	if list := says(t, "the list", b.get(keysList), http.StatusOK, "It is in use, so the rotation cannot be undone", "Safe to retire"); strings.Contains(list, path) {
		t.Error("the list offers to undo")
	}
}

func TestWhatHasEndedCannotBeMovedAndWhatHasNoSuccessorNotRetired(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	old := keysList + "/" + b.keyID()
	for _, act := range []string{"/retire", "/extend"} {
		says(t, act, b.get(old+act), http.StatusConflict, "Rotate it first")
		says(t, act+" sent", b.post(old+act, "overlap", "7d"), http.StatusConflict, "Rotate it first")
	}
	p.db.Clock.Move(time.Minute)
	b.post(old+"/rotate", "overlap", "now")
	for _, act := range []string{"/retire", "/extend", "/reveal"} {
		says(t, act+" of an ended key", b.post(old+act, "overlap", "7d"), http.StatusConflict, "does not work any more")
	}
}

// C084: what asks for the password carries what was chosen, and nothing that may be a secret.
func TestARotationWaitsForThePasswordWithWhatWasChosen(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	path := keysList + "/" + b.keyID() + "/rotate"
	p.db.Clock.Move(auth.ProofLife + time.Second)
	page := says(t, "asked", b.post(path, "overlap", "7d", "typed_merchant", "G1", "some_secret", "CANARY"), http.StatusUnprocessableEntity,
		`name="overlap" value="7d"`, `name="typed_merchant" value="G1"`, proofField)
	if strings.Contains(page, "CANARY") || anyKey.MatchString(page) {
		t.Error("a secret is carried")
	}
	says(t, "with the password", b.post(path, "overlap", "7d", proofField, password), http.StatusOK, "I have stored it")
}
