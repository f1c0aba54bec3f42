// Package peer says who is at the other end of a request and which host they meant. It believes headers only as far as the operator said so.
package peer

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Rules are what the operator said.
type Rules struct {
	PublicURL      *url.URL
	OnLoopback     bool // the listen address is a loopback one
	TrustedProxies []netip.Prefix
}

// Ours reports whether a Host header names the portal: as its public URL does, or on loopback as this machine (C063).
func (r Rules) Ours(host string) bool {
	return strings.EqualFold(host, r.PublicURL.Host) || (r.OnLoopback && LoopbackHost(host))
}

// LoopbackHost reports whether a Host header names this machine to itself.
func LoopbackHost(host string) bool {
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

// Address gives the address that a request came from. Forwarding headers count only as far as trusted proxies wrote them: the
// right-most hop that is no trusted proxy is the client (C015).
func (r Rules) Address(hr *http.Request) string {
	host, _, err := net.SplitHostPort(hr.RemoteAddr)
	if err != nil {
		return ""
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	address = address.Unmap().WithZone("")
	if !r.trusted(address) {
		return address.String()
	}
	hops := strings.Split(strings.Join(hr.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && r.trusted(address); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap().WithZone("")
	}
	return address.String()
}

func (r Rules) trusted(address netip.Addr) bool {
	for _, proxy := range r.TrustedProxies {
		if proxy.Contains(address) {
			return true
		}
	}
	return false
}
