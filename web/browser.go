package web

import (
	"strings"

	"github.com/mileusna/useragent"
)

// browserName says which browser a request came from in words that its owner recognises, like "Chrome on Windows". It is a name for people:
// whoever sends the header can write anything into it, so nothing is decided by it but whether to send a notice.
func browserName(header string) string {
	ua := useragent.Parse(header)
	name, system := plainName(ua.Name), plainName(ua.OS)
	switch {
	case name == "" && system == "":
		return "?"
	case system == "":
		return name
	case name == "":
		return system
	}
	return name + " on " + system
}

// maxName bounds each half of a browser's name.
const maxName = 30

// plainName keeps letters, digits and single spaces: a name is shown on pages and in mails, and must not be able to say anything else.
func plainName(name string) string {
	kept := strings.Map(func(r rune) rune {
		if r == ' ' || (r >= '0' && r <= '9') || (r >= 'A' && r <= 'Z') || (r >= 'a' && r <= 'z') {
			return r
		}
		return -1
	}, name)
	return strings.Join(strings.Fields(kept[:min(len(kept), maxName)]), " ")
}
