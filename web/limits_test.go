package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// C111: what a form may weigh is decided per route, and holds on each of them. Logging out looks at no form: of its body nothing is read.
func TestTooMuchIsRefusedOnEveryRoute(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	key := b.keyID()
	tried := 0
	for _, route := range p.table {
		if route.Method != http.MethodPost || route.Pattern == "/logout" || route.Upload { // what files may weigh: upload_test.go
			continue
		}
		for _, path := range concrete(route.Pattern, key) {
			tried++
			limit := int(route.BodyLimit)
			for name, tt := range map[string]struct {
				text string
				want bool
			}{
				"a byte too many":      {"x=" + strings.Repeat("x", limit-1), true},
				"not a byte too many":  {"x=" + strings.Repeat("x", limit-2), false},
				"a field too many":     {fieldsOf(maxFields + 1), true},
				"not a field too many": {fieldsOf(maxFields), false},
				"one name too often":   {strings.Repeat("x=1&", maxFields+1), true},
			} {
				for _, announced := range []bool{true, false} {
					r := b.request(http.MethodPost, path, url.Values{})
					r.Body, r.ContentLength = readCloser{strings.NewReader(tt.text)}, -1
					if announced {
						r.ContentLength = int64(len(tt.text))
					}
					if answer := b.send(r); (answer.StatusCode == http.StatusRequestEntityTooLarge) != tt.want {
						t.Errorf("%s, %s: %s", path, name, answer.Status)
					}
				}
			}
		}
	}
	if tried < 8 {
		t.Errorf("only %d routes were tried", tried)
	}
}

func fieldsOf(n int) string {
	form := url.Values{}
	for i := range n {
		form.Set("f"+strconv.Itoa(i), "x")
	}
	return form.Encode()
}

// C111: the limit holds as well where no session can be read: of a form that is too large nothing comes back to be sent again.
func TestTooMuchIsNotGivenBackWhileNoSessionCanBeRead(t *testing.T) {
	p := newPortal(t, func(o *Options) { o.Sessions = deadSessions{o.Sessions} })
	b := p.browser(t)
	b.cookies[sessionCookie] = "some-token"
	for size, given := range map[int]bool{1 << 10: true, largeForm: false} {
		page := body(t, b.post(generalPath, "merchant_name", strings.Repeat("x", size)))
		if strings.Contains(page, "xxx") != given {
			t.Errorf("%d bytes are given back: %t, want %t", size, !given, given)
		}
	}
}
