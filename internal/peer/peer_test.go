package peer_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"merchant-portal/internal/peer"
)

// C015: forwarding headers count as far as trusted proxies wrote them: the right-most hop that is none of these is the client.
func TestTheClientsAddressIsTheRightMostUntrustedHop(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, tt := range map[string]struct {
		trusted   []netip.Prefix
		from      string
		forwarded []string
		want      string
	}{
		"nobody is trusted":               {nil, "192.0.2.1:1", []string{"203.0.113.9"}, "192.0.2.1"},
		"an untrusted peer":               {proxies, "192.0.2.1:1", []string{"203.0.113.9"}, "192.0.2.1"},
		"one proxy":                       {proxies, "10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"two proxies":                     {proxies, "10.0.0.1:1", []string{"203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		"what the client wrote itself":    {proxies, "10.0.0.1:1", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"several headers":                 {proxies, "10.0.0.1:1", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"a proxy's name written by hand":  {proxies, "10.0.0.1:1", []string{"10.0.0.3, 203.0.113.9"}, "203.0.113.9"},
		"rubbish ends the chain":          {proxies, "10.0.0.1:1", []string{"203.0.113.9, rubbish"}, "10.0.0.1"},
		"no header":                       {proxies, "10.0.0.1:1", nil, "10.0.0.1"},
		"IPv6":                            {proxies, "[fd00::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv4 in IPv6":                    {proxies, "[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"a zone":                          {nil, "[fe80::1%eth0]:1", nil, "fe80::1"},
		"no address at all (a unix pipe)": {nil, "@", []string{"203.0.113.9"}, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/login", nil)
		r.RemoteAddr = tt.from
		for _, line := range tt.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		r.Header.Set("Forwarded", "for=198.51.100.99")
		r.Header.Set("X-Real-Ip", "198.51.100.99")
		rules := peer.Rules{TrustedProxies: tt.trusted}
		if got := rules.Address(r); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
