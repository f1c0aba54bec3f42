// Package api is HTTP for programs: what the access keys open. It answers in JSON, whatever happens, and asks keys for every decision. It reads no cookie and
// sets none, so that no browser can be made to act for anybody here (C070).
package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/peer"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
)

// Options is what a server works with. Hosts may be empty, all else is required.
type Options struct {
	Keys   *keys.Service
	Peers  peer.Rules
	Hosts  map[ids.Environment]string // the API's own host of each environment that has one
	Logger *slog.Logger
	Now    func() time.Time
}

// Server answers programs. Make one with New.
type Server struct {
	Options
	table    []route.Route[handler]
	lines    lines // about requests
	failures lines // about what is our fault
}

// New makes a server, or says what its route table lacks.
func New(o Options) (*Server, error) {
	s := &Server{Options: o}
	s.table = s.routes()
	if err := check(s.table); err != nil {
		return nil, fmt.Errorf("route table of the API: %w", err)
	}
	return s, nil
}

// check refuses a table with gaps: here a route is for programs with a key, and for nobody else.
func check(table []route.Route[handler]) error {
	err := route.Check(table)
	for _, r := range table {
		if r.Access != route.Keyed || r.Handler.answer == nil {
			err = errors.Join(err, fmt.Errorf("route %s %s is not for programs with a key, or answers nothing", r.Method, r.Pattern))
		}
	}
	return err
}

// Handler answers what is the API's, and leaves the rest to next: on a host of its own everything is, on the portal's the paths of the API.
func (s *Server) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		aimed, own := s.aimed(hr.Host)
		if !own && !Owns(hr.URL.Path) {
			next.ServeHTTP(w, hr)
			return
		}
		r := &request{Request: hr, id: newID(), from: s.Peers.Address(hr), aimed: aimed}
		s.observe(w, r, func() reply {
			if !own && !s.Peers.Ours(hr.Host) {
				return r.failure(errMisdirected)
			}
			return s.dispatch(r)
		})
	})
}

// Owns reports whether a path is the API's on every host.
func Owns(path string) bool {
	return strings.HasPrefix(path, snapPaths) || strings.HasPrefix(path, legacyPaths)
}

// InClear refuses what came over plain http where the portal speaks TLS: a redirect would let a program send its key in clear for ever.
func InClear(w http.ResponseWriter, hr *http.Request) {
	r := &request{Request: hr, id: newID()}
	w.Header()["Content-Type"] = jsonHeader
	r.failure(errInClear).write(w)
}

// aimed gives the environment that a host names, and whether it is a host of the API at all.
func (s *Server) aimed(host string) (ids.Environment, bool) {
	for env, own := range s.Hosts {
		if strings.EqualFold(host, own) {
			return env, true
		}
	}
	return "", false
}

// request is a request with what every action needs to know.
type request struct {
	*http.Request
	id    string // for the answer, its header and the log
	from  string // the client's address
	aimed ids.Environment
	route *route.Route[handler] // nil: none was reached
	body  []byte
}
