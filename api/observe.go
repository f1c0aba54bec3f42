package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// observe gives every answer its headers, logs what was changed or refused, and turns a panic into a failure with an id (C112). Neither path nor query is
// logged: people put keys there (C089).
func (s *Server) observe(w http.ResponseWriter, r *request, answer func() reply) {
	s.setHeaders(w.Header(), r.id)
	a := s.recovered(r, answer)
	a.write(w)
	if a.status < http.StatusBadRequest && r.Method != http.MethodPost {
		return
	}
	pattern := ""
	if r.route != nil {
		pattern = r.route.Pattern
	}
	if left, ok := s.lines.next(s.Now()); ok {
		s.Logger.Info("API request", slog.String("id", r.id), slog.String("method", r.method()), slog.String("route", pattern),
			slog.Int("status", a.status), slog.String("address", r.from), slog.Int("left_out", left))
	}
}

// recovered answers in the place of what panicked. The log gets the stack, the program an id.
func (s *Server) recovered(r *request, answer func() reply) (a reply) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(http.ErrAbortHandler)
		}
		if left, ok := s.failures.next(s.Now()); ok {
			s.Logger.Error("panic", slog.String("id", r.id), slog.String("method", r.method()), slog.String("cause", fmt.Sprint(cause)),
				slog.String("stack", string(debug.Stack())), slog.Int("left_out", left))
		}
		a = r.failure(errors.New("panic"))
	}()
	return answer()
}

// method is how the log names it: a request may have any word of any length in its place (C118).
func (r *request) method() string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// lines bounds what is logged of a sort (C118): the door is open to everybody.
type lines struct {
	mu     sync.Mutex
	second int64
	used   int
	left   int
}

// maxLines is how many lines of a sort are written in a second.
const maxLines = 100

// next reports whether one more line may be written now, and how many were left out before it.
func (l *lines) next(now time.Time) (left int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second := now.Unix(); second != l.second {
		l.second, l.used = second, 0
	}
	if l.used == maxLines {
		l.left++
		return 0, false
	}
	l.used++
	left, l.left = l.left, 0
	return left, true
}

// setHeaders sets what stands on every answer (C071, C073, C074).
func (s *Server) setHeaders(h http.Header, id string) {
	h["Content-Type"] = jsonHeader
	h["Content-Security-Policy"] = policyHeader
	h["Cache-Control"] = noStoreHeader
	h["X-Content-Type-Options"] = noSniffHeader
	h["Referrer-Policy"] = noReferrerHeader
	h["Cross-Origin-Resource-Policy"] = sameOriginHeader
	h["X-Request-Id"] = []string{id}
	if s.Peers.PublicURL.Scheme == "https" {
		h["Strict-Transport-Security"] = httpsOnlyHeader
	}
}

// Shared values: every answer carries them, so they are made once. Nobody may append to them.
var (
	jsonHeader       = []string{"application/json"}
	policyHeader     = []string{"default-src 'none'; frame-ancestors 'none'"}
	noStoreHeader    = []string{"no-store"}
	noSniffHeader    = []string{"nosniff"}
	noReferrerHeader = []string{"no-referrer"}
	sameOriginHeader = []string{"same-origin"}
	httpsOnlyHeader  = []string{"max-age=31536000"} // a year
)
