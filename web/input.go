package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"merchant-portal/internal/fault"
)

// What a form may be. No form of ours has half as many fields.
const (
	maxFields = 50
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
