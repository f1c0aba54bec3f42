package web

import (
	"net/http"
	"strings"
	"testing"
)

// saves sends General Settings of Sandbox, and gives the page that follows.
func (b *browser) saves(fields ...string) string {
	b.t.Helper()
	r := b.post(generalPath, fields...)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != generalPath {
		b.t.Fatalf("%s\n%s", r.Status, body(b.t, r))
	}
	return body(b.t, b.get(generalPath))
}

func TestASaveSaysInOneLineWhatChanged(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for _, c := range []struct{ fields, want string }{
		{"version=0&merchant_name=Toko&timezone=Asia/Jakarta", "<p>Your settings have been updated. Changed: Merchant Name, Timezone.</p>"},
		{"version=1&merchant_name=+Toko+", "<p>Nothing was changed.</p>"},
		{"version=1&merchant_name=&timezone=&npwp=123456789012345&director_name=Sari&npwp_name=Sari",
			"<p>Your settings have been updated. Changed: Merchant Name, Director Name, NPWP, and 2 more.</p>"},
	} {
		var fields []string
		for field := range strings.SplitSeq(c.fields, "&") {
			name, value, _ := strings.Cut(field, "=")
			fields = append(fields, name, strings.ReplaceAll(value, "+", " "))
		}
		if page := b.saves(fields...); !strings.Contains(page, c.want) {
			t.Errorf("%s: no %q in\n%s", c.fields, c.want, page)
		}
		if page := body(t, b.get(generalPath)); strings.Contains(page, c.want) {
			t.Errorf("%s: it is said twice", c.fields)
		}
	}
}

// A cookie is whatever somebody sets it to.
func TestANoticeNamesOnlyFieldsThatThereAre(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for cookie, want := range map[string]string{
		"notice.settings_saved":                                    "<p>Your settings have been updated.</p>",
		"notice.settings_saved:general:evil:<b>:npwp":              "<p>Your settings have been updated. Changed: NPWP.</p>",
		"notice.settings_saved:general":                            "<p>Your settings have been updated.</p>",
		"notice.settings_saved:nothing:npwp":                       "<p>Your settings have been updated.</p>",
		"notice.settings_saved:general:npwp:npwp":                  "<p>Your settings have been updated. Changed: NPWP.</p>",
		"notice.profile_saved:general:npwp":                        "<p>Your profile is saved.</p>",
		"general.title":                                            "",
		"evil:general:npwp":                                        "",
		":general:npwp":                                            "",
		"notice.settings_saved:" + strings.Repeat("x", 3000) + ":": "<p>Your settings have been updated.</p>",
	} {
		b.cookies[noticeCookie] = cookie
		page := body(t, b.get(generalPath))
		if got := strings.Contains(page, `<div class="notice`); got != (want != "") || !strings.Contains(page, want) {
			t.Errorf("%s: no %q in\n%s", cookie, want, page)
		}
	}
}

func TestAFieldThatIsEmptiedIsEmpty(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	b.saves("version", "0", "merchant_name", "Toko", "director_name", "Sari")
	if page := b.saves("version", "1", "merchant_name", "", "director_name", "Sari"); strings.Contains(page, `value="Toko"`) || !strings.Contains(page, `value="Sari"`) {
		t.Errorf("the page:\n%s", page)
	}
}
