package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// client is a browser without a screen: it keeps cookies and may show them to every node, as a browser before a load balancer does.
type client struct {
	t         *testing.T
	cookies   map[string]string
	forwarded string // X-Forwarded-For of its requests; "": none
	http      http.Client
}

func newClient(t *testing.T) *client {
	t.Helper()
	return &client{t: t, cookies: map[string]string{}, http: http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
}

func (c *client) get(node *portal, path string) answer {
	c.t.Helper()
	return c.must(c.send(http.MethodGet, node, path, nil))
}

func (c *client) post(node *portal, path string, fields ...string) answer {
	c.t.Helper()
	return c.must(c.send(http.MethodPost, node, path, values(fields...)))
}

func values(fields ...string) url.Values {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return form
}

func (c *client) must(a answer, err error) answer {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *client) send(method string, node *portal, path string, form url.Values) (answer, error) {
	r, err := http.NewRequest(method, node.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if c.forwarded != "" {
		r.Header.Set("X-Forwarded-For", c.forwarded)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	got, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(got.Body)
	for _, cookie := range got.Cookies() {
		if cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		} else {
			c.cookies[cookie.Name] = cookie.Value
		}
	}
	return answer{got.StatusCode, got.Header, string(text)}, err
}

// want fails the test unless the answer has a status, and a text if one is given.
func (c *client) want(what string, a answer, status int, text string) {
	c.t.Helper()
	if a.status != status || !strings.Contains(a.text, text) {
		c.t.Fatalf("%s: status %d, want %d with %q\n%s", what, a.status, status, text, a.text)
	}
}

// signUp registers on one node, confirms on the second and logs in on the third.
func (c *client) signUp(who person, box *mailbox, nodes ...*portal) {
	c.t.Helper()
	register, confirm, login := nodes[0], nodes[len(nodes)/2], nodes[len(nodes)-1]
	c.want("register", c.post(register, "/register", "business_name", who.business, "full_name", who.name, "email", who.email,
		"phone", who.phone, "password", goodPassword, "confirm_password", goodPassword), http.StatusSeeOther, "")
	link, err := url.Parse(box.wait(c.t, who.email, "Confirm your e-mail address").action())
	if err != nil {
		c.t.Fatal(err)
	}
	c.want("open the link", c.get(confirm, link.RequestURI()), http.StatusSeeOther, "")
	c.want("confirm", c.post(confirm, "/register/confirm"), http.StatusSeeOther, "")
	c.logIn(login, who)
}

func (c *client) logIn(node *portal, who person) {
	c.t.Helper()
	c.want("log in", c.post(node, "/login", "email", who.email, "password", goodPassword), http.StatusSeeOther, "")
	if c.cookies["__Host-session"] == "" {
		c.t.Fatal("no session")
	}
}

// eventually asks until an answer has a status, which it must have within 20 seconds.
func (c *client) eventually(node *portal, path string, status int) answer {
	c.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		a, err := c.send(http.MethodGet, node, path, nil)
		if err == nil && a.status == status {
			return a
		}
		if time.Now().After(deadline) {
			c.t.Fatal(fmt.Errorf("%s: status %d, want %d: %w", path, a.status, status, err))
		}
	}
}

// ended waits until the session is over; asking does not keep it.
func (c *client) ended(node *portal) {
	c.t.Helper()
	for deadline := time.Now().Add(maxWait + 20*time.Second); ; {
		a := c.get(node, "/session/check")
		if a.status == 303 && strings.HasPrefix(a.header.Get("Location"), "/login") {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatal("the session did not end")
		}
		if err := sleep(c.t.Context(), 100*time.Millisecond); err != nil {
			c.t.Fatal(err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
