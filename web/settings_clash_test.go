package web

import (
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
)

// twoPeople have General Settings of Sandbox in version 1 before them: name Toko, director Sari, NPWP name Sari.
func twoPeople(t *testing.T) (p *portal, sari, budi *browser) {
	t.Helper()
	p = newPortal(t)
	sari = p.member(t, "a@example.test", "0811111111")
	budi = p.hire(t, "a@example.test", "b@example.test", "+6282222222", auth.Developer)
	sari.saves("version", "0", "merchant_name", "Toko", "director_name", "Sari", "npwp_name", "Sari")
	return p, sari, budi
}

// clashes sends a form and gives the page that says that somebody else was faster.
func (b *browser) clashes(fields ...string) string {
	b.t.Helper()
	before := b.p.db.Dump(b.t)
	r := b.post(generalPath, fields...)
	page := body(b.t, r)
	if r.StatusCode != http.StatusConflict || !strings.Contains(page, "This page was saved while you had it open") {
		b.t.Fatalf("%s\n%s", r.Status, page)
	}
	if diff := cmp.Diff(withoutActivity(before), withoutActivity(b.p.db.Dump(b.t))); diff != "" {
		b.t.Errorf("the refused form changed:\n%s", diff)
	}
	return page
}

func wantIn(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestWhoIsOvertakenSeesBothAndLosesNothing(t *testing.T) {
	_, sari, budi := twoPeople(t)
	budi.saves("version", "1", "merchant_name", "Warung", "director_name", "Budi", "npwp_name", "Sari", "custom_field1", "Kota")
	page := sari.clashes("version", "1", "merchant_name", "Kedai <b>", "director_name", "Sari", "npwp_name", "Sari Dewi", "custom_field1", "", "merchant_url", "no address")
	wantIn(t, page,
		"by Budi. What you typed is not saved yet.", "WIB", `name="version" value="2"`, `data-keep="unsaved"`,
		`value="Kedai &lt;b&gt;"`, `value="Budi"`, `value="Sari Dewi"`, `value="Kota"`, `value="no address"`,
		"Changed on both sides. The form has what you typed.", "What you typed.", "What was saved meanwhile.", "not touched",
		`<span class="typed">Kedai &lt;b&gt;</span>`, `<span class="typed">Warung</span>`, "Drop what I typed and open the page as it is now", `href="/sandbox/settings/general" data-drop`)
	if n := strings.Count(page, "Changed on both sides"); n != 1 {
		t.Errorf("%d fields were changed by both", n)
	}
	// The form is what is seen: sending it as it is saves that.
	saved := sari.saves("version", "2", "merchant_name", "Kedai", "director_name", "Budi", "npwp_name", "Sari Dewi", "custom_field1", "Kota", "merchant_url", "toko.id")
	wantIn(t, saved, "Changed: Merchant Name, Merchant URL, NPWP Name.", `value="Kota"`, `name="version" value="3"`)
}

func TestWhoIsOvertakenTwiceIsToldTwice(t *testing.T) {
	_, sari, budi := twoPeople(t)
	budi.saves("version", "1", "director_name", "Budi")
	sari.clashes("version", "1", "merchant_name", "Kedai", "director_name", "Sari")
	budi.saves("version", "2", "director_name", "Dewi")
	page := sari.clashes("version", "2", "merchant_name", "Kedai", "director_name", "Budi")
	wantIn(t, page, `name="version" value="3"`, `value="Kedai"`, `value="Dewi"`)
	if page := sari.saves("version", "3", "merchant_name", "Kedai", "director_name", "Dewi"); !strings.Contains(page, "Changed: Merchant Name.") {
		t.Errorf("the page:\n%s", page)
	}
}

// What no version is, is compared with what stands there now: nobody is overwritten, and nothing typed is lost.
func TestAVersionThatNeverWasIsAnOldOne(t *testing.T) {
	_, sari, _ := twoPeople(t)
	for _, version := range []string{"99", "-1", "x", "1x", "9223372036854775807", "9223372036854775808", "1e3", "٣", "<b>", " 1"} {
		page := sari.clashes("version", version, "merchant_name", "", "director_name", "Budi")
		wantIn(t, page, `name="version" value="1"`, `value="Budi"`, "not known", "by you, in another window")
		if strings.Contains(page, `value="Toko"`) || strings.Contains(page, "Changed here") {
			t.Errorf("%s: an emptied field came back, or somebody touched what nobody did:\n%s", version, page)
		}
	}
	for _, fields := range [][]string{{"director_name", "Budi"}, {"version", "0", "merchant_name", "", "director_name", "Budi"}} {
		page := sari.clashes(fields...)
		wantIn(t, page, `name="version" value="1"`, `value="Budi"`, `value="Toko"`, "Changed on both sides.")
	}
}

// The same mechanism keeps what was typed when the session ends: with the version that it was typed upon.
func TestAKeptFormThatWasOvertakenIsPutTogetherToo(t *testing.T) {
	_, sari, budi := twoPeople(t)
	_, sealed := sari.late("version", "1", "merchant_name", "Kedai", "director_name", "Sari")
	budi.signIn("b@example.test")
	budi.saves("version", "1", "director_name", "Budi")
	page := body(t, sari.get(sari.signInWith("a@example.test", sealed)))
	wantIn(t, page, `name="version" value="1"`, `value="Kedai"`, `value="Sari"`, "Nothing of it is saved yet")
	id := page[strings.Index(page, `name="kept" value="`)+len(`name="kept" value="`):]
	id = id[:strings.Index(id, `"`)]
	page = sari.clashes("version", "1", "merchant_name", "Kedai", "director_name", "Sari", "kept", id)
	wantIn(t, page, `name="version" value="2"`, `value="Kedai"`, `value="Budi"`, `name="kept" value="`+id+`"`)
	if page := sari.saves("version", "2", "merchant_name", "Kedai", "director_name", "Budi", "kept", id); strings.Contains(page, "Nothing of it is saved yet") {
		t.Error("the offer is still there")
	}
}

// C094: what is saved in one environment is no conflict in the other.
func TestTheOtherEnvironmentOvertakesNobody(t *testing.T) {
	_, sari, budi := twoPeople(t)
	r := budi.post("/production/settings/general", "version", "0", "merchant_name", "Warung")
	wantRedirect(t, "Production", r, "/production/settings/general")
	if page := sari.saves("version", "1", "merchant_name", "Kedai"); strings.Contains(page, "Warung") {
		t.Errorf("Sandbox shows what Production has:\n%s", page)
	}
}

// C110: versions, fields and pages of the history are whatever somebody sends: no failure, and nothing of it is markup.
func FuzzClashes(f *testing.F) {
	for _, text := range append(hostile(), "0", "1", "2", "merchant_name", "-1", "9223372036854775807") {
		f.Add(text)
	}
	p := newPortal(f)
	owner := p.member(f, "a@example.test", "0811111111")
	owner.saves("version", "0", "merchant_name", "Toko", "director_name", "Sari")
	f.Fuzz(func(t *testing.T, text string) {
		log := new(lockedText)
		p.Logger = slog.New(slog.NewTextHandler(log, nil))
		b := &browser{t: t, p: p, cookies: maps.Clone(owner.cookies)}
		for _, r := range []*http.Response{
			b.post(generalPath, "version", "0", "merchant_name", text, "business_address", text, text, text),
			b.post(generalPath, "version", "99", "merchant_name", text, "kept", text),
			b.post(generalHistory+"/1", "version", text, "field", text, "field", "merchant_name"),
			b.post(generalHistory+"/1", "version", "0", "field", text),
			b.get(generalHistory + "?" + url.Values{"before": {text}}.Encode()),
			b.get(generalHistory + "/" + url.PathEscape(text)),
		} {
			if page := body(t, r); r.StatusCode >= 500 || strings.Contains(page, "<script>alert") {
				t.Errorf("%q: %s\n%s", text, r.Status, page)
			}
		}
		if said := log.String(); strings.Contains(said, "level=ERROR") {
			t.Errorf("%q makes the log say:\n%s", text, said)
		}
	})
}
