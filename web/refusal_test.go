package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/store/storetest"
)

// C098: a refusal says which permission is missing and who can give it: the merchant's own active Administrators, by name and address.
func TestARefusalSaysWhoCanHelp(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	p.member(t, "elsewhere@example.test", "0833333333")
	p.hire(t, "a@example.test", "developer@example.test", "+62844444444", auth.Developer)
	b := p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.CustomerService, auth.FinanceStaff)
	before := p.db.Dump(t)
	for path, permission := range map[string]string{
		"/sandbox/settings/general": "permission to change settings", "/sandbox/settings/payment/history": "permission to change settings",
		comparePath: "permission to compare settings and copy them", "/production/activation": "permission to register for Production",
	} {
		answer := b.get(path)
		page := body(t, answer)
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %s", path, answer.Status)
		}
		wantOn(t, page, permission, "Finance Staff, Customer Service", "Sari", "mailto:a@example.test")
		wantNotOn(t, page, "elsewhere@example.test", "developer@example.test", "811111111")
	}
	if after := p.db.Dump(t); storetest.Count(before, "activity") != storetest.Count(after, "activity") {
		t.Error("looking was written down")
	}
}

// C092: Sandbox IT Staff sees nothing of Production: no switch, no link, no page of it, and every start leads to Sandbox, whatever was used last.
func TestSandboxStaffSeesNothingOfProduction(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	b := p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.SandboxStaff)
	p.db.Exec(t, `UPDATE people SET last_environment = 'production' WHERE email = 'b@example.test'`)
	p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
	for _, path := range []string{"/", "/login", "/login/done"} {
		wantRedirect(t, path, b.get(path), "/sandbox/dashboard")
	}
	for _, path := range []string{
		"/sandbox/dashboard", "/sandbox/settings/general", "/sandbox/settings/general/history", "/sandbox/settings/payment", "/sandbox/settings/bi-snap-notification",
		"/sandbox/integration", "/sandbox/search", "/sandbox/search?q=activation", "/sandbox/settings/access-keys", profilePath,
	} {
		page := body(t, b.get(path))
		wantNotOn(t, page, "/production", `value="production"`, `action="/environment"`)
		wantOn(t, page, "/sandbox/settings/general", "/sandbox/settings/access-keys")
	}
	refused := b.get("/production/settings/access-keys")
	page := body(t, refused)
	wantOn(t, page, "This belongs to Production, and your role is for Sandbox alone")
	wantNotOn(t, page, `class="production"`, "favicon-production", "/production/")
	if r := b.post("/environment", "environment", "production"); r.StatusCode != http.StatusForbidden || !strings.Contains(body(t, r), "your role is for Sandbox alone") {
		t.Errorf("switching: %s", r.Status)
	}
}

// C116: a form sent without the permission for it is written down once, with the permission; what a stranger or another site sends is not.
func TestARefusedFormIsWrittenDown(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	b := p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.CustomerService)
	b.post("/production/settings/general", "merchant_name", "X")
	b.post(usersPath+"/invite", "email", "b@example.test")
	b.get(usersPath)
	p.browser(t).post(usersPath + "/invite")
	other := b.request(http.MethodPost, usersPath+"/invite", map[string][]string{})
	other.Header.Set("Sec-Fetch-Site", "cross-site")
	b.send(other)
	var found []string
	for _, line := range p.db.Dump(t) {
		if strings.HasPrefix(line, "activity ") && strings.Contains(line, "action=access.refused") {
			_, rest, _ := strings.Cut(line, "environment=")
			found = append(found, rest[:strings.Index(rest, " at=")])
		}
	}
	slices.Sort(found)
	want := []string{"<nil> action=access.refused target=users.manage outcome=refused", "production action=access.refused target=settings.edit outcome=refused"}
	if !slices.Equal(found, want) {
		t.Errorf("written down: %q", found)
	}
}

// The menu has what somebody may open, and nothing that would be refused.
func TestTheMenuHasWhatTheRoleMayOpen(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	everyone := []string{"/sandbox/dashboard", profilePath, passwordPath, sessionsPath, factorPath}
	settings := []string{
		"/sandbox/settings/general", "/sandbox/settings/access-keys", sandboxPayment, snapNotificationPath, "/sandbox" + integrationPath,
	}
	developer := append(slices.Clone(settings), comparePath, activityPath, securityPath)
	for role, more := range map[auth.Role][]string{
		auth.Administrator: append(slices.Clone(developer), usersPath), auth.Developer: developer, auth.SandboxStaff: settings,
		auth.OperationsStaff: nil, auth.FinanceStaff: nil, auth.CustomerService: nil,
	} {
		b := p.hire(t, "a@example.test", string(role)+"@example.test", "+6281111"+strconv.Itoa(100+slices.Index(auth.AllRoles(), role)), role)
		_, menu, _ := strings.Cut(body(t, b.get("/sandbox/dashboard")), `<nav class="nav wide-only"`)
		menu, _, _ = strings.Cut(menu, "</nav>")
		for _, path := range append(slices.Clone(everyone), more...) {
			wantOn(t, menu, `href="`+path+`"`)
		}
		if n := strings.Count(menu, "<a href="); n != len(everyone)+len(more) {
			t.Errorf("%s: %d links, want %d", role, n, len(everyone)+len(more))
		}
	}
}

// Every permission and role has words, and the matrix shows each permission exactly once, in a group that a role has as a whole or not at all.
func TestTheMatrixShowsEveryPermission(t *testing.T) {
	shown := map[auth.Permission]int{auth.SeeEnvironment: 1} // which everybody has
	for _, d := range duties {
		for _, permission := range d.permissions {
			shown[permission]++
			for _, role := range auth.AllRoles() {
				if (auth.Roles{role}).May(permission, ids.Sandbox) != grantsAll(role, d.permissions) {
					t.Errorf("%s has only a part of %s", role, d.words)
				}
			}
		}
	}
	for _, permission := range auth.AllPermissions() {
		if shown[permission] != 1 || permissionWords[permission] == "" {
			t.Errorf("%s is shown %d times, as %q", permission, shown[permission], permissionWords[permission])
		}
	}
	for _, role := range auth.AllRoles() {
		if roleWords[role] == "" || roleMeans[role] == "" || !(auth.Roles{role}).May(auth.SeeEnvironment, ids.Sandbox) {
			t.Errorf("%s lacks words", role)
		}
	}
}
