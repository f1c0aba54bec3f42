package templates

import "slices"

// allThere reports whether documents are asked for, and each of them is there.
func allThere(rows []DocumentRow) bool {
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(d DocumentRow) bool { return d.Name == "" })
}
