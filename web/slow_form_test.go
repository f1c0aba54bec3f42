package web

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

// slowly is the body of a form that is still on its way while something happens.
type slowly struct {
	io.Reader
	meanwhile func()
}

// Read implements io.Reader.
func (s slowly) Read(p []byte) (int, error) {
	s.meanwhile()
	return s.Reader.Read(p)
}

// C096: who holds a request open, and sends the form after having been deactivated, gets no further than with the next request.
func TestAFormIsJudgedWhenItIsThere(t *testing.T) {
	p := newPortal(t)
	boss := p.member(t, "a@example.test", "0811111111")
	m, id := p.merchantOf(t, "a@example.test"), ids.PersonID(p.personID(t, "a@example.test"))
	reveal := "/sandbox/settings/access-keys/" + boss.keyID() + "/reveal"
	if r := boss.post(reveal, "x", "1"); r.StatusCode != http.StatusOK {
		t.Fatalf("before: %s", r.Status)
	}
	form := url.Values{"x": {"1"}}
	r := boss.request(http.MethodPost, reveal, form)
	r.Body = io.NopCloser(slowly{strings.NewReader(form.Encode()), sync.OnceFunc(func() {
		if err := p.db.Staff().SetState(t.Context(), m, id, auth.Disabled); err != nil {
			t.Error(err)
		}
	})})
	wantRedirect(t, "a form that came late", boss.send(r), "/login")
}
