package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"
)

// read takes the body, which has to be JSON (C110, C111).
func (r *request) read(limit int64) error {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
			return errBadType
		}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return errBadType
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errTooLarge
	case err != nil:
		return errBadBody // it did not arrive
	case !utf8.Valid(body):
		return errBadBody
	}
	r.body = body
	return nil
}

// fields are the members of the body. Names count as they are written.
func (r *request) fields() (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &fields); err != nil || fields == nil {
		return nil, errBadBody
	}
	return fields, nil
}

// text gives a member that is a text; "" where it is missing or null.
func text(fields map[string]json.RawMessage, name string) (string, error) {
	raw, ok := fields[name]
	if !ok || string(raw) == "null" {
		return "", nil
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", badField(name)
	}
	return value, nil
}

// headers gives the values of headers that have to be there, each once.
func (r *request) headers(names ...string) ([]string, error) {
	values := make([]string, 0, len(names))
	for _, name := range names {
		all := r.Header.Values(name)
		switch {
		case len(all) == 0 || all[0] == "":
			return nil, missingField(name)
		case len(all) > 1:
			return nil, badField(name)
		}
		values = append(values, all[0])
	}
	return values, nil
}
