package store

import (
	"strconv"

	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// chain makes and checks what ties the entries of a merchant's activity log together (C117, docs/adr/0017). The mac of an entry has two halves: one over
// its content, one over its place, the mac before it, and the first half. So one can tell an entry that was changed from one that was moved.
type chain struct{ key *seal.Marker }

// link is an entry as it is stored.
type link struct {
	id                              string
	merchant                        ids.MerchantID
	person, environment             *string
	address, action, target, result string
	at                              int64
	seq                             int64
	mac                             []byte
}

// markSize is the length of half a mac.
const markSize = 37

func (l link) content() []byte {
	return seal.Label("activity entry", string(l.merchant), l.id, optional(l.person), l.address, optional(l.environment), l.action, l.target, l.result,
		strconv.FormatInt(l.at, 10))
}

// place is what the second half covers. previous is the whole mac of the entry before, empty for the first.
func (l link) place(previous, half []byte) []byte {
	return seal.Label("activity place", string(l.merchant), strconv.FormatInt(l.seq, 10), string(previous), string(half))
}

// optional tells NULL from every text.
func optional(text *string) string {
	if text == nil {
		return "-"
	}
	return "+" + *text
}

// tie gives the mac of an entry that follows the one with the mac previous.
func (c chain) tie(l link, previous []byte) ([]byte, error) {
	half, err := c.key.Mark(l.content())
	if err != nil {
		return nil, err
	}
	second, err := c.key.Mark(l.place(previous, half))
	return append(half, second...), err
}

// judge says what is wrong with an entry that should follow the one with the mac previous, "" if nothing is.
func (c chain) judge(l link, previous []byte) Kind {
	if len(l.mac) != 2*markSize {
		return Added
	}
	half := l.mac[:markSize]
	written, placed := c.key.Marked(half, l.content()), c.key.Marked(l.mac[markSize:], l.place(previous, half))
	switch {
	case written && placed:
		return ""
	case placed:
		return Changed
	case written:
		return Moved
	case c.foreign(half):
		return OtherKey
	default:
		return Added
	}
}

// foreign reports whether a mark names a key that is none of ours, not even one from before the master key was rotated.
func (c chain) foreign(mark []byte) bool { return !c.key.Knows(mark) }

// head is the end of a merchant's chain: how many entries it has, and the mac of the last one.
type head struct {
	merchant ids.MerchantID
	entries  int64
	mac      []byte
	seal     []byte
}

func (h head) label() []byte {
	return seal.Label("activity head", string(h.merchant), strconv.FormatInt(h.entries, 10), string(h.mac))
}

// sealed gives the head with its seal.
func (c chain) sealed(h head) (head, error) {
	var err error
	h.seal, err = c.key.Mark(h.label())
	return h, err
}

// genuine reports whether a head is as we wrote it, with the present key: rotating the master key seals every head anew, so that whoever has an older one
// can neither change what is before a head nor write behind it (docs/adr/0024).
func (c chain) genuine(h head) bool { return c.key.Current(h.seal) && c.once(h) }

// once reports whether a head is as we wrote it, with the present key or one from before the master key was rotated.
func (c chain) once(h head) bool { return c.key.Marked(h.seal, h.label()) }
