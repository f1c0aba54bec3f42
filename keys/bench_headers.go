package keys

import (
	"regexp"
	"strings"
)

// SentHeaders are what the bench takes from header lines; empty where there is no such line.
type SentHeaders struct{ ClientID, Timestamp, Signature, Token, Method, Path string }

var (
	headerLine  = regexp.MustCompile(`(?i)^(?:[<>*] )?(?:curl .*?)?(?:(?:-H|--header)[ =]?\s*)?['"]?([a-z][a-z-]*):[ \t]?(.*?)['"]?[ \t]*\\?$`)
	requestLine = regexp.MustCompile(`^(?:> )?([A-Za-z]{3,7}) (/\S*|https?://\S+)(?: HTTP/[0-9.]+)?$`)
)

// ReadHeaders reads header lines as people paste them: as they are, of a curl command, or of its -v. Of two that are alike the last one counts.
func ReadHeaders(text string) (h SentHeaders) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if found := requestLine.FindStringSubmatch(strings.TrimSpace(line)); found != nil {
			h.Method, h.Path = found[1], found[2]
			continue
		}
		found := headerLine.FindStringSubmatch(strings.TrimLeft(line, " \t"))
		if found == nil {
			continue
		}
		switch strings.ToLower(found[1]) {
		case "x-client-key":
			h.ClientID = found[2]
		case "x-timestamp":
			h.Timestamp = found[2]
		case "x-signature":
			h.Signature = found[2]
		case "authorization":
			h.Token = found[2]
		}
	}
	return h
}

var secretInside = regexp.MustCompile(`(?i)mid-server-[a-z0-9_-]{8,}|PRIVATE KEY-----`)

// HoldsSecret reports whether a text that is no secret by what it is for has one in it all the same: a server key, a Client Secret where it is the whole
// text, a private key. A page does not show such a text again.
func HoldsSecret(text string) bool {
	return secretInside.MatchString(text) || secretForm.MatchString(strings.TrimSpace(text))
}
