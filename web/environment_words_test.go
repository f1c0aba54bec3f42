package web

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var describesTheSwitch = regexp.MustCompile(`(?s)<select id="environment" name="environment" aria-describedby="environment-means".*<div id="environment-means">(.*?)</div>`)

// The switch says what is on the other side before it is used, as the state is now; pages of no environment say it of both (C077).
func TestTheSwitchSaysWhatIsOnTheOtherSide(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	const closed, live, sandbox = "Production is not active yet: settings only, no keys.", "Production is live: what you do there is real.", "Sandbox is for tests: nothing there is real."
	for i, step := range []struct{ production, own string }{{closed, "Not active yet: settings only, no keys."}, {live, "Live. Real customers and real money."}} {
		if i == 1 {
			p.activate(t, "a@example.test")
		}
		for path, wants := range map[string][]string{
			"/sandbox/dashboard": {"For trying things out.", step.production}, "/production/dashboard": {step.own, sandbox}, profilePath: {sandbox, step.production},
		} {
			means := describesTheSwitch.FindStringSubmatch(body(t, b.get(path)))
			if means == nil {
				t.Fatalf("%s: nothing describes the switch", path)
			}
			wantOn(t, means[1], wants...)
			for _, other := range []string{closed, live, sandbox} {
				if !slices.Contains(wants, other) {
					wantNotOn(t, means[1], other)
				}
			}
		}
	}
}

// Who has nothing of Production hears nothing of it.
func TestTheSwitchTellsSandboxStaffNothing(t *testing.T) {
	p := newPortal(t)
	p.member(t, "a@example.test", "0811111111")
	b := p.hire(t, "a@example.test", "b@example.test", "+62822222222", auth.SandboxStaff)
	p.activate(t, "a@example.test")
	for _, path := range []string{"/sandbox/dashboard", profilePath, "/sandbox/search?q=production"} {
		wantNotOn(t, body(t, b.get(path)), "Production is", "environment-means")
	}
}

// A page that exists in Production alone has no counterpart: the switch leads to the dashboard then.
func TestTheSwitchLeadsToNoPageThatDoesNotExist(t *testing.T) {
	p := newPortal(t)
	p.table = append(p.table,
		get("/production/alone", permitted, auth.SeeEnvironment, p.dashboard), get("/production/alone/{document}", permitted, auth.SeeEnvironment, p.dashboard))
	b := p.member(t, "a@example.test", "0811111111")
	for path, want := range map[string]string{
		"/production/alone": "/sandbox/dashboard", "/production/alone?kept=X": "/sandbox/dashboard", "/production/alone/D1": "/sandbox/dashboard",
		"/production/settings/general?kept=X": "/sandbox/settings/general?kept=X", "/production/aloneness": "/sandbox/aloneness",
	} {
		if r := b.post("/environment", "environment", string(ids.Sandbox), "path", path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != want {
			t.Errorf("from %s the switch leads to %s, want %s", path, r.Header.Get("Location"), want)
		}
	}
}
