package web

import (
	"regexp"
	"strings"
)

// maxReturnPath bounds a path that a request asks to be led to.
const maxReturnPath = 512

// ownPaths are the paths that the portal itself uses: plain characters, a query of plain characters. Everything that could lead elsewhere
// is not in it: schemes, @, backslashes, encoded slashes, control characters.
var ownPaths = regexp.MustCompile(`^/[A-Za-z0-9/_-]*(\?[A-Za-z0-9=&_-]*)?$`)

// localPath gives path if it can only lead to a page of this portal, else "" (C076).
func localPath(path string) string {
	if len(path) > maxReturnPath || !ownPaths.MatchString(path) || strings.Contains(path, "//") {
		return ""
	}
	return path
}
