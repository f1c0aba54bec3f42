package e2e

import (
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// C107, C116, C117: the activity log on the page, filtered, page by page, as a file, and verified beside the portal at work.
func TestTheActivityLogIsShownFilteredSavedAndVerified(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	c := newClient(t)
	c.signUp(sari, box, p)
	for range 55 {
		c.want("switch", c.post(p, "/environment", "environment", "production"), http.StatusSeeOther, "")
	}
	b := open(t, p)
	b.visit("/login")
	b.expect("422")
	b.logIn(sari, "not the right one at all")
	b.see("Email or password is not right.")
	b.expect("")
	b.logIn(sari, goodPassword)
	b.at("/production/dashboard")
	b.filterTheLog()

	file := c.get(p, "/account/activity.csv?action=password.refused")
	c.want("file", file, http.StatusOK, "Wrong password")
	if lines := strings.Count(file.text, "\r\n"); lines != 2 || file.header.Get("Content-Disposition") == "" {
		t.Errorf("the file has %d lines, want 2; %v", lines, file.header)
	}
	c.want("the download is an entry", c.get(p, "/account/activity?action=activity.exported"), http.StatusOK, "Activity log downloaded</p>")

	verify := exec.Command(program, "activity", "verify", "--data", p.data, "--support-email", "support@example.test")
	verify.Env = p.cmd.Env
	if said, err := verify.CombinedOutput(); err != nil || !strings.HasSuffix(string(said), " 61 entries, complete\n") {
		t.Errorf("verify: %v, %s", err, said)
	}

	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "ID")
	b.see("Log Aktivitas")
	b.look("activity")
}

// filterTheLog goes through the page as a person would.
func (b *tab) filterTheLog() {
	b.t.Helper()
	b.submit("link", "Activity Log")
	b.see("Wrong password")
	b.see("Failed")
	b.look("activity")
	b.wantEntries(25)
	b.submit("link", "Older entries")
	b.wantEntries(25)
	b.submit("link", "Older entries")
	b.see("Business registered")
	b.wantEntries(10)
	b.submit("link", "Newest entries")
	b.click("DisclosureTriangle", "Filter")
	b.choose("Action", "Wrong password")
	b.submit("button", "Show")
	b.wantEntries(1)
	b.look("activity-filtered")
	b.fill("Person", "nobody@tokobunga.test")
	b.expect("422")
	b.submit("button", "Show")
	b.see("Nobody in your business has this e-mail address")
	if got := b.value("Person"); got != "nobody@tokobunga.test" {
		b.t.Errorf("what was typed is %q", got)
	}
	b.look("activity-refused")
	b.expect("")
	b.fill("Person", sari.email)
	b.submit("button", "Show")
	b.see("Nothing matches this filter.")
	b.look("activity-nothing")
	b.submit("link", "Clear the filter")
	b.wantEntries(25)
}

func (b *tab) wantEntries(want int) {
	b.t.Helper()
	if got := b.all("listitem", ""); len(got) < want {
		b.t.Errorf("a screen reader finds %d list items, want at least %d", len(got), want)
	}
	if got := b.js("String(document.querySelectorAll('.entries > li').length)"); got != strconv.Itoa(want) {
		b.t.Errorf("%s entries, want %d", got, want)
	}
}
