package web

import (
	"net/http"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/peer"
)

var errMisdirected error = fault.New(fault.Misdirected, "fault.misdirected")

// onlyOurHosts answers for the public URL's host, and on loopback for the names of this machine. Nothing that the portal writes ever
// takes its host from a request (C063). /healthz answers to anybody: probes use addresses.
func (s *Server) onlyOurHosts(next http.Handler) http.Handler {
	refuse := s.plain(func(http.ResponseWriter, *request) error { return errMisdirected })
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		if hr.URL.Path != "/healthz" && !s.peers().Ours(hr.Host) {
			refuse.ServeHTTP(w, hr)
			return
		}
		next.ServeHTTP(w, hr)
	})
}

func (s *Server) peers() peer.Rules {
	return peer.Rules{PublicURL: s.PublicURL, OnLoopback: s.OnLoopback, TrustedProxies: s.TrustedProxies}
}
