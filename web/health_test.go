package web

import (
	"io"
	"net/http"
	"testing"
)

// A dead mail server stops nothing else and is visible to the operator.
func TestReadySaysWhetherMailsGoOutAndStaysReady(t *testing.T) {
	line := ""
	watched := newPortal(t, func(o *Options) { o.MailHealth = func() string { return line } })
	for _, tc := range []struct {
		name   string
		portal *portal
		line   string
		want   string
	}{
		{"fine", watched, "mail: ok", "ready\nmail: ok\n"},
		{"failing", watched, "mail: failing since 2026-11-21T10:42:00Z", "ready\nmail: failing since 2026-11-21T10:42:00Z\n"},
		{"not watched", newPortal(t), "", "ready\n"},
	} {
		line = tc.line
		answer := tc.portal.browser(t).get("/readyz")
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK || string(text) != tc.want {
			t.Errorf("%s: %s %q (%v), want 200 %q", tc.name, answer.Status, text, err, tc.want)
		}
	}
}
