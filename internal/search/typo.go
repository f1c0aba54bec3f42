package search

import (
	"strings"
	"unicode/utf8"
)

// shortest is the shortest word, in letters, in which a mistake is let pass: with fewer, most words are like most others.
const shortest = 4

// nearly reports whether a word begins with what was typed but for one letter too many, too few, wrong, or two in the wrong order. The first letter must be right.
func nearly(word, typed string) bool {
	if begins(word, typed) {
		return true
	}
	if utf8.RuneCountInString(typed) < shortest {
		return false
	}
	w, t := []rune(word), []rune(typed)
	same := 0
	for same < len(w) && same < len(t) && w[same] == t[same] {
		same++
	}
	if same == 0 {
		return false
	}
	from := func(all []rune, start int) string { return string(all[min(start, len(all)):]) }
	rest, left := from(w, same), from(t, same)
	swapped := len(w) > same+1 && len(t) > same+1 && w[same] == t[same+1] && w[same+1] == t[same]
	return strings.HasPrefix(rest, from(t, same+1)) || // one too many
		strings.HasPrefix(from(w, same+1), left) || // one too few
		strings.HasPrefix(from(w, same+1), from(t, same+1)) || // a wrong one
		swapped && strings.HasPrefix(from(w, same+2), from(t, same+2))
}
