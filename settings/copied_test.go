package settings_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

// copied makes version 2 of General Settings of Production a copy of a name and a number.
func copied(t *testing.T, s *settings.Service, who activity.Actor) map[settings.Page]int64 {
	t.Helper()
	if _, err := saveGeneral(t, s, who, 0, settings.General{MerchantName: "Toko", NPWPName: "Sari"}); err != nil {
		t.Fatal(err)
	}
	saveIn(t, s, who, ids.Production, 0, settings.Values{"merchant_name": "Warung", "director_name": "Budi"})
	if _, err := s.Copy(t.Context(), who, ids.Production, picks(t, 1, 1, "general.merchant_name", "general.npwp_name")...); err != nil {
		t.Fatal(err)
	}
	return map[settings.Page]int64{settings.GeneralPage: 2}
}

func saveIn(t *testing.T, s *settings.Service, who activity.Actor, env ids.Environment, opened int64, values settings.Values) {
	t.Helper()
	if _, err := s.Save(t.Context(), who, env, settings.Edit{Page: settings.GeneralPage, Opened: opened, Values: values}); err != nil {
		t.Fatal(err)
	}
}

// may is staff that may do one thing alone.
type may string

// MayStill implements settings.Staff.
func (m may) MayStill(_ context.Context, _ activity.Actor, permission string, env ids.Environment) error {
	if permission != string(m) {
		return auth.Missing(permission, env)
	}
	return nil
}

// C092, C096: undoing is for who may copy, judged in the transaction: whoever may only save since a moment ago has the history.
func TestWhoMayNotCopyAnyMoreUndoesNothing(t *testing.T) {
	s, db, who := newService(t)
	versions := copied(t, s, who)
	before := db.Dump(t)
	for _, permission := range []string{auth.EditSettings, auth.CopySettings} {
		s.Staff = may(permission)
		if _, err := s.UndoCopy(t.Context(), who, ids.Production, versions); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("with %s alone: %v", permission, err)
		}
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// What was changed beside the copy stays, and the copy stays in the history.
func TestAnUndoneCopyGivesBackTheFieldsOfBefore(t *testing.T) {
	s, db, who := newService(t)
	versions := copied(t, s, who)
	saveIn(t, s, who, ids.Production, 2, settings.Values{"director_name": "Sari"})
	done, err := s.UndoCopy(t.Context(), who, ids.Production, versions)
	want := []settings.Result{{Page: settings.GeneralPage, Version: 4, Changes: []settings.Change{
		{Field: "merchant_name", From: "Toko", To: "Warung"}, {Field: "npwp_name", From: "Sari"},
	}}}
	if diff := cmp.Diff(want, done); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	now, err := s.Page(t.Context(), "G1", ids.Production, settings.GeneralPage)
	if diff := cmp.Diff(settings.Values{"merchant_name": "Warung", "director_name": "Sari"}, now.Values); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if n := storetest.Count(of(db.Dump(t), ids.Production), "settings_versions"); n != 4 {
		t.Errorf("%d versions are kept", n)
	}
	made, err := s.Copied(t.Context(), "G1", ids.Production, settings.GeneralPage, 2)
	if made.Since != settings.TakenBack || err != nil {
		t.Errorf("%+v, %v", made, err)
	}
}

func TestACopyThatWasChangedSinceIsNotUndone(t *testing.T) {
	s, db, who := newService(t)
	versions := copied(t, s, who)
	saveIn(t, s, who, ids.Production, 2, settings.Values{"npwp_name": "Budi"})
	before := db.Dump(t)
	if made, err := s.Copied(t.Context(), "G1", ids.Production, settings.GeneralPage, 2); made.Since != settings.Changed || err != nil {
		t.Errorf("%+v, %v", made, err)
	}
	if _, err := s.UndoCopy(t.Context(), who, ids.Production, versions); !errors.Is(err, settings.ErrChangedSince) {
		t.Errorf("undone: %v", err)
	}
	for name, unknown := range map[string]map[settings.Page]int64{"typed": {settings.GeneralPage: 1}, "of later": {settings.GeneralPage: 9}, "negative": {settings.GeneralPage: -1}, "of no page": {"keys": 1}} {
		if _, err := s.UndoCopy(t.Context(), who, ids.Production, unknown); !errors.Is(err, settings.ErrNotFound) {
			t.Errorf("a version that is %s: %v", name, err)
		}
	}
	for name, elsewhere := range map[string]func() error{
		"the other environment": func() error { _, err := s.UndoCopy(t.Context(), who, ids.Sandbox, versions); return err },
		"another merchant": func() error {
			_, err := s.UndoCopy(t.Context(), activity.Actor{Merchant: "G2"}, ids.Production, versions)
			return err
		},
	} {
		if err := elsewhere(); !errors.Is(err, settings.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// Copying there and back again, and undoing that, loses nothing that ever stood in a field.
func TestCopyingBackAndForthLosesNothing(t *testing.T) {
	s, db, who := newService(t)
	copied(t, s, who)
	saveIn(t, s, who, ids.Production, 2, settings.Values{"merchant_name": "Depot"})
	if _, err := s.Copy(t.Context(), who, ids.Sandbox, picks(t, 3, 1, "general.merchant_name")...); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UndoCopy(t.Context(), who, ids.Sandbox, map[settings.Page]int64{settings.GeneralPage: 2}); err != nil {
		t.Fatal(err)
	}
	for env, want := range map[ids.Environment][]string{ids.Sandbox: {"Toko", "Depot", "Toko"}, ids.Production: {"Depot", "Toko", "Warung"}} {
		versions, err := db.Settings().Versions(t.Context(), "G1", env, settings.GeneralPage, 99, 99)
		if err != nil || len(versions) != len(want) {
			t.Fatalf("%s: %d versions, %v", env, len(versions), err)
		}
		for i, v := range versions {
			if name := nameIn(t, v.Text); name != want[i] {
				t.Errorf("%s: version %d has %s, want %s", env, v.Version, name, want[i])
			}
		}
	}
}

func nameIn(t *testing.T, document []byte) string {
	t.Helper()
	var fields struct {
		Name string `json:"merchant_name"`
	}
	if err := json.Unmarshal(document, &fields); err != nil {
		t.Fatal(err)
	}
	return fields.Name
}
