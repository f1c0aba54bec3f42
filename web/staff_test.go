package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

// personID is the id of whoever has an address.
func (p *portal) personID(t testing.TB, email string) string {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	return string(person.ID)
}

func wantOn(t testing.TB, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q\n%s", text, page)
		}
	}
}

func wantNotOn(t testing.TB, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("the page has %q", text)
		}
	}
}

// The list has who there is, how far they are, and when they last logged in; nobody has links about themself, and no number is on it (C098).
func TestTheListShowsWhoThereIs(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.Developer, auth.FinanceStaff)
	p.db.Clock.Move(14 * time.Minute)
	boss.post(usersPath+"/invite", "email", "c@example.test", "role", "operations", proofField, password)
	boss.post(usersPath + "/" + p.personID(t, "b@example.test") + "/deactivate")
	page := body(t, boss.get(usersPath))
	wantOn(t, page, "a@example.test", "b@example.test", "(not active)", "Finance Staff, Developer / IT Staff", "14 minutes ago", "21 Nov 2026, 08:00 WIB",
		"c@example.test", "(email not confirmed)", "Operations Staff", "28 Nov 2026, 08:14 WIB", "There is only one active Administrator.")
	wantNotOn(t, page, "22222222", p.personID(t, "a@example.test")+"/")
	p.db.Clock.Move(auth.InvitationLife)
	boss.signIn("a@example.test")
	wantOn(t, body(t, boss.get(usersPath)), "The link is no longer valid.")
}

// C056, C060, C062: the token leaves the address bar at once, looking consumes nothing, address and roles are the invitation's whatever is sent, and it ends on the
// login page with nobody signed in.
func TestAnInvitationIsAcceptedInTheBrowser(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	wantRedirect(t, "invite", boss.post(usersPath+"/invite", "email", "b@example.test", "role", "customer_service"), usersPath)
	link := invitationPath + "?token=" + p.mails.last(t).Token
	before := p.db.Dump(t)
	b := p.browser(t)
	for range 2 {
		b.send(b.request(http.MethodHead, link, nil))
		opened := b.get(link)
		if wantRedirect(t, "open", opened, invitationPath); opened.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("Referrer-Policy is %q", opened.Header.Get("Referrer-Policy"))
		}
		wantOn(t, body(t, b.get(invitationPath)), "Toko Bunga invites you as: Customer Service.", "b@example.test")
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("looking changed:\n%s", diff)
	}
	fields := []string{
		"full_name", "Budi", "phone", "0822222222", "password", password, "confirm_password", password, "email", "evil@example.test", "role", "administrator",
		"roles", "administrator", "merchant_id", "G999999999", "token", auth.NewToken(), "state", "active",
	}
	if r := b.post(invitationPath+"?full_name=Query", append([]string{"full_name", ""}, fields[2:]...)...); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %s", r.Status)
	}
	wantRedirect(t, "join", b.post(invitationPath, fields...), "/login")
	if b.cookies[sessionCookie] != "" {
		t.Error("joining signs in")
	}
	joined, err := p.db.People().ByEmail(t.Context(), "b@example.test")
	if err != nil || joined.Roles.String() != "customer_service" || joined.Merchant != p.merchantOf(t, "a@example.test") {
		t.Errorf("joined as %+v, %v", joined, err)
	}
	b.signIn("b@example.test")
	for _, again := range []*http.Response{b.post(invitationPath, fields...), p.browser(t).post(invitationPath, fields...)} {
		if page := body(t, again); again.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "withdrawn, replaced by a newer one") {
			t.Errorf("once more: %s\n%s", again.Status, page)
		}
	}
}

// C023: to who invites, an address that has an account elsewhere looks like any other, from the answer to the list.
func TestInvitingATakenAddressLooksTheSame(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	p.member(t, "taken@example.test", "0822222222")
	pages := map[string]string{}
	for _, email := range []string{"taken@example.test", "fresh@example.test"} {
		before := storetest.Count(p.db.Dump(t), "activity")
		answer := boss.post(usersPath+"/invite", "email", email, "role", "finance")
		pages[email] = fmt.Sprint(answer.Status, answer.Header.Get("Location"), answer.Cookies(), storetest.Count(p.db.Dump(t), "activity")-before)
		list := body(t, boss.get(usersPath))
		_, row, _ := strings.Cut(list[strings.Index(list, `id="invited"`):], email)
		row, _, _ = strings.Cut(row, "<form")
		pages[email] += row
		all, err := p.db.Invitations().Of(t.Context(), p.merchantOf(t, "a@example.test"))
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		boss.post(usersPath + "/invitations/" + string(all[0].ID) + "/resend")
		boss.post(usersPath + "/invitations/" + string(all[0].ID) + "/withdraw")
	}
	if diff := cmp.Diff(pages["fresh@example.test"], pages["taken@example.test"]); diff != "" {
		t.Errorf("it shows:\n%s", diff)
	}
	kinds := map[outbox.Kind]int{}
	for _, m := range p.mails.sent {
		if m.Kind == outbox.Invited || m.Kind == outbox.InvitedElsewhere {
			kinds[m.Kind]++
		}
	}
	if kinds[outbox.Invited] != 2 || kinds[outbox.InvitedElsewhere] != 2 {
		t.Errorf("mails: %v", kinds)
	}
}

// C096, C036, C027: a change of roles, a deactivation and a removal act at the person's very next request: the session is over, whatever was open.
func TestChangesActAtTheNextRequest(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	for i, step := range []struct {
		path   string
		fields []string
	}{{"/roles", []string{"role", "customer_service"}}, {"/deactivate", nil}, {"/remove", nil}} {
		email := fmt.Sprintf("b%d@example.test", i)
		b := p.hire(t, "a@example.test", email, fmt.Sprintf("+6282222222%d", i), auth.Administrator)
		p.resetLink(t, email)
		reset := p.mails.last(t).Token
		target := usersPath + "/" + p.personID(t, email)
		wantRedirect(t, step.path, boss.post(target+step.path, step.fields...), usersPath)
		before := p.db.Dump(t)
		if r := b.post(usersPath+"/"+p.personID(t, "a@example.test")+"/remove", proofField, password); r.StatusCode == http.StatusSeeOther && r.Header.Get("Location") == usersPath {
			t.Errorf("%s: the session goes on", step.path)
		}
		if b.isIn() {
			t.Errorf("%s: still signed in", step.path)
		}
		if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
			t.Errorf("%s: the dead session changed:\n%s", step.path, diff)
		}
		if err := p.Auth.ResetOpened(t.Context(), reset); err == nil {
			t.Errorf("%s: the reset link lives", step.path)
		}
	}
}

// C020, C008: somebody deactivated or removed looks like an address without an account through seven attempts with the right password: status, headers, length.
func TestWhoIsDeactivatedOrRemovedLooksUnknown(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	looks := map[string][]string{}
	for i, name := range []string{"unknown", "deactivate", "remove"} {
		email := fmt.Sprintf("%s%s@example.test", name, strings.Repeat("x", 10-len(name))) // addresses of one length: the page shows them
		if name != "unknown" {
			p.hire(t, "a@example.test", email, fmt.Sprintf("+6282222222%d", i), auth.Developer)
			wantRedirect(t, name, boss.post(usersPath+"/"+p.personID(t, email)+"/"+name), usersPath)
		}
		for range 7 {
			answer := p.browser(t).post("/login", "email", email, "password", password)
			answer.Header.Del("X-Request-Id")
			looks[name] = append(looks[name], fmt.Sprint(answer.Status, answer.Header, answer.Cookies(), len(body(t, answer))))
		}
	}
	for _, name := range []string{"deactivate", "remove"} {
		if diff := cmp.Diff(looks["unknown"], looks[name]); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// A form for the roles of a colleague refuses none and what there is not, and the page of oneself says who else has to do it.
func TestRolesAreChosenFromWhatThereIs(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.Developer)
	path := usersPath + "/" + p.personID(t, "b@example.test") + "/roles"
	for _, chosen := range [][]string{nil, {"role", "root"}, {"role", "finance", "role", "root"}} {
		if r := boss.post(path+"?role=finance", chosen...); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, r), "Choose at least one") {
			t.Errorf("%v: %s", chosen, r.Status)
		}
	}
	wantRedirect(t, "two", boss.post(path, "role", "finance", "role", "operations", "state", "removed"), usersPath)
	if p, err := p.db.People().ByEmail(t.Context(), "b@example.test"); err != nil || p.Roles.String() != "operations,finance" || p.State != auth.Active {
		t.Errorf("stored %v %v, %v", p.Roles, p.State, err)
	}
	own := usersPath + "/" + p.personID(t, "a@example.test")
	for _, act := range []string{"/roles", "/deactivate", "/activate", "/remove"} {
		for _, answer := range []*http.Response{boss.get(own + act), boss.post(own+act, "role", "finance")} {
			if page := body(t, answer); answer.StatusCode != http.StatusConflict || !strings.Contains(page, "Ask another Administrator to do it.") ||
				!strings.Contains(page, `class="button" href="/account/users"`) {
				t.Errorf("%s of oneself: %s", act, answer.Status)
			}
		}
	}
}
