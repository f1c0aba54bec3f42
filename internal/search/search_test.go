package search_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/search"
)

// index is a small portal. The numbers in the tests are places in it.
func index() *search.Index {
	return search.New([]search.Entry{
		{Titles: []string{"Access Keys", "Kunci Akses"}, Keywords: []string{"server client rotate"}},         // 0
		{Titles: []string{"Key doctor", "Dokter kunci"}, Keywords: []string{"401 unauthorized", "diagnosa"}}, // 1
		{Titles: []string{"Password", "Kata sandi"}, Keywords: []string{"e-mail access"}},                    // 2
		{Titles: []string{"Café Ångström", "Toko"}, Keywords: []string{"keyhole"}},                           // 3
	})
}

func everything(int) bool { return true }

func TestEveryWordMustBeginSomeWordOfTheEntry(t *testing.T) {
	for query, want := range map[string][]int{
		"kunci": {0, 1}, "key": {1, 0, 3}, "keys": {0}, "acc": {0, 2}, "access": {0, 2}, "access key": {0}, "key access": {0}, "401": {1}, "ccess": nil, "sandi toko": nil,
		"": nil, "  ": nil, "!?": nil, "\xff": nil, "doctor dokter": {1},
	} {
		got, typo := index().Find(query, everything)
		if diff := cmp.Diff(want, got); diff != "" || typo {
			t.Errorf("%q (a typo: %t): %s", query, typo, diff)
		}
	}
}

func TestCaseWidthAndMarksDoNotMatter(t *testing.T) {
	for _, query := range []string{"cafe", "CAFÉ", "cafe\u0301", "ｃａｆｅ", "ångstrom", "ANGSTRÖM", "a\u030angstro\u0308m", "\u212bngström"} {
		if got, typo := index().Find(query, everything); len(got) != 1 || got[0] != 3 || typo {
			t.Errorf("%q finds %v, a typo: %t", query, got, typo)
		}
	}
	for _, query := range []string{"email", "E-Mail", "e mail", "e‑mail"} {
		if got, typo := index().Find(query, everything); len(got) != 1 || got[0] != 2 || typo {
			t.Errorf("%q finds %v, a typo: %t", query, got, typo)
		}
	}
}

func TestTitlesComeBeforeKeywordsAndWholeWordsBeforeBeginnings(t *testing.T) {
	ix := search.New([]search.Entry{
		{Titles: []string{"a"}, Keywords: []string{"payments"}}, {Titles: []string{"b"}, Keywords: []string{"payment"}},
		{Titles: []string{"payments"}}, {Titles: []string{"payment"}}, {Titles: []string{"payment too"}},
	})
	got, _ := ix.Find("payment", everything)
	if diff := cmp.Diff([]int{3, 4, 2, 1, 0}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOneMistakeIsLetPassWhereNothingFits(t *testing.T) {
	for query, want := range map[string][]int{
		"dcotor": {1}, "docttor": {1}, "doctxr": {1}, "dotor": {1}, "dokcter": {1}, "pasword": {2}, "passwrod": {2}, "rotat": {0}, "roate": {0},
		"dcctrr": nil, "octor": nil, "xoctor": nil, "kye": nil, "zzzz": nil, "dcotor zzzz": nil,
	} {
		got, typo := index().Find(query, everything)
		if diff := cmp.Diff(want, got); diff != "" || typo != (len(want) > 0 && query != "rotat") {
			t.Errorf("%q (a typo: %t): %s", query, typo, diff)
		}
	}
}

func TestWhatMayNotBeSeenIsNotFound(t *testing.T) {
	got, _ := index().Find("kunci", func(entry int) bool { return entry != 0 })
	if diff := cmp.Diff([]int{1}, got); diff != "" {
		t.Error(diff)
	}
}

// C110: whatever is typed is searched for, and nothing breaks.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{"", "kunci", "\xff\x00", "a\u0301\u0301\u0301", "\u202e", "ﷺﷺﷺ", "🌸 kunci"} {
		f.Add(seed)
	}
	ix := index()
	f.Fuzz(func(t *testing.T, query string) {
		got, _ := ix.Find(query, everything)
		if len(got) > 4 {
			t.Error(fmt.Sprint(got))
		}
	})
}
