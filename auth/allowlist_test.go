package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
)

func TestWhatIsTypedBecomesAListOfNetworks(t *testing.T) {
	for name, tt := range map[string]struct{ typed, want string }{
		"nothing":                          {" \r\n , \n", ""},
		"an address":                       {"203.0.113.9", "203.0.113.9"},
		"a network":                        {"203.0.113.0/24", "203.0.113.0/24"},
		"host bits":                        {"203.0.113.77/24", "203.0.113.0/24"},
		"an address as a network":          {"203.0.113.9/32", "203.0.113.9"},
		"IPv6":                             {"2001:DB8:0:0::7", "2001:db8::7"},
		"IPv6 network with host bits":      {"2001:db8:1:2:3::4/64", "2001:db8:1:2::/64"},
		"IPv6 address as a network":        {"2001:db8::7/128", "2001:db8::7"},
		"IPv4 within IPv6":                 {"::ffff:203.0.113.9", "203.0.113.9"},
		"IPv4 network within IPv6":         {"::ffff:203.0.113.9/120", "203.0.113.0/24"},
		"spaces, commas and empty lines":   {"  203.0.113.9 ,198.51.100.0/24\r\n\r\n\t192.0.2.1", "203.0.113.9 198.51.100.0/24 192.0.2.1"},
		"the same twice":                   {"203.0.113.9\n::ffff:203.0.113.9\n203.0.113.9/32", "203.0.113.9"},
		"covered by a later network":       {"203.0.113.9\n198.51.100.1\n203.0.113.0/24", "198.51.100.1 203.0.113.0/24"},
		"covered by an earlier network":    {"2001:db8::/32\n2001:db8:5::/48\n2001:db9::", "2001:db8::/32 2001:db9::"},
		"neighbours stay":                  {"203.0.113.0/25\n203.0.113.128/25", "203.0.113.0/25 203.0.113.128/25"},
		"as large as it may be":            {"128.0.0.0/1\n8000::/1", "128.0.0.0/1 8000::/1"},
		"no IPv4 is covered by IPv6":       {"8000::/1\n203.0.113.9\n::/1", "8000::/1 203.0.113.9 ::/1"},
		"a hundred, and more that fold in": {lines(100) + "\n" + lines(100), strings.ReplaceAll(lines(100), "\n", " ")},
	} {
		got, err := auth.TypedAllowList(tt.typed)
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, tt.want)
		}
	}
}

func lines(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
	}
	return strings.Join(all, "\n")
}

func TestEachLineThatIsNoNetworkIsNamed(t *testing.T) {
	for typed, want := range map[string]string{
		"203.0.113.256": "not_a_network", "203.0.113": "not_a_network", "203.0.113.09": "not_a_network", "kantor.example": "not_a_network",
		"203.0.113.*": "not_a_network", "203.0.113.9 198.51.100.1": "not_a_network", "/24": "not_a_network", "10.1/16": "not_a_network", "[2001:db8::7]": "not_a_network",
		"203.0.113.9:443": "not_a_network", "203.0.113.1-203.0.113.9": "range", "203.0.113.1 - 9": "range", "203.0.113.0/33": "bits4", "203.0.113.0/255.255.255.0": "bits4",
		"203.0.113.0/": "bits4", "203.0.113.0/-1": "bits4", "203.0.113.0/024": "bits4", "2001:db8::/129": "bits6", "2001:db8::/x": "bits6", "0.0.0.0/0": "everything",
		"203.0.113.9/0": "everything", "::/0": "everything", "::ffff:0.0.0.0/96": "everything", "::ffff:0.0.0.0/90": "everything", "fe80::1%eth0": "zone",
		"203.0.113.9 # kantor": "comment", "# kantor": "comment",
	} {
		_, err := auth.TypedAllowList("192.0.2.1\n\n198.51.100.1, " + typed + "\n192.0.2.2")
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.Kind != fault.Invalid || len(refused.Fields) != 1 {
			t.Errorf("%q: %v", typed, err)
			continue
		}
		if f := refused.Fields[0]; f.Name != "networks" || f.ID != "allow_list."+want || f.Args["Line"] != 3 || f.Args["Entry"] != typed {
			t.Errorf("%q: %+v, want %s at line 3", typed, f, want)
		}
	}
}

// C110: however much and whatever is typed, the answer is short and shows nothing invisible.
func TestABadListIsAnsweredBriefly(t *testing.T) {
	wants := func(what, typed, id string, fields int) []fault.Field {
		t.Helper()
		_, err := auth.TypedAllowList(typed)
		var refused *fault.Error
		if !errors.As(err, &refused) || len(refused.Fields) != fields || refused.Fields[fields-1].ID != "allow_list."+id {
			t.Fatalf("%s: %v", what, err)
		}
		return refused.Fields
	}
	wants("too long", strings.Repeat("1", 8193), "too_long", 1)
	wants("as long as it may be", strings.Repeat("1", 8192), "not_a_network", 1)
	wants("a hundred and one", lines(101), "too_many", 1)
	more := wants("many wrong ones", strings.Repeat("x\n", 50), "more", 21)
	if more[20].Args["Count"] != 30 {
		t.Errorf("told of %v more", more[20].Args)
	}
	shown := fmt.Sprint(wants("hostile", "\u202egnp\x00\xff"+strings.Repeat("ä", 200), "not_a_network", 1)[0].Args["Entry"])
	if !strings.HasPrefix(shown, "U+202EgnpU+0000U+FFFDä") || !strings.HasSuffix(shown, "ä…") || len([]rune(shown)) > 80 {
		t.Errorf("shown as %q", shown)
	}
}

func TestAListAllowsItsNetworksAndNothingElse(t *testing.T) {
	office := auth.ParseAllowList("203.0.113.0/24 198.51.100.7 2001:db8:1::/48 fe80::/10")
	for address, want := range map[string]bool{
		"203.0.113.0": true, "203.0.113.255": true, "203.0.112.255": false, "203.0.114.0": false, "198.51.100.7": true, "198.51.100.8": false,
		"::ffff:203.0.113.5": true, "::ffff:203.0.114.5": false, "::203.0.113.5": false, "2001:db8:1:ffff::1": true, "2001:DB8:1::": true, "2001:db8:2::": false,
		"fe80::1%eth0": true, "": false, "@": false, "203.0.113.5:80": false, "203.0.113.0/24": false,
	} {
		if got := office.Allows(address); got != want {
			t.Errorf("%q is allowed: %v", address, got)
		}
	}
	for name, tt := range map[string]struct {
		stored string
		want   bool
	}{"no list": {"", true}, "a list that cannot be read": {"rubbish", false}, "one whose rest can be read": {"rubbish 203.0.113.5", true}, "the other family alone": {"::/1", false}} {
		if got := auth.ParseAllowList(tt.stored).Allows("203.0.113.5"); got != tt.want {
			t.Errorf("%s: allowed is %v", name, got)
		}
	}
	for _, address := range []string{"203.0.113.5", "2001:db8:1::1", "192.0.2.1"} {
		if n := testing.AllocsPerRun(100, func() { office.Allows(address) }); n != 0 {
			t.Errorf("asking for %s allocates %v times", address, n)
		}
	}
}

func TestWhatSomebodyAddsKeepsThemIn(t *testing.T) {
	got := map[string]string{}
	for _, address := range []string{"203.0.113.5", "::ffff:203.0.113.5", "2001:db8:1:2:3:4:5:6", "fe80::1%eth0", ""} {
		got[address] = auth.OwnNetwork(address)
		if address != "" && !auth.ParseAllowList(got[address]).Allows(address) {
			t.Errorf("%s is not in %s", address, got[address])
		}
	}
	want := map[string]string{
		"203.0.113.5": "203.0.113.5", "::ffff:203.0.113.5": "203.0.113.5", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
