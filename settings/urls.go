package settings

import (
	"strings"

	"merchant-portal/internal/fault"
)

// URLs accepts up to five addresses, see URL, each once: separated by commas or on lines of their own. What is wrong is said of the address that it is wrong
// with: argument Number, from 1.
func URLs(value string) *fault.Message {
	all := SplitURLs(value)
	if len(all) == 0 {
		return &fault.Message{ID: "url.none"}
	}
	if len(all) > maxURLs {
		return &fault.Message{ID: "url.many", Args: map[string]any{"Max": maxURLs, "Count": len(all)}}
	}
	seen := map[string]int{}
	for i, address := range all {
		problem := URL(address)
		if problem == nil {
			called := asCalled(address)
			if first, twice := seen[called]; twice {
				problem = &fault.Message{ID: "url.twice", Args: map[string]any{"First": first}}
			}
			seen[called] = i + 1
		}
		if problem != nil {
			return numbered(problem, i+1, len(all))
		}
	}
	return nil
}

// asCalled writes an address that URL accepts in the one form that all of its spellings share: scheme and host in small letters, no port that goes without
// saying, and a path (RFC 3986, section 6.2).
func asCalled(address string) string {
	scheme, behind, _ := strings.Cut(lookedUp(address), "://")
	scheme = strings.ToLower(scheme)
	authority, rest := behind, ""
	if end := strings.IndexAny(behind, "/?"); end >= 0 {
		authority, rest = behind[:end], behind[end:]
	}
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
	}
	usual := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return scheme + "://" + strings.TrimSuffix(strings.ToLower(authority), usual) + rest
}

// numbered says which of several addresses a message is about.
func numbered(problem *fault.Message, number, of int) *fault.Message {
	if of == 1 {
		return problem
	}
	args := map[string]any{"Number": number}
	for name, value := range problem.Args {
		args[name] = value
	}
	return &fault.Message{ID: problem.ID, Args: args}
}

// SplitURLs gives the addresses in the text of a field for several, without the space around them. A comma within an address has to be written %2C.
func SplitURLs(value string) (all []string) {
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// StoredURLs is the form in which several addresses are stored: each on a line of its own, its host as it is looked up.
func StoredURLs(value string) string {
	all := SplitURLs(value)
	for i, address := range all {
		all[i] = lookedUp(address)
	}
	return strings.Join(all, "\n")
}
