package web

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

const generalHistory = generalPath + "/history"

var (
	versionHeads = regexp.MustCompile(`<h2 id="version-(\d+)">`)
	olderChanges = regexp.MustCompile(`href="(/sandbox/settings/general/history\?before=\d+)"`)
)

func TestTheHistoryTellsWhoChangedWhatAndWhen(t *testing.T) {
	p, sari, budi := twoPeople(t)
	budi.saves("version", "1", "merchant_name", "Warung", "director_name", "")
	page := body(t, sari.get(generalHistory))
	wantIn(t, page, "by Budi (b@example.test)", "by Sari (a@example.test)", "WIB",
		`<span class="typed">Toko</span>`, `<span class="typed">Warung</span>`, `<em class="soft">empty</em>`)
	if heads := versionsIn(page); !slices.Equal(heads, []string{"2", "1"}) {
		t.Errorf("versions %v", heads)
	}
	if diff := cmp.Diff([]string{"Merchant Name", "Director Name", "Merchant Name", "Director Name", "NPWP Name"}, cellsOf(page, "th scope=\"row\"")); diff != "" {
		t.Errorf("fields: %s", diff)
	}
	p.db.Exec(t, `UPDATE settings_versions SET saved_by = '' WHERE version = 1`)
	wantIn(t, body(t, sari.get(generalHistory)), "by not known")
	wantIn(t, body(t, sari.get(generalPath)), `<a href="`+generalHistory+`">History</a>`)
}

// cellsOf are the texts of the plain cells that begin with a tag.
func cellsOf(page, tag string) (texts []string) {
	for _, found := range regexp.MustCompile(`<`+tag+`>([^<]*)</`).FindAllStringSubmatch(page, -1) {
		texts = append(texts, strings.TrimSpace(found[1]))
	}
	return texts
}

func versionsIn(page string) (numbers []string) {
	for _, found := range versionHeads.FindAllStringSubmatch(page, -1) {
		numbers = append(numbers, found[1])
	}
	return numbers
}

func TestTheHistoryNamesWhoIsNotHereAnyMore(t *testing.T) {
	p, sari, budi := twoPeople(t)
	budi.saves("version", "1", "merchant_name", "Warung")
	who, err := p.db.People().ByEmail(t.Context(), "b@example.test")
	if err != nil {
		t.Fatal(err)
	}
	wantRedirect(t, "remove", sari.post(usersPath+"/"+string(who.ID)+"/remove"), usersPath)
	wantIn(t, body(t, sari.get(generalHistory)), "by Budi")
}

func TestTwentyFiveVersionsAreThreePages(t *testing.T) {
	p, sari, _ := twoPeople(t)
	for i := 1; i < 25; i++ {
		sari.saves("version", strconv.Itoa(i), "merchant_name", "Toko "+strconv.Itoa(i))
	}
	sari.post("/production/settings/general", "version", "0", "merchant_name", "Lain")
	var seen []string
	path := generalHistory
	for range 3 {
		p.db.Statements()
		page := body(t, sari.get(path))
		reads, _ := p.db.Statements()
		for _, statement := range reads {
			if strings.Contains(strings.ToUpper(statement), "OFFSET") {
				t.Errorf("a page further back reads what came before it: %s", statement)
			}
		}
		if n := len(versionsIn(page)); n != 10 && n != 5 {
			t.Errorf("%s has %d changes", path, n)
		}
		seen = append(seen, versionsIn(page)...)
		older := olderChanges.FindStringSubmatch(page)
		if (older == nil) != (len(seen) == 25) {
			t.Fatalf("after %d changes: %v", len(seen), older)
		}
		if (path != generalHistory) != strings.Contains(page, "Newest changes") {
			t.Errorf("%s: the way to the newest ones", path)
		}
		if older != nil {
			path = older[1]
		}
	}
	var want []string
	for i := 25; i > 0; i-- {
		want = append(want, strconv.Itoa(i))
	}
	if !slices.Equal(seen, want) {
		t.Errorf("listed: %v", seen)
	}
	if page := body(t, sari.get(generalHistory+"?before=1")); !strings.Contains(page, "There are no older changes.") {
		t.Errorf("before the first one:\n%s", page)
	}
	for _, bad := range []string{"0", "-1", "x", "9223372036854775808", "%00", "1.0"} {
		if r := sari.get(generalHistory + "?before=" + bad); r.StatusCode != http.StatusNotFound {
			t.Errorf("before=%s: %s", bad, r.Status)
		}
	}
}

func TestAChangeIsLookedAtAndTakenBackInPart(t *testing.T) {
	_, sari, budi := twoPeople(t)
	budi.saves("version", "1", "merchant_name", "Warung", "director_name", "Budi", "npwp_name", "Budi")
	sari.saves("version", "2", "merchant_name", "Kedai", "npwp_name", "Sari")
	page := body(t, sari.get(generalHistory+"/2"))
	wantIn(t, page, `name="version" value="3"`, `value="merchant_name" checked`, `value="director_name" checked`, "Changed again since then", "As it was before.", "Take back what is chosen")
	if strings.Contains(page, `value="npwp_name"`) {
		t.Error("what is as it was before can be chosen")
	}
	r := sari.post(generalHistory+"/2", "version", "3", "field", "director_name")
	wantRedirect(t, "take back", r, generalHistory)
	page = body(t, sari.get(generalHistory))
	wantIn(t, page, "Your settings have been updated. Changed: Director Name.", "Taken back: version 2", `<h2 id="version-4">`)
	wantIn(t, body(t, sari.get(generalPath)), `value="Kedai"`, `value="Sari"`, `name="version" value="4"`)
	wantIn(t, body(t, sari.get("/account/activity")), "Change of settings reverted")
}

func TestWhatCannotBeTakenBackSaysWhy(t *testing.T) {
	p, sari, budi := twoPeople(t)
	budi.saves("version", "1", "merchant_name", "Warung", "director_name", "Budi")
	for name, c := range map[string]struct {
		fields []string
		status int
		want   []string
	}{
		"nothing chosen":        {[]string{"version", "2"}, http.StatusUnprocessableEntity, []string{"Choose at least one field that goes back."}},
		"a field left alone":    {[]string{"version", "2", "field", "npwp_name"}, http.StatusUnprocessableEntity, []string{"Choose at least one field"}},
		"an older version":      {[]string{"version", "1", "field", "director_name"}, http.StatusConflict, []string{"The settings have been saved since", `name="version" value="2"`, `value="director_name" checked`}},
		"no version":            {[]string{"field", "director_name"}, http.StatusConflict, []string{`name="version" value="2"`}},
		"a version that is not": {[]string{"version", "<b>", "field", "director_name"}, http.StatusConflict, []string{`name="version" value="2"`}},
	} {
		before := p.db.Dump(t)
		r := sari.post(generalHistory+"/2", c.fields...)
		page := body(t, r)
		if r.StatusCode != c.status {
			t.Errorf("%s: %s", name, r.Status)
		}
		wantIn(t, page, c.want...)
		if c.status == http.StatusConflict && strings.Contains(page, `value="merchant_name" checked`) {
			t.Errorf("%s: what was not chosen is", name)
		}
		if diff := cmp.Diff(withoutActivity(before), withoutActivity(p.db.Dump(t))); diff != "" {
			t.Errorf("%s: changed:\n%s", name, diff)
		}
	}
	wantRedirect(t, "after the conflict", sari.post(generalHistory+"/2", "version", "2", "field", "director_name"), generalHistory)
	page := body(t, sari.get(generalHistory+"/3"))
	wantIn(t, page, "Take back what is chosen")
	wantRedirect(t, "once more", sari.post(generalHistory+"/2", "version", "3", "field", "director_name"), generalHistory)
	wantIn(t, body(t, sari.get(generalHistory)), "Nothing was changed.")
	sari.post(generalHistory+"/2", "version", "3", "field", "merchant_name")
	page = body(t, sari.get(generalHistory+"/2"))
	wantIn(t, page, "There is nothing to take back")
	if strings.Contains(page, "Take back what is chosen") {
		t.Error("there is a button for nothing")
	}
}

func TestATextThatTodaysRulesRefuseIsNamed(t *testing.T) {
	p, sari, _ := twoPeople(t)
	p.db.Exec(t, `UPDATE settings_versions SET document = '{"merchant_name":"Toko & Co"}' WHERE version = 1`)
	sari.saves("version", "1", "merchant_name", "Warung")
	r := sari.post(generalHistory+"/2", "version", "2", "field", "merchant_name")
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%s", r.Status)
	}
	wantIn(t, body(t, r), "Merchant Name cannot have the text from before any more.", "“&amp;” cannot be used")
}

// C093, C094: versions of the other environment and of another merchant do not exist, in any method.
func TestVersionsOfOthersDoNotExist(t *testing.T) {
	p, sari, _ := twoPeople(t)
	other := p.member(t, "c@example.test", "0813333333")
	for _, version := range []string{"2", "0", "-1", "01", "+1", "x", "1.0", "9223372036854775807", "9223372036854775808", "%D9%A1", "1%00", "latest"} {
		for _, path := range []string{generalHistory + "/" + version} {
			if r := sari.get(path); r.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s: %s", path, r.Status)
			}
			if r := sari.post(path, "version", "1", "field", "merchant_name"); r.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s: %s", path, r.Status)
			}
		}
	}
	for name, where := range map[string]struct {
		b    *browser
		path string
	}{"the other environment": {sari, "/production/settings/general/history"}, "another merchant": {other, generalHistory}} {
		if r := where.b.get(where.path + "/1"); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: GET %s", name, r.Status)
		}
		if r := where.b.post(where.path+"/1", "version", "0", "field", "merchant_name"); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: POST %s", name, r.Status)
		}
		wantIn(t, body(t, where.b.get(where.path)), "Nothing has been saved here yet.")
	}
}

// C096: what somebody may is read when they act, also between a page and its button.
func TestWhoLostThePermissionTakesNothingBack(t *testing.T) {
	p, sari, budi := twoPeople(t)
	sari.saves("version", "1", "merchant_name", "Warung")
	budi.get(generalHistory + "/2")
	who, err := p.db.People().ByEmail(t.Context(), "b@example.test")
	if err != nil {
		t.Fatal(err)
	}
	sari.post(usersPath+"/"+string(who.ID)+"/roles", "role", string(auth.FinanceStaff))
	if page := body(t, sari.get(usersPath)); !strings.Contains(page, "The roles are saved.") {
		t.Fatalf("the roles are not saved:\n%s", page)
	}
	budi.signIn("b@example.test")
	for _, r := range []*http.Response{budi.get(generalHistory), budi.get(generalHistory + "/2"), budi.post(generalHistory+"/2", "version", "2", "field", "merchant_name")} {
		if r.StatusCode != http.StatusForbidden || strings.Contains(body(t, r), "Warung") {
			t.Errorf("%s %s: %s", r.Request.Method, r.Request.URL, r.Status)
		}
	}
	wantIn(t, body(t, sari.get(generalPath)), `value="Warung"`)
}

// Texts that mean to be markup are letters wherever they are shown again.
func TestHostileTextsAreInertInHistoryAndConflict(t *testing.T) {
	_, sari, budi := twoPeople(t)
	const evil = `"><script>alert(1)</script>`
	budi.saves("version", "1", "business_address", evil+"\r\nbaris", "custom_field1", `{{.}}</span><img src=x onerror=alert(1)>`)
	pages := []string{
		sari.clashes("version", "1", "business_address", evil+"mine", "custom_field1", `' onload='alert(1)`),
		body(t, sari.get(generalHistory)), body(t, sari.get(generalHistory+"/2")),
	}
	for _, page := range pages {
		if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img") || strings.Contains(page, `"'`) {
			t.Errorf("markup of somebody:\n%s", page)
		}
		wantIn(t, page, "&lt;script&gt;alert(1)&lt;/script&gt;")
	}
}

// The other environment has its own history; what was copied from there says so.
func TestACopyNamesWhereItCameFrom(t *testing.T) {
	p, sari, _ := twoPeople(t)
	m := p.merchantOf(t, "a@example.test")
	for env, want := range map[ids.Environment]string{ids.Sandbox: "Copied from Production", ids.Production: "Copied from Sandbox"} {
		p.db.Exec(t, `INSERT INTO settings_versions (merchant_id, environment, page, version, document, origin, saved_by, saved_at)
			VALUES ($1, $2, 'general', 2, '{"merchant_name":"Toko"}', 'copied', '', 1)`, m, env)
		wantIn(t, body(t, sari.get("/"+string(env)+"/settings/general/history")), want)
	}
}
