package api

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// reply is an answer before it is written.
type reply struct {
	status int
	body   any
	header http.Header // beside those of every answer
}

// legacyBody is an answer of the legacy API. The code is always a text.
type legacyBody struct {
	StatusCode    string `json:"status_code"`
	StatusMessage string `json:"status_message"`
	ID            string `json:"id"`
}

// snapBody is an answer of BI-SNAP.
type snapBody struct {
	ResponseCode    string `json:"responseCode"`
	ResponseMessage string `json:"responseMessage"`
}

// noService stands in a responseCode where no service was reached.
const noService = "00"

// snap reports whether a request is one of BI-SNAP.
func (r *request) snap() bool { return strings.HasPrefix(r.URL.Path, snapPaths) }

// answer is an answer in the form of the API that was asked.
func (r *request) answer(status int, number, text string) reply {
	code := strconv.Itoa(status)
	if !r.snap() {
		return reply{status: status, body: legacyBody{code, text, r.id}}
	}
	service := noService
	if r.route != nil {
		service = r.route.Handler.service
	}
	return reply{status: status, body: snapBody{code + service + number, text}}
}

func (a reply) write(w http.ResponseWriter) {
	text, err := json.Marshal(a.body)
	if err != nil {
		panic(fmt.Sprintf("api: %v", err)) // bodies are our own types of texts
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(a.status)
	w.Write(text) //nolint:errcheck // the program at the other end is gone
}

// newID draws the id of a request, in the form that programs know from MAP: a random UUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := make([]byte, 0, 36)
	for i, part := range [][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}
