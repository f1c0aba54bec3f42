package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
)

var resultLink = regexp.MustCompile(`<a class="label" href="([^"]*)">`)

// finds gives where the results of a query lead.
func (b *browser) finds(env, query string) []string {
	b.t.Helper()
	answer := b.get("/" + env + "/search?" + url.Values{"q": {query}}.Encode())
	page := body(b.t, answer)
	if answer.StatusCode != http.StatusOK {
		b.t.Fatalf("search for %q: %s\n%s", query, answer.Status, page)
	}
	var links []string
	for _, found := range resultLink.FindAllStringSubmatch(page, -1) {
		links = append(links, found[1])
	}
	return links
}

func TestSearchFindsWordsOfBothLanguagesWhateverIsShown(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	const keysOf = "/sandbox/settings/access-keys"
	for _, language := range []string{"en", "id"} {
		b.post("/language", "language", language, "path", "/")
		for query, want := range map[string]string{
			"kunci": keysOf, "access key": keysOf, "SERVER": keysOf, "idle": sessionsPath, "logout": sessionsPath, "keluar": sessionsPath,
			"pengaturan": "/sandbox/settings/general", "settings": "/sandbox/settings/general", "umum": "/sandbox/settings/general",
			"password": passwordPath, "sandi": passwordPath, "ganti sandi": passwordPath, "NPWP": "/sandbox/settings/general#npwp",
			"pajak": "/sandbox/settings/general#npwp", "director": "/sandbox/settings/general#director_name", "alamat usaha": "/sandbox/settings/general#business_address",
			"IP": securityPath + "#allowed-networks", "401": keysOf + "/doctor", "bi-snap": keysOf + "/bi-snap", "bisnap": keysOf + "/bi-snap",
			"tanda tangan": keysOf + "/signature", "2fa": factorPath, "log aktivitas": activityPath, "audit": activityPath, "undang": usersPath + "/invite",
			"webhook": "/sandbox/settings/payment#payment_notification_url", "riwayat": "/sandbox/settings/general/history", "activation": "/production/activation",
			"tema": profilePath + "#theme", "pasword": passwordPath, "dasbor": "/sandbox/dashboard",
		} {
			if got := b.finds("sandbox", query); !slices.Contains(got, want) || len(got) > maxResults {
				t.Errorf("%s: %q finds %q, want %s among them", language, query, got, want)
			}
		}
	}
	if got := b.finds("production", "NPWP"); got[0] != "/production/settings/general#npwp" {
		t.Errorf("in Production: %q", got)
	}
}

// What is found can be opened, and shows the field; what may be opened is found: every place, as every role, in both environments, against the statement of
// access that is written by hand (C092).
func TestWhatIsFoundIsWhatMayBeOpened(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	for i, role := range everybody {
		email := string(role) + "@example.test"
		b := p.hire(t, "a@example.test", email, fmt.Sprintf("+6282222222%d", i), role)
		for _, env := range []string{"sandbox", "production"} {
			if env == "production" && role.SandboxOnly() {
				if r := b.get("/production/search?q=keys"); r.StatusCode != http.StatusForbidden {
					t.Errorf("%s searches Production: %s", role, r.Status)
				}
				continue
			}
			pages := map[string]string{} // opened once
			for _, place := range p.targets().all {
				may := place.route.Access != permitted || mayUse(t, place.route, role, string(place.environment(ids.Environment(env))))
				want := place.route.Path(env)
				if place.anchor != "" {
					want += "#" + place.anchor
				}
				links := b.finds(env, p.Catalog.Printer(i18n.English).T(place.title))
				if slices.Contains(links, want) != may {
					t.Errorf("%s in %s: found %q, want %s: %t", role, env, links, want, may)
				}
				for _, link := range links {
					b.opens(pages, link)
				}
			}
		}
	}
}

// opens checks that a link leads to a page with the element that it names.
func (b *browser) opens(pages map[string]string, link string) {
	b.t.Helper()
	path, anchor, _ := strings.Cut(link, "#")
	if _, known := pages[path]; !known {
		answer := b.get(path)
		pages[path] = body(b.t, answer)
		if answer.StatusCode != http.StatusOK {
			b.t.Errorf("%s was found: %s", path, answer.Status)
		}
	}
	if anchor != "" && !strings.Contains(pages[path], ` id="`+anchor+`"`) {
		b.t.Errorf("%s: nothing has that id", link)
	}
}

// unsearched are the pages that search does not know, with the reason. Pages of strangers, and pages of one thing, which have its id in their path, are not meant to
// be in it either.
var unsearched = map[string]string{
	"/":                                      "leads to the dashboard",
	"/{environment}/search":                  "is search itself",
	"/{environment}" + copyPath:              "is a step on the way to a copy; the comparison where it begins is found",
	"/{environment}" + copyPath + "/done":    "tells of a copy that was made",
	"/account/activity.csv":                  "is a file; the page that offers it is found",
	passkeyProofPath:                         "is a step on the way to a passkey",
	"/{environment}" + snapPath + "/replace": "is there once BI-SNAP is registered; the page that offers it is found",
}

func TestEveryPageIsFoundOrHasItsReason(t *testing.T) {
	p := newPortal(t)
	found := map[string]bool{}
	for _, place := range p.targets().all {
		if place.route.Handler == nil {
			t.Errorf("%s has no page", place.title)
		}
		found[place.route.Pattern] = true
	}
	for _, r := range p.table {
		ofOneThing := strings.Contains(strings.ReplaceAll(r.Pattern, route.Environment, ""), "{")
		if r.Method != http.MethodGet || r.Access == anyone || ofOneThing {
			continue
		}
		if reason := unsearched[r.Pattern]; found[r.Pattern] == (reason != "") {
			t.Errorf("%s: found is %t, and the reason why it is not is %q", r.Pattern, found[r.Pattern], reason)
		}
	}
}

func TestSearchWithoutWordsShowsWhatIsUsedMost(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	b := p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.FinanceStaff)
	for _, query := range []string{"", "   ", "%zz", "\t"} {
		if got, want := b.finds("sandbox", query), []string{"/sandbox/dashboard", profilePath}; query != "%zz" && !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	wantOn(t, body(t, b.get("/sandbox/search?q=%zz")), "Most used")
}

func TestASearchThatFindsNothingSaysWhatToDo(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	wantOn(t, body(t, b.get("/sandbox/search?q=xyzzyx")), "Nothing was found", `value="xyzzyx"`, "mailto:support@example.test", "Try fewer")
	silent := newPortal(t, func(o *Options) { o.SupportEmail = "" })
	page := body(t, silent.member(t, "a@example.test", "0811111111").get("/sandbox/search?q=xyzzyx"))
	wantOn(t, page, "Nothing was found")
	wantNotOn(t, page, "mailto:")
}

// C108, C110: whatever is searched for gets an answer on the page, is shown as text, and stands in no log, title or address.
func TestWhateverIsSearchedForIsAnsweredAndNeverLogged(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for query, want := range map[string]string{
		strings.Repeat("ü", maxQuery):         `value="` + strings.Repeat("ü", maxQuery) + `"`,
		strings.Repeat("ü", maxQuery+1):       "at most 100 characters; these were 101",
		strings.Repeat("kunci ", 10000):       "at most 100 characters",
		"\xff":                                "is no text",
		"a\x00b":                              "is no text",
		`"><script>alert(1)</script>`:         "Nothing was found",
		"{{.Zzzzzz}}":                         "Nothing was found",
		"javascript:alert(1)":                 "Nothing was found",
		"zz\u202e\u200b\r\nSet-Cookie: a=b":   "Nothing was found",
		"SB-Mid-server-abcdefghijklmnopqrstu": "Nothing was found",
	} {
		answer := b.get("/sandbox/search?" + url.Values{"q": {query}}.Encode())
		page := body(t, answer)
		if answer.StatusCode != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%.40q: %s, want %q\n%s", query, answer.Status, want, page)
		}
		wantNotOn(t, page, "<script>alert", "href=\"javascript:", `<ul class="results"></ul>`)
		wantNotOn(t, page[:strings.Index(page, "</title>")], "Mid-server", "alert")
	}
	wantNotOn(t, p.log.String(), "kunci", "Mid-server", "alert", "search")
}

// No script is needed: the top bar of every page has a form and a link that lead into the environment that the navigation leads to.
func TestEveryPageLeadsToSearch(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for path, want := range map[string]string{"/sandbox/dashboard": "/sandbox/search", "/production/dashboard": "/production/search", profilePath: "/sandbox/search"} {
		wantOn(t, body(t, b.get(path)), `<form method="get" action="`+want+`"`, `<a href="`+want+`"`, `<label for="find"`)
	}
	b.post("/environment", "environment", "production", "path", "/")
	wantOn(t, body(t, b.get(profilePath)), `<form method="get" action="/production/search"`)
}
