package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"merchant-portal/internal/fault"
)

var errMisdirected error = fault.New(fault.Misdirected, "fault.misdirected")

// onlyOurHosts answers for the public URL's host, and on loopback for the names of this machine. Nothing that the portal writes ever
// takes its host from a request (C063). /healthz answers to anybody: probes use addresses.
func (s *Server) onlyOurHosts(next http.Handler) http.Handler {
	refuse := s.plain(func(http.ResponseWriter, *request) error { return errMisdirected })
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		if hr.URL.Path != "/healthz" && !s.ours(hr.Host) {
			refuse.ServeHTTP(w, hr)
			return
		}
		next.ServeHTTP(w, hr)
	})
}

func (s *Server) ours(host string) bool {
	return strings.EqualFold(host, s.PublicURL.Host) || (s.OnLoopback && loopbackHost(host))
}

// loopbackHost reports whether a Host header names this machine to itself.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	switch strings.ToLower(name) {
	case "localhost", "127.0.0.1", "[::1]", "::1":
		return true
	}
	return false
}

// clientAddress gives the address that a request came from. Forwarding headers count only as far as trusted proxies wrote them: the
// right-most hop that is no trusted proxy is the client (C015).
func (s *Server) clientAddress(hr *http.Request) string {
	host, _, err := net.SplitHostPort(hr.RemoteAddr)
	if err != nil {
		return ""
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	address = address.Unmap().WithZone("")
	hops := strings.Split(strings.Join(hr.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(address); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap().WithZone("")
	}
	return address.String()
}

func (s *Server) trusted(address netip.Addr) bool {
	for _, proxy := range s.TrustedProxies {
		if proxy.Contains(address) {
			return true
		}
	}
	return false
}
