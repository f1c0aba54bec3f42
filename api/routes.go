package api

import (
	"net/http"
	"strings"

	"merchant-portal/internal/route"
)

// What the paths of the two APIs begin with.
const (
	snapPaths   = "/v1.0/"
	legacyPaths = "/v2/"
)

// Body limits in bytes.
const (
	smallBody = 16 << 10
	largeBody = 64 << 10
)

// handler answers one route. An error that it returns becomes the failure of its API (failures.go).
type handler struct {
	service string // the two digits of BI-SNAP in a responseCode; "": the legacy API
	answer  func(r *request) (reply, error)
}

// routes is the one table of what the API has. Tests walk it.
func (s *Server) routes() []route.Route[handler] {
	return []route.Route[handler]{
		{Method: "POST", Pattern: "/v1.0/access-token/b2b", Access: route.Keyed, BodyLimit: smallBody, Handler: handler{tokenService, s.accessToken}},
		{Method: "POST", Pattern: "/v1.0/debit/status", Access: route.Keyed, BodyLimit: largeBody, Handler: handler{statusService, s.debitStatus}},
		{Method: "GET", Pattern: "/v2/{id}/status", Access: route.Keyed, Handler: handler{"", s.status}},
	}
}

// dispatch finds the route. Paths are taken as they are: programs get an answer to what they sent, not a redirect to what they may have meant.
func (s *Server) dispatch(r *request) reply {
	var allowed []string
	path := r.URL.EscapedPath()
	for i := range s.table {
		candidate := &s.table[i]
		if !matches(candidate.Pattern, path) {
			continue
		}
		r.route = candidate
		if r.Method == candidate.Method || (r.Method == http.MethodHead && candidate.Method == http.MethodGet) {
			return s.serve(r)
		}
		if candidate.Method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
		allowed = append(allowed, candidate.Method)
	}
	if allowed == nil {
		return r.failure(errNoRoute)
	}
	answer := r.failure(errBadMethod)
	answer.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	return answer
}

// matches compares a path with a pattern, segment by segment; a {name} stands for any segment but an empty one.
func matches(pattern, path string) bool {
	for {
		want, laterWant, moreWant := strings.Cut(pattern, "/")
		got, laterGot, moreGot := strings.Cut(path, "/")
		if moreWant != moreGot || (want != got && (got == "" || !strings.HasPrefix(want, "{"))) {
			return false
		}
		if !moreWant {
			return true
		}
		pattern, path = laterWant, laterGot
	}
}

func (s *Server) serve(r *request) reply {
	if r.route.BodyLimit > 0 {
		if err := r.read(r.route.BodyLimit); err != nil {
			return r.failure(err)
		}
	}
	answer, err := r.route.Handler.answer(r)
	if err != nil {
		s.logFailure(r, err)
		return r.failure(err)
	}
	return answer
}
