package main

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// visitor is a browser of one server: it keeps cookies, secure ones over plain http too, as browsers do on loopback.
type visitor struct {
	base    string
	cookies map[string]string
	client  http.Client
}

func newVisitor(base string) *visitor {
	return &visitor{base: base, cookies: map[string]string{}, client: http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}}
}

func (v *visitor) get(path string) ([]byte, http.Header, error) {
	return v.send(http.MethodGet, path, nil, http.StatusOK)
}

func (v *visitor) send(method, path string, form url.Values, want int) ([]byte, http.Header, error) {
	status, body, header, err := v.ask(method, path, form)
	if err == nil && status != want {
		err = fmt.Errorf("%s %s: %d, want %d", method, path, status, want)
	}
	return body, header, err
}

// ask sends a request, whatever the answer.
func (v *visitor) ask(method, path string, form url.Values) (status int, body []byte, header http.Header, err error) {
	r, err := http.NewRequest(method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, nil, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.base)
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := v.client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	for _, c := range answer.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, answer.Header, err
}

var link = regexp.MustCompile(`https?://\S+(/register/confirm\?token=\S+)`)

// Who uses the portal here.
const (
	email    = "sari@tokobunga.test"
	password = "kopi tubruk di teras belakang"
)

// signIn logs in.
func (v *visitor) signIn() error {
	_, _, err := v.send(http.MethodPost, "/login", url.Values{"email": {email}, "password": {password}}, http.StatusSeeOther)
	return err
}

// signUp registers, confirms by the mail in the data folder, and logs in.
func (v *visitor) signUp(data string) error {
	form := url.Values{
		"business_name": {"Toko Bunga Sari"}, "full_name": {"Sari Wijaya"}, "email": {email}, "phone": {"0812345678901"},
		"password": {password}, "confirm_password": {password},
	}
	if _, _, err := v.send(http.MethodPost, "/register", form, http.StatusSeeOther); err != nil {
		return err
	}
	path, err := waitForLink(filepath.Join(data, "mail", "*.eml"))
	if err != nil {
		return err
	}
	for _, step := range []struct{ method, path string }{{http.MethodGet, path}, {http.MethodPost, "/register/confirm"}, {http.MethodPost, "/login"}} {
		if _, _, err := v.send(step.method, step.path, form, http.StatusSeeOther); err != nil {
			return err
		}
	}
	delete(v.cookies, "__Host-notice")
	return nil
}

func waitForLink(pattern string) (string, error) {
	for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			plain, err := textOf(name)
			if err != nil {
				return "", err
			}
			if found := link.FindSubmatch(plain); found != nil {
				return string(found[1]), nil
			}
		}
	}
	return "", fmt.Errorf("no confirmation mail in %s", pattern)
}

// textOf gives the first part of a mail: its text.
func textOf(name string) ([]byte, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	part, err := multipart.NewReader(m.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(part)
}
