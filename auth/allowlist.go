package auth

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
)

// AllowList is where a merchant's people may use the portal from. The zero value is everywhere. It is parsed once, where who somebody is gets
// remembered: asking it allocates nothing.
type AllowList struct {
	restricted bool // a list whose entries cannot be read allows nothing, rather than everything
	networks   []netip.Prefix
}

// ParseAllowList reads the stored form: networks separated by spaces, "" for everywhere.
func ParseAllowList(stored string) AllowList {
	l := AllowList{restricted: stored != ""}
	for entry := range strings.FieldsSeq(stored) {
		if network, problem := networkOf(entry); problem == "" {
			l.networks = append(l.networks, network)
		}
	}
	return l
}

// Allows reports whether an IP address is in the list. An IPv4 address within IPv6 is what it is, and a zone does not matter.
func (l AllowList) Allows(address string) bool {
	if !l.restricted {
		return true
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	for _, network := range l.networks {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}

// entries are the networks as people write them, an address alone without its length.
func (l AllowList) entries() []string {
	texts := make([]string, len(l.networks))
	for i, n := range l.networks {
		texts[i] = n.String()
		if n.IsSingleIP() {
			texts[i] = n.Addr().String()
		}
	}
	return texts
}

// String is the stored form.
func (l AllowList) String() string { return strings.Join(l.entries(), " ") }

// Bounds of a list that is saved.
const (
	maxNetworks      = 100
	maxAllowListText = 8192 // bytes, as typed
	maxProblems      = 20   // that are told at a time
	maxEntryShown    = 50   // characters
)

// typedAllowList reads what somebody typed: one address or network per line, or several with commas between them. It is normalised: host bits are
// cut off, IPv4 within IPv6 is taken out, and what another network covers is left out. Whatever is wrong is named with its line.
func typedAllowList(text string) (AllowList, error) {
	if len(text) > maxAllowListText {
		return AllowList{}, fault.InvalidField("networks", "allow_list.too_long", map[string]any{"Max": maxAllowListText})
	}
	var typed []netip.Prefix
	var wrong []fault.Field
	for i, line := range strings.Split(text, "\n") {
		for entry := range strings.SplitSeq(line, ",") {
			entry = strings.TrimSpace(entry)
			if entry == "" {
				continue
			}
			network, problem := networkOf(entry)
			if problem == "" {
				typed = append(typed, network)
				continue
			}
			wrong = append(wrong, fault.Field{Name: "networks", Message: fault.Message{ID: problem, Args: map[string]any{"Line": i + 1, "Entry": shown(entry)}}})
		}
	}
	if len(wrong) > maxProblems {
		more := map[string]any{"Count": len(wrong) - maxProblems}
		wrong = append(wrong[:maxProblems:maxProblems], fault.Field{Name: "networks", Message: fault.Message{ID: "allow_list.more", Args: more}})
	}
	if len(wrong) > 0 {
		return AllowList{}, &fault.Error{Kind: fault.Invalid, Fields: wrong}
	}
	l := AllowList{len(typed) > 0, uncovered(typed)}
	if n := len(l.networks); n > maxNetworks {
		return AllowList{}, fault.InvalidField("networks", "allow_list.too_many", map[string]any{"Max": maxNetworks, "Count": n})
	}
	return l, nil
}

// networkOf reads one entry. problem is the id of a message, "" if there is none.
func networkOf(entry string) (network netip.Prefix, problem string) {
	address, _, isNetwork := strings.Cut(entry, "/")
	ip, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return netip.Prefix{}, whyNoAddress(entry)
	case ip.Zone() != "":
		return netip.Prefix{}, "allow_list.zone"
	case !isNetwork:
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()), ""
	}
	network, err = netip.ParsePrefix(entry)
	switch {
	case err != nil && ip.Is4():
		return netip.Prefix{}, "allow_list.bits4"
	case err != nil:
		return netip.Prefix{}, "allow_list.bits6"
	case ip.Is4In6():
		network = netip.PrefixFrom(ip.Unmap(), max(network.Bits()-96, 0))
	}
	if network.Bits() == 0 { // nobody needs a list for that, and it is easily a slip
		return netip.Prefix{}, "allow_list.everything"
	}
	return network.Masked(), ""
}

// whyNoAddress tells apart what people are likely to try.
func whyNoAddress(entry string) string {
	first, _, isRange := strings.Cut(entry, "-")
	_, err := netip.ParseAddr(strings.TrimSpace(first))
	switch {
	case strings.Contains(entry, "#"):
		return "allow_list.comment"
	case isRange && err == nil:
		return "allow_list.range"
	}
	return "allow_list.not_a_network"
}

// uncovered leaves out networks that others of the list cover, and keeps the order.
func uncovered(networks []netip.Prefix) []netip.Prefix {
	var kept []netip.Prefix
	for i, n := range networks {
		if !slices.ContainsFunc(networks, func(other netip.Prefix) bool { return other.Bits() < n.Bits() && other.Contains(n.Addr()) }) &&
			!slices.Contains(networks[:i], n) {
			kept = append(kept, n)
		}
	}
	return kept
}

// shown is an entry as a message repeats it: not for too long, and nothing invisible in it.
func shown(entry string) string {
	text := []rune(strings.ToValidUTF8(entry, string(utf8.RuneError)))
	if len(text) > maxEntryShown {
		text = append(text[:maxEntryShown:maxEntryShown], '…')
	}
	var visible strings.Builder
	for _, r := range text {
		if form.Line(string(r)) != nil {
			visible.WriteString(form.Show(r))
		} else {
			visible.WriteRune(r)
		}
	}
	return visible.String()
}

// OwnNetwork is what somebody adds to a list to stay in it: an IPv4 address, or the /64 of an IPv6 address, since its other half changes every day.
// "" for what is no address.
func OwnNetwork(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
