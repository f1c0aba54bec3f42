// Package search finds entries by the beginnings of their words, in whatever languages those are. It knows words and their order, and refuses
// to know what the entries are, who asks, or who may open them.
package search

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Entry is one thing to be found: its titles and its keywords, each in as many languages as there are.
type Entry struct{ Titles, Keywords []string }

// Index is made once and never changes: it is safe for concurrent use.
type Index struct{ entries []indexed }

type indexed struct{ titles, keywords []string }

// New makes an index. An entry is known by its place in the list.
func New(entries []Entry) *Index {
	ix := &Index{entries: make([]indexed, len(entries))}
	for i, e := range entries {
		ix.entries[i] = indexed{wordsOf(e.Titles), wordsOf(e.Keywords)}
	}
	return ix
}

// Find gives the entries of which some word begins with each word of the query, best first: titles before keywords, whole words before beginnings,
// then as they stand in the list. Where there is none, one mistake in each word of four letters and more is let pass, and typo is true.
func (ix *Index) Find(query string, may func(entry int) bool) (found []int, typo bool) {
	words := Words(query)
	if len(words) == 0 {
		return nil, false
	}
	if found = ix.find(words, may, begins); len(found) > 0 {
		return found, false
	}
	found = ix.find(words, may, nearly)
	return found, len(found) > 0
}

func (ix *Index) find(words []string, may func(int) bool, fits match) []int {
	type hit struct{ entry, rank int }
	var hits []hit
	for i, e := range ix.entries {
		if rank, ok := e.rank(words, fits); ok && may(i) {
			hits = append(hits, hit{i, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.rank - b.rank })
	var found []int
	for _, h := range hits {
		found = append(found, h.entry)
	}
	return found
}

// rank is how well an entry fits, 0 best. Every word must fit.
func (e indexed) rank(words []string, fits match) (rank int, ok bool) {
	for _, word := range words {
		switch {
		case slices.Contains(e.titles, word):
		case anyFits(e.titles, word, fits):
			rank++
		case slices.Contains(e.keywords, word):
			rank += 2
		case anyFits(e.keywords, word, fits):
			rank += 3
		default:
			return 0, false
		}
	}
	return rank, true
}

// match judges a word of an entry by one that was typed.
type match func(word, typed string) bool

func anyFits(words []string, typed string, fits match) bool {
	return slices.ContainsFunc(words, func(word string) bool { return fits(word, typed) })
}

func begins(word, typed string) bool { return strings.HasPrefix(word, typed) }

// Words gives the words of a text as they are compared: one Unicode form (NFKC), small letters, no marks. What is neither letter nor digit ends a word.
func Words(text string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(unicode.ToUpper(r))
	}, norm.NFKD.String(text))
	return strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) })
}

// wordsOf gives the words of all texts, and what is written with a hyphen in one word too: "email" finds "e-mail".
func wordsOf(texts []string) []string {
	var words []string
	for _, text := range texts {
		for _, chunk := range strings.Fields(text) {
			parts := Words(chunk)
			if words = append(words, parts...); len(parts) > 1 {
				words = append(words, strings.Join(parts, ""))
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}
