package settings_test

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
)

func TestTwoEditsArePutTogetherFieldByField(t *testing.T) {
	for name, c := range map[string]struct{ opened, now, typed, merged, listed string }{
		"nobody changed it":                    {"a", "a", "a", "a", ""},
		"only I did":                           {"a", "a", "b", "b", "mine"},
		"only the other one did":               {"a", "b", "a", "b", "theirs"},
		"both did, differently":                {"a", "b", "c", "c", "both"},
		"both did, to the same":                {"a", "b", "b", "b", ""},
		"I emptied it":                         {"a", "a", "", "", "mine"},
		"the other one emptied it":             {"a", "", "a", "", "theirs"},
		"I emptied what the other changed":     {"a", "b", "", "", "both"},
		"I filled what was empty":              {"", "", "a", "a", "mine"},
		"the other filled what was empty":      {"", "a", "", "a", "theirs"},
		"I typed spaces around it":             {"a", "b", "  a ", "b", "theirs"},
		"mine is theirs but for the spaces":    {"a", "b", " b", " b", ""},
		"composed and decomposed are one":      {"\u00e9", "b", "e\u0301", "b", "theirs"},
		"line ends of the browser are no edit": {"a\nb", "c", "a\r\nb", "c", "theirs"},
		"what I typed stays as I typed it":     {"a", "b", " c ", " c ", "both"},
		"what breaks a rule is kept as well":   {"a", "b", "c\u202e", "c\u202e", "both"},
	} {
		const field = "business_address"
		o := settings.Overtaken{
			Page: settings.GeneralPage, Opened: settings.State{Version: 1, Values: settings.Values{field: c.opened}}, Now: settings.State{Version: 2, Values: settings.Values{field: c.now}},
		}
		merged, list := o.Merge(settings.Values{field: c.typed})
		listed := ""
		for _, m := range list {
			listed += map[[2]bool]string{{true, false}: "mine", {false, false}: "theirs", {true, true}: "both"}[[2]bool{m.Touched, m.Both}]
			if diff := cmp.Diff(settings.Merged{Field: field, Opened: c.opened, Now: c.now, Mine: c.typed, Touched: m.Touched, Both: m.Both}, m); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if merged[field] != c.merged || listed != c.listed {
			t.Errorf("%s: merged %q, listed %q, want %q and %q", name, merged[field], listed, c.merged, c.listed)
		}
	}
}

// A form that lacks a field says nothing about it.
func TestAFieldThatWasNotSentTakesWhatStandsThere(t *testing.T) {
	o := settings.Overtaken{
		Page: settings.GeneralPage, Opened: settings.State{Version: 1, Values: settings.Values{"npwp_name": "a"}},
		Now: settings.State{Version: 2, Values: settings.Values{"npwp_name": "b", "of_tomorrow": "x"}},
	}
	merged, list := o.Merge(settings.Values{"of_tomorrow": "y", "merchant_id": "G2"})
	if len(list) != 0 || merged["npwp_name"] != "b" || merged["of_tomorrow"] != "" || merged["merchant_id"] != "" {
		t.Errorf("%v, %+v", merged, list)
	}
}

// A number that is written otherwise than it is stored is the same number.
func TestNumbersAreComparedAsTheyAreStored(t *testing.T) {
	stored := settings.Values{"director_phone": "+62812345678", "npwp": "123456789012345"}
	o := settings.Overtaken{Page: settings.GeneralPage, Opened: settings.State{Version: 1, Values: stored}, Now: settings.State{Version: 2, Values: stored}}
	if _, list := o.Merge(settings.Values{"director_phone": "0812345678", "npwp": "12.345.678.9-012.345"}); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// Whatever three people typed: what is shown after a conflict is what is saved, nothing that was typed is lost, and taking it back restores every field.
func FuzzMergeAndRevert(f *testing.F) {
	for _, text := range []string{"", "Toko", " Toko ", "a\r\nb", "e\u0301", "\u202e", "<b>", "a\x00b", "081234", "+62812345678", strings.Repeat("ü", 600)} {
		f.Add(text, "Warung", "Kedai", byte(7))
		f.Add("Toko", text, "Kedai", byte(4))
		f.Add("Toko", "Warung", text, byte(9))
	}
	s, _, who := newService(f)
	fields := settings.Fields(settings.GeneralPage)
	f.Fuzz(func(t *testing.T, first, theirs, mine string, which byte) {
		field := fields[int(which)%len(fields)]
		save := func(text string) (settings.State, error) {
			now, err := s.Page(t.Context(), "G1", ids.Sandbox, settings.GeneralPage)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Save(t.Context(), who, ids.Sandbox, settings.Edit{Page: settings.GeneralPage, Opened: now.Version, Values: settings.Values{field: text}})
			after, err2 := s.Page(t.Context(), "G1", ids.Sandbox, settings.GeneralPage)
			if err2 != nil {
				t.Fatal(err2)
			}
			return after, err
		}
		opened, _ := save(first) // refused or not: it is what it is
		between, _ := save(theirs)
		edit := settings.Edit{Page: settings.GeneralPage, Opened: opened.Version, Values: settings.Values{field: mine}}
		_, err := s.Save(t.Context(), who, ids.Sandbox, edit)
		var overtaken *settings.Overtaken
		if errors.As(err, &overtaken) != (opened.Version != between.Version) {
			t.Fatalf("opened in %d, now %d: %v", opened.Version, between.Version, err)
		}
		if overtaken == nil {
			return
		}
		merged, list := overtaken.Merge(edit.Values)
		if merged[field] != mine && merged[field] != between.Values[field] {
			t.Errorf("merged to %q, which nobody typed", merged[field])
		}
		if len(list) == 0 && merged[field] != mine && strings.TrimSpace(mine) != opened.Values[field] && opened.Values[field] == between.Values[field] {
			t.Errorf("%q is lost without a word", mine)
		}
		for _, m := range list {
			if m.Touched && merged[m.Field] != mine {
				t.Errorf("%q was touched and is %q", mine, merged[m.Field])
			}
		}
		rest := maps.Clone(between.Values)
		delete(rest, field)
		for name, text := range rest {
			if merged[name] != text {
				t.Errorf("%s, which nobody touched, is %q", name, merged[name])
			}
		}
		savedAndTakenBack(t, s, who, overtaken.Now, merged)
	})
}

// savedAndTakenBack saves upon a state, and wants it back when that is reverted. A text that breaks a rule is not saved, as without a conflict.
func savedAndTakenBack(t *testing.T, s *settings.Service, who activity.Actor, now settings.State, merged settings.Values) {
	t.Helper()
	done, err := s.Save(t.Context(), who, ids.Sandbox, settings.Edit{Page: settings.GeneralPage, Opened: now.Version, Values: merged})
	if err != nil || len(done.Changes) == 0 {
		return
	}
	if _, err := s.Revert(t.Context(), who, ids.Sandbox, settings.Reversal{Page: settings.GeneralPage, Version: done.Version, Opened: done.Version}); err != nil {
		t.Fatal(err)
	}
	if back := generalNow(t, s); !maps.Equal(back.Values, now.Values) {
		t.Errorf("taken back to %v, want %v", back.Values, now.Values)
	}
}

// The numbers of the history are those of the page, without a gap, newest first.
func TestTheHistoryListsEveryChangeOnce(t *testing.T) {
	s, _, who := newService(t)
	for i := range int64(25) {
		if _, err := saveGeneral(t, s, who, i, settings.General{MerchantName: "Toko " + strconv.FormatInt(i+1, 10)}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []int64
	before := int64(0)
	for range 4 {
		list, more, err := s.History(t.Context(), "G1", ids.Sandbox, settings.GeneralPage, before, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, past := range list {
			n := past.Version.Version
			seen = append(seen, n)
			want := []settings.Change{{Field: "merchant_name", From: "Toko " + strconv.FormatInt(n-1, 10), To: "Toko " + strconv.FormatInt(n, 10)}}
			if n == 1 {
				want[0].From = ""
			}
			if diff := cmp.Diff(want, past.Changes); diff != "" {
				t.Errorf("version %d: %s", n, diff)
			}
			before = n
		}
		if !more {
			break
		}
	}
	var want []int64
	for n := int64(25); n > 0; n-- {
		want = append(want, n)
	}
	if !slices.Equal(seen, want) {
		t.Errorf("listed: %v", seen)
	}
	for name, list := range map[string][]settings.Past{"the other environment": historyOf(t, s, "G1", ids.Production), "another merchant": historyOf(t, s, "G2", ids.Sandbox)} {
		if len(list) != 0 {
			t.Errorf("%s has %+v", name, list)
		}
	}
}

func historyOf(t *testing.T, s *settings.Service, m ids.MerchantID, env ids.Environment) []settings.Past {
	t.Helper()
	list, _, err := s.History(t.Context(), m, env, settings.GeneralPage, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
