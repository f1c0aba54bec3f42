package settings_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

// threeVersions of General Settings of Sandbox: two fields set, both changed, one changed again.
func threeVersions(t *testing.T) (*settings.Service, *storetest.DB, activity.Actor) {
	t.Helper()
	s, db, who := newService(t)
	for opened, g := range []settings.General{
		{MerchantName: "Toko", DirectorName: "Sari"}, {MerchantName: "Warung", DirectorName: "Budi"}, {MerchantName: "Kedai", DirectorName: "Budi"},
	} {
		if _, err := saveGeneral(t, s, who, int64(opened), g); err != nil {
			t.Fatal(err)
		}
	}
	return s, db, who
}

func generalNow(t *testing.T, s *settings.Service) settings.State {
	t.Helper()
	now, err := s.Page(t.Context(), "G1", ids.Sandbox, settings.GeneralPage)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestAChangeIsTakenBackAsANewChange(t *testing.T) {
	for name, c := range map[string]struct {
		version int64
		fields  []string
		want    settings.Values
	}{
		"all of a change":                     {2, nil, settings.Values{"merchant_name": "Toko", "director_name": "Sari"}},
		"one field":                           {2, []string{"director_name"}, settings.Values{"merchant_name": "Kedai", "director_name": "Sari"}},
		"one that was changed again":          {2, []string{"merchant_name"}, settings.Values{"merchant_name": "Toko", "director_name": "Budi"}},
		"the last one":                        {3, nil, settings.Values{"merchant_name": "Warung", "director_name": "Budi"}},
		"the first one, before which is none": {1, nil, settings.Values{}},
		"what the change left alone stays":    {3, []string{"merchant_name", "director_name", "npwp", "merchant_id"}, settings.Values{"merchant_name": "Warung", "director_name": "Budi"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, db, who := threeVersions(t)
			done, err := s.Revert(t.Context(), who, ids.Sandbox, settings.Reversal{Page: settings.GeneralPage, Version: c.version, Fields: c.fields, Opened: 3})
			if err != nil || len(done) != 1 || done[0].Version != 4 {
				t.Fatalf("%+v, %v", done, err)
			}
			now := generalNow(t, s)
			if diff := cmp.Diff(settings.State{Version: 4, Values: c.want}, now); diff != "" {
				t.Error(diff)
			}
			kept, err := s.Past(t.Context(), "G1", ids.Sandbox, settings.GeneralPage, 4)
			if err != nil || kept.Origin != settings.Reverted || kept.Source != c.version {
				t.Errorf("kept as %+v, %v", kept, err)
			}
			if entries := db.Dump(t); storetest.Count(entries, "settings_versions") != 4 {
				t.Error("an earlier version is gone")
			}
		})
	}
}

func TestAReversalThatCannotBeChangesNothing(t *testing.T) {
	s, db, who := threeVersions(t)
	db.Exec(t, `INSERT INTO merchants (id, name, created_at) VALUES ('G2', 'Lain', 1)`)
	db.Exec(t, `INSERT INTO environments (merchant_id, environment, state, created_at) VALUES ('G2', 'sandbox', 'active', 1)`)
	before := db.Dump(t)
	for name, c := range map[string]struct {
		who      activity.Actor
		env      ids.Environment
		reversal settings.Reversal
		want     fault.Kind
	}{
		"a version that never was":               {who, ids.Sandbox, settings.Reversal{Version: 4, Opened: 3}, fault.NotFound},
		"version 0":                              {who, ids.Sandbox, settings.Reversal{Version: 0, Opened: 3}, fault.NotFound},
		"a number below":                         {who, ids.Sandbox, settings.Reversal{Version: -1, Opened: 3}, fault.NotFound},
		"the largest number":                     {who, ids.Sandbox, settings.Reversal{Version: 1<<63 - 1, Opened: 3}, fault.NotFound},
		"C094 another environment":               {who, ids.Production, settings.Reversal{Version: 2, Opened: 3}, fault.NotFound},
		"C093 another merchant":                  {activity.Actor{Merchant: "G2"}, ids.Sandbox, settings.Reversal{Version: 2, Opened: 3}, fault.NotFound},
		"no field":                               {who, ids.Sandbox, settings.Reversal{Version: 2, Fields: []string{}, Opened: 3}, fault.Invalid},
		"only fields that it left alone":         {who, ids.Sandbox, settings.Reversal{Version: 3, Fields: []string{"director_name"}, Opened: 3}, fault.Invalid},
		"the page has another version meanwhile": {who, ids.Sandbox, settings.Reversal{Version: 2, Opened: 2}, fault.Conflict},
	} {
		c.reversal.Page = settings.GeneralPage
		if _, err := s.Revert(t.Context(), c.who, c.env, c.reversal); err == nil || fault.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

func TestOfSeveralReversalsAllAreDoneOrNone(t *testing.T) {
	s, db, who := threeVersions(t)
	before := db.Dump(t)
	good := settings.Reversal{Page: settings.GeneralPage, Version: 2, Fields: []string{"director_name"}, Opened: 3}
	bad := settings.Reversal{Page: settings.GeneralPage, Version: 9, Opened: 4}
	if _, err := s.Revert(t.Context(), who, ids.Sandbox, good, bad); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	again := settings.Reversal{Page: settings.GeneralPage, Version: 3, Opened: 4}
	if done, err := s.Revert(t.Context(), who, ids.Sandbox, good, again); err != nil || len(done) != 2 || done[1].Version != 5 {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestTakingBackWhatIsAsItWasStoresNothing(t *testing.T) {
	s, db, who := threeVersions(t)
	reversal := settings.Reversal{Page: settings.GeneralPage, Version: 3, Opened: 3}
	if _, err := s.Revert(t.Context(), who, ids.Sandbox, reversal); err != nil {
		t.Fatal(err)
	}
	before := db.Dump(t)
	reversal.Opened = 4
	if done, err := s.Revert(t.Context(), who, ids.Sandbox, reversal); err != nil || len(done[0].Changes) != 0 || done[0].Version != 4 {
		t.Errorf("%+v, %v", done, err)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// What a program of before let in is not let in again by taking its change back.
func TestAValueThatTheRulesRefuseTodayDoesNotComeBack(t *testing.T) {
	s, db, who := newService(t)
	db.Exec(t, `INSERT INTO settings (merchant_id, environment, page, version, document, updated_at)
		VALUES ('G1', 'sandbox', 'general', 1, '{"merchant_name":"Toko & Co"}', 1)`)
	if _, err := saveGeneral(t, s, who, 1, settings.General{MerchantName: "Toko"}); err != nil {
		t.Fatal(err)
	}
	before := db.Dump(t)
	_, err := s.Revert(t.Context(), who, ids.Sandbox, settings.Reversal{Page: settings.GeneralPage, Version: 2, Opened: 2})
	if fault.KindOf(err) != fault.Invalid || fault.FieldsOf(err)["merchant_name"].ID != "settings.name_character" {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// nobody may nothing (any more).
type nobody struct{}

// MayStill implements settings.Staff.
func (nobody) MayStill(context.Context, activity.Actor, string, ids.Environment) error {
	return fault.New(fault.Forbidden, "fault.forbidden")
}

// C096: what somebody may is read when they act.
func TestWhoMayNotSaveAnyMoreMayNotTakeBackEither(t *testing.T) {
	s, db, who := threeVersions(t)
	s.Staff = nobody{}
	before := db.Dump(t)
	if _, err := s.Revert(t.Context(), who, ids.Sandbox, settings.Reversal{Page: settings.GeneralPage, Version: 2, Opened: 3}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}
