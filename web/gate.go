package web

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"merchant-portal/internal/fault"
)

var errBadMethod error = fault.New(fault.BadMethod, "fault.bad_method")

// onlyPlain refuses, before any session or store is asked, what no page and no form of the portal sends: TRACE, which would mirror cookies
// that no script may read, CONNECT, which is for proxies (C113), and paths that are no text. Nothing is named by such a path, and a database
// that takes no NUL would make a failure of it (C110).
func (s *Server) onlyPlain(next http.Handler) http.Handler {
	refuseMethod := s.plain(func(w http.ResponseWriter, _ *request) error {
		w.Header().Set("Allow", "GET, HEAD, POST")
		return errBadMethod
	})
	refusePath := s.plain(func(http.ResponseWriter, *request) error { return errNotFound })
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		switch {
		case hr.Method == http.MethodTrace, hr.Method == http.MethodConnect:
			refuseMethod.ServeHTTP(w, hr)
		case !isText(hr.URL.Path):
			refusePath.ServeHTTP(w, hr)
		default:
			next.ServeHTTP(w, hr)
		}
	})
}

// isText reports whether every database and every page can take a text: no broken UTF-8, no NUL (C110).
func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
