package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var versionField = regexp.MustCompile(`name="version" value="([0-9a-f]{16})"`)

// version is that of the list that the page shows.
func version(t testing.TB, page string) string {
	t.Helper()
	found := versionField.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no version in\n%s", page)
	}
	return found[1]
}

func (b *browser) saveList(networks string, more ...string) *http.Response {
	b.t.Helper()
	seen := version(b.t, body(b.t, b.get(securityPath)))
	return b.post(securityPath, append([]string{"networks", networks, "version", seen}, more...)...)
}

func TestAListIsSavedAndShownNormalised(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	if page := body(t, b.get(securityPath)); !strings.Contains(page, `Your current IP address: <strong class="mono">192.0.2.1</strong>`) {
		t.Errorf("the page does not show the address:\n%s", page)
	}
	wantRedirect(t, "save", b.saveList("192.0.2.77/24, 2001:DB8::7\r\n192.0.2.9"), securityPath)
	page := body(t, b.get(securityPath))
	if !strings.Contains(page, ">192.0.2.0/24\n2001:db8::7</textarea>") || !strings.Contains(page, "The list of allowed networks has been saved.") {
		t.Errorf("after saving:\n%s", page)
	}
}

// Everything typed is kept, and every line that is wrong is named.
func TestABadListComesBackAsTyped(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	before := p.db.Dump(t)
	r := b.saveList("192.0.2.0/24 \n<b>kantor</b>\n10.0.0.0/40")
	page := body(t, r)
	for _, want := range []string{
		">192.0.2.0/24 \n&lt;b&gt;kantor&lt;/b&gt;\n10.0.0.0/40</textarea>", `aria-invalid="true"`, "Line 2: “&lt;b&gt;kantor&lt;/b&gt;” is no IP address and no network.",
		"Line 3: “10.0.0.0/40” needs a whole number from 1 to 32", "Nothing was saved.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if r.StatusCode != http.StatusUnprocessableEntity || !cmp.Equal(before, p.db.Dump(t)) {
		t.Errorf("%s, or something changed", r.Status)
	}
}

// A list that would lock its author out is refused with their address, and one button adds it.
func TestALockOutIsRefusedAndTheAddressCanBeAdded(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for address, own := range map[string]string{"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64"} {
		b.address = address
		r := b.saveList("203.0.113.0/24")
		page := body(t, r)
		for _, want := range []string{"This list would lock you out: it does not have your address, " + address + ".", `name="add_own"`, "Add " + own + " and save", ">203.0.113.0/24</textarea>"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q:\n%s", address, want, page)
			}
		}
		if r.StatusCode != http.StatusUnprocessableEntity || !b.isSignedIn() {
			t.Errorf("%s: %s", address, r.Status)
		}
		wantRedirect(t, "add and save", b.saveList("203.0.113.0/24", "add_own", "1"), securityPath)
		if page := body(t, b.get(securityPath)); !strings.Contains(page, ">203.0.113.0/24\n"+own+"</textarea>") {
			t.Errorf("%s: stored:\n%s", address, page)
		}
		wantRedirect(t, "empty", b.saveList(""), securityPath)
	}
}

// Two people at the same form: the second one sees both lists, and decides.
func TestAStaleListIsRefusedWithBothShown(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	other := p.browser(t)
	other.signIn("a@example.test")
	seen := version(t, body(t, b.get(securityPath)))
	wantRedirect(t, "the first", other.saveList("192.0.2.0/24\n203.0.113.0/24"), securityPath)
	r := b.post(securityPath, "networks", "192.0.2.1", "version", seen)
	page := body(t, r)
	if r.StatusCode != http.StatusConflict || !strings.Contains(page, "<li>203.0.113.0/24</li>") || !strings.Contains(page, ">192.0.2.1</textarea>") {
		t.Errorf("the second: %s\n%s", r.Status, page)
	}
	wantRedirect(t, "on purpose", b.post(securityPath, "networks", "192.0.2.1", "version", version(t, page)), securityPath)
	if r := b.post(securityPath, "networks", "192.0.2.2"); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a lock-out without a version: %s", r.Status)
	}
	if r := b.post(securityPath, "networks", "192.0.2.1\n192.0.2.2", "version", "0123456789abcdef"); r.StatusCode != http.StatusConflict {
		t.Errorf("an unknown version: %s", r.Status)
	}
}

// C084, C034: saving needs a password typed lately, and nothing typed is lost by that or by the session's end.
func TestAListNeedsThePasswordAndSurvivesTheSession(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	seen := version(t, body(t, b.get(securityPath)))
	p.db.Clock.Move(6 * time.Minute)
	r := b.post(securityPath, "networks", "192.0.2.0/24", "version", seen)
	page := body(t, r)
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `name="proof_password"`) || !strings.Contains(page, `name="networks" value="192.0.2.0/24"`) {
		t.Fatalf("without a password: %s\n%s", r.Status, page)
	}
	wantRedirect(t, "with it", b.post(securityPath, "networks", "192.0.2.0/24", "version", seen, "proof_password", password), securityPath)
	seen = version(t, body(t, b.get(securityPath)))
	p.db.Clock.Move(time.Hour)
	sealed := regexpIn(t, `name="sealed" value="([^"]+)"`, body(t, b.post(securityPath, "networks", "192.0.2.0/25", "version", seen)))
	sealed = strings.TrimSuffix(strings.TrimPrefix(sealed, `name="sealed" value="`), `"`)
	r = b.post("/login", "email", "a@example.test", "password", password, "sealed", sealed)
	done := b.get(r.Header.Get("Location"))
	page = body(t, b.get(done.Header.Get("Location")))
	if !strings.Contains(page, ">192.0.2.0/25</textarea>") || version(t, page) != seen {
		t.Errorf("not offered again:\n%s", page)
	}
}

// Who may not, neither sees nor saves it.
func TestTheListIsForWhoMayEditSecurity(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for roles, want := range map[string]int{"developer": http.StatusOK, "administrator": http.StatusOK, "operations,finance,customer_service,sandbox_it": http.StatusForbidden} {
		p.db.Exec(t, `UPDATE people SET roles = $1`, roles)
		p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
		if r := b.get(securityPath); r.StatusCode != want {
			t.Errorf("%s: %s", roles, r.Status)
		}
	}
}
