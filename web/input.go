package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"merchant-portal/internal/fault"
)

// What a form may be. No form of ours has half as many fields.
const (
	maxFields = 100
	formType  = "application/x-www-form-urlencoded"
)

var (
	errTooLarge  error = fault.New(fault.TooLarge, "fault.too_large")
	errNotAForm  error = fault.New(fault.Invalid, "fault.not_a_form")
	errNotAsText error = fault.New(fault.Invalid, "fault.not_text")
)

// form reads the body of a POST. Only the body counts, never the query (C095), and only text counts: no broken UTF-8, no NUL (C110).
func (r *request) form() (url.Values, error) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); r.ContentLength != 0 && !strings.EqualFold(strings.TrimSpace(kind), formType) {
		return nil, errNotAForm
	}
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, errTooLarge
		}
		return nil, errNotAForm
	}
	fields := 0
	for name, values := range r.PostForm {
		fields += len(values)
		for _, text := range append(values, name) {
			if !isText(text) {
				return nil, errNotAsText
			}
		}
	}
	if fields > maxFields {
		return nil, errTooLarge
	}
	return r.PostForm, nil
}

// arrived waits for all of a body and gives it, with whatever went wrong, to be read. It comes before the session is read: a form that is on its way while
// somebody is removed, demoted or logged out is judged by what they are when it is here (C096).
func arrived(body io.Reader) io.ReadCloser {
	text, err := io.ReadAll(body)
	if err != nil {
		return io.NopCloser(io.MultiReader(bytes.NewReader(text), broken{err}))
	}
	return io.NopCloser(bytes.NewReader(text))
}

// broken is a body from where it could not be read on.
type broken struct{ err error }

// Read implements io.Reader.
func (b broken) Read([]byte) (int, error) { return 0, b.err }
