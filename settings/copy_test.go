package settings_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

// picks chooses fields, which were looked at in versions of their source and target.
func picks(t *testing.T, from, to int64, names ...string) []settings.Pick {
	t.Helper()
	chosen, err := settings.ParsePicks(names)
	if err != nil {
		t.Fatal(err)
	}
	for i := range chosen {
		chosen[i].From, chosen[i].To = from, to
	}
	return chosen
}

// of gives the rows of a dump that belong to an environment.
func of(dump []string, env ids.Environment) (rows []string) {
	for _, row := range dump {
		if strings.Contains(row, "environment="+string(env)) {
			rows = append(rows, row)
		}
	}
	return rows
}

// C077: a copy writes the chosen fields of its target, empty ones too, and nothing of its source; the version of before is kept.
func TestACopyWritesTheChosenFieldsOfItsTargetAlone(t *testing.T) {
	s, db, who := newService(t)
	if _, err := saveGeneral(t, s, who, 0, settings.General{MerchantName: "Toko", MerchantURL: "toko.id"}); err != nil {
		t.Fatal(err)
	}
	filled := settings.Values{"merchant_name": "Warung", "director_name": "Sari", "npwp_name": "Sari Wijaya"}
	if _, err := s.Save(t.Context(), who, ids.Production, settings.Edit{Page: settings.GeneralPage, Values: filled}); err != nil {
		t.Fatal(err)
	}
	before := of(db.Dump(t), ids.Sandbox)
	done, err := s.Copy(t.Context(), who, ids.Production, picks(t, 1, 1, "general.director_name", "general.merchant_name", "general.npwp")...)
	want := []settings.Result{{Page: settings.GeneralPage, Version: 2, Changes: []settings.Change{
		{Field: "merchant_name", From: "Warung", To: "Toko"}, {Field: "director_name", From: "Sari"},
	}}}
	if diff := cmp.Diff(want, done); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff(before, of(db.Dump(t), ids.Sandbox)); diff != "" {
		t.Errorf("the source changed:\n%s", diff)
	}
	now, err := s.Page(t.Context(), "G1", ids.Production, settings.GeneralPage)
	if diff := cmp.Diff(settings.State{Version: 2, Values: settings.Values{"merchant_name": "Toko", "npwp_name": "Sari Wijaya"}}, now); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if n := storetest.Count(of(db.Dump(t), ids.Production), "settings_versions"); n != 2 {
		t.Errorf("%d versions are kept", n)
	}
	said, err := s.Copied(t.Context(), "G1", ids.Production, settings.GeneralPage, 2)
	if diff := cmp.Diff(settings.Made{Result: want[0], Since: settings.Stands}, said); diff != "" || err != nil {
		t.Errorf("said later: %v\n%s", err, diff)
	}
	if _, err := s.Copied(t.Context(), "G1", ids.Production, settings.GeneralPage, 1); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("a version that was typed is taken for a copy: %v", err)
	}
}

// Both sides have to stand as they were looked at: nothing is copied otherwise.
func TestACopyOfWhatChangedMeanwhileCopiesNothing(t *testing.T) {
	s, db, who := newService(t)
	if _, err := saveGeneral(t, s, who, 0, settings.General{MerchantName: "Toko"}); err != nil {
		t.Fatal(err)
	}
	before := db.Dump(t)
	for name, versions := range map[string][2]int64{"the source": {0, 0}, "an earlier source": {2, 0}, "the target": {1, 1}, "a negative one": {1, -1}} {
		if _, err := s.Copy(t.Context(), who, ids.Production, picks(t, versions[0], versions[1], "general.merchant_name")...); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

func TestOfParallelCopiesOneWins(t *testing.T) {
	s, db, who := newService(t)
	if _, err := saveGeneral(t, s, who, 0, settings.General{MerchantName: "Toko"}); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch done, err := s.Copy(t.Context(), who, ids.Production, picks(t, 1, 0, "general.merchant_name")...); {
			case err == nil && len(done) == 1 && len(done[0].Changes) == 1:
				won.Add(1)
			case fault.KindOf(err) != fault.Conflict:
				t.Errorf("%+v, %v", done, err)
			}
		})
	}
	wg.Wait()
	if n := storetest.Count(of(db.Dump(t), ids.Production), "settings_versions"); won.Load() != 1 || n != 1 {
		t.Errorf("%d copies won, %d versions are kept", won.Load(), n)
	}
}

// The rules of the target hold for what is copied too, and the page is named with the field: an older program may have stored what is refused today.
func TestWhatTheRulesRefuseIsNotCopied(t *testing.T) {
	s, db, who := newService(t)
	db.Exec(t, `INSERT INTO settings (merchant_id, environment, page, version, document, updated_at)
		VALUES ('G1', 'sandbox', 'general', 1, '{"merchant_name":"Toko™","npwp":"1","director_name":"Sari"}', 1)`)
	before := db.Dump(t)
	chosen := picks(t, 1, 0, "general.merchant_name", "general.director_name", "general.npwp")
	_, copied := s.Copy(t.Context(), who, ids.Production, chosen...)
	for name, err := range map[string]error{"the copy": copied, "the review": s.Review(t.Context(), "G1", ids.Production, chosen...)} {
		fields := fault.FieldsOf(err)
		if fault.KindOf(err) != fault.Invalid || len(fields) != 2 || fields["general.merchant_name"].ID == "" || fields["general.npwp"].ID == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Review(t.Context(), "G1", ids.Production, picks(t, 1, 0, "general.director_name")...); err != nil {
		t.Errorf("what may be copied: %v", err)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// Keys and secrets are never copied: what can be chosen are the fields of pages of settings, and a copy touches the tables of settings and the log alone.
func TestNothingButSettingsCanBeCopied(t *testing.T) {
	for _, name := range []string{
		"", ".", "general", "general.", ".merchant_name", "general.merchant_name.", "general.Merchant_Name", "keys.server", "access_keys.sealed", "general.version",
		"general.of_tomorrow", "general.merchant_name ", "merchant_name", "general merchant_name", "general.merchant_name\x00", "generаl.merchant_name",
	} {
		if picked, err := settings.ParsePicks([]string{name}); !errors.Is(err, settings.ErrUnknownPick) {
			t.Errorf("%q can be chosen: %+v, %v", name, picked, err)
		}
	}
	if _, err := settings.ParsePicks(nil); !errors.Is(err, settings.ErrNothingPicked) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := settings.ParsePicks([]string{"general.npwp", "general.npwp"}); !errors.Is(err, settings.ErrPickedTwice) {
		t.Errorf("twice: %v", err)
	}
	var every []string
	for _, p := range settings.Pages() {
		for _, field := range settings.Fields(p) {
			every = append(every, string(p)+"."+field)
			for _, word := range []string{"key", "secret", "password", "token", "sealed"} {
				if strings.Contains(field, word) {
					t.Errorf("%s sounds like something that must not be copied", field)
				}
			}
		}
	}
	if picked, err := settings.ParsePicks(every); err != nil || len(picked) != len(settings.Pages()) {
		t.Errorf("all of them: %+v, %v", picked, err)
	}
}

// What a later program stored beside the fields stays where it is: it goes neither over nor away.
func TestACopyTakesNothingThatItDoesNotKnow(t *testing.T) {
	s, db, who := newService(t)
	db.Exec(t, `INSERT INTO settings (merchant_id, environment, page, version, document, updated_at) VALUES
		('G1', 'sandbox', 'general', 1, '{"merchant_name":"Toko","secret_of_tomorrow":"sandbox"}', 1),
		('G1', 'production', 'general', 1, '{"secret_of_tomorrow":"production"}', 1)`)
	before := db.Dump(t)
	if _, err := s.Copy(t.Context(), who, ids.Production, picks(t, 1, 1, "general.merchant_name")...); err != nil {
		t.Fatal(err)
	}
	after := db.Dump(t)
	if text := strings.Join(of(after, ids.Production), "\n"); !strings.Contains(text, `{"merchant_name":"Toko","secret_of_tomorrow":"production"}`) {
		t.Errorf("stored:\n%s", text)
	}
	for _, row := range after {
		if table, _, _ := strings.Cut(row, " "); !strings.HasPrefix(table, "settings") && !strings.HasPrefix(table, "activity") && table != "merchants" && !slices.Contains(before, row) {
			t.Errorf("a copy wrote %s", row)
		}
	}
}

// closed is staff that may do nothing in one environment.
type closed ids.Environment

// MayStill implements settings.Staff.
func (c closed) MayStill(_ context.Context, _ activity.Actor, permission string, env ids.Environment) error {
	if env == ids.Environment(c) {
		return auth.Missing(permission, env)
	}
	return nil
}

// C092, C096: who may not copy in both environments carries nothing out of the one and nothing into the other, judged in the transaction.
func TestWhoMayNotInBothEnvironmentsCopiesNothing(t *testing.T) {
	for _, shut := range ids.Environments() {
		for _, to := range ids.Environments() {
			t.Run(fmt.Sprintf("%s is shut, to %s", shut, to), func(t *testing.T) {
				s, db, who := newService(t)
				for _, env := range ids.Environments() {
					edit := settings.Edit{Page: settings.GeneralPage, Values: settings.Values{"merchant_name": "Toko " + string(env)}}
					if _, err := s.Save(t.Context(), who, env, edit); err != nil {
						t.Fatal(err)
					}
				}
				s.Staff = closed(shut)
				before := db.Dump(t)
				if _, err := s.Copy(t.Context(), who, to, picks(t, 1, 1, "general.merchant_name")...); fault.KindOf(err) != fault.Forbidden {
					t.Errorf("copied: %v", err)
				}
				if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
					t.Errorf("changed:\n%s", diff)
				}
			})
		}
	}
}

// C093: a copy reads and writes the own merchant alone.
func TestACopyKnowsNoOtherMerchant(t *testing.T) {
	s, db, who := newService(t)
	db.Exec(t, `INSERT INTO merchants (id, name, created_at) VALUES ('G2', 'Warung', 1)`)
	db.Exec(t, `INSERT INTO environments (merchant_id, environment, state, created_at)
		VALUES ('G2', 'sandbox', 'active', 1), ('G2', 'production', 'inactive', 1)`)
	if _, err := saveGeneral(t, s, who, 0, settings.General{MerchantName: "Toko"}); err != nil {
		t.Fatal(err)
	}
	other := activity.Actor{Merchant: "G2"}
	if _, err := s.Copy(t.Context(), other, ids.Production, picks(t, 1, 0, "general.merchant_name")...); fault.KindOf(err) != fault.Conflict {
		t.Errorf("with the version of another merchant: %v", err)
	}
	done, err := s.Copy(t.Context(), other, ids.Production, picks(t, 0, 0, "general.merchant_name")...)
	if err != nil || len(done) != 1 || len(done[0].Changes) != 0 {
		t.Errorf("of nothing: %+v, %v", done, err)
	}
	if _, err := s.Copied(t.Context(), "G2", ids.Sandbox, settings.GeneralPage, 1); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("another merchant's version: %v", err)
	}
}

// credentials are the environments that have BI-SNAP credentials; it counts the key pairs that it made.
type credentials struct {
	of   map[ids.Environment]bool
	made atomic.Int64
}

// MayNotify implements settings.NotificationKeys.
func (c *credentials) MayNotify(_ context.Context, _ ids.MerchantID, env ids.Environment) error {
	if !c.of[env] {
		return &fault.Error{Kind: fault.Conflict, Public: fault.Message{ID: "bi_snap.not_registered"}}
	}
	return nil
}

// PrepareNotificationKey implements settings.NotificationKeys.
func (c *credentials) PrepareNotificationKey(context.Context, ids.MerchantID, ids.Environment) (func(context.Context, activity.Actor) error, error) {
	return func(context.Context, activity.Actor) error { c.made.Add(1); return nil }, nil
}

// Of several pages all are copied or none; a prefix for BI-SNAP needs the credentials of the target, and with it comes the target's own key pair.
func TestSeveralPagesAreCopiedTogetherOrNotAtAll(t *testing.T) {
	s, db, who := newService(t)
	snap := &credentials{of: map[ids.Environment]bool{ids.Sandbox: true}}
	s.Notifications = snap
	for p, values := range map[settings.Page]settings.Values{
		settings.GeneralPage: {"merchant_name": "Toko"}, settings.PaymentPage: {"finish_redirect_url": "https://toko.id/done"},
		settings.SnapPage: {"notification_prefix": "https://api.toko.id"},
	} {
		if _, err := s.Save(t.Context(), who, ids.Sandbox, settings.Edit{Page: p, Values: values}); err != nil {
			t.Fatal(p, err)
		}
	}
	before := db.Dump(t)
	all := picks(t, 1, 0, "bi_snap.notification_prefix", "general.merchant_name", "payment.finish_redirect_url")
	_, copied := s.Copy(t.Context(), who, ids.Production, all...)
	for name, err := range map[string]error{"the copy": copied, "the review": s.Review(t.Context(), "G1", ids.Production, all...)} {
		fields := fault.FieldsOf(err)
		if fault.KindOf(err) != fault.Invalid || len(fields) != 1 || fields["bi_snap.notification_prefix"].ID != "bi_snap.not_registered" {
			t.Errorf("%s without credentials: %v", name, err)
		}
	}
	moved := slices.Clone(all)
	moved[2].From = 7
	if _, err := s.Copy(t.Context(), who, ids.Production, moved...); fault.KindOf(err) == fault.Internal {
		t.Errorf("the last page had another version: %v", err)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" || snap.made.Load() != 1 {
		t.Errorf("%d key pairs, changed:\n%s", snap.made.Load(), diff)
	}
	snap.of[ids.Production] = true
	done, err := s.Copy(t.Context(), who, ids.Production, all...)
	if err != nil || len(done) != 3 || snap.made.Load() != 2 {
		t.Errorf("%+v, %v, %d key pairs", done, err, snap.made.Load())
	}
	if _, err := s.UndoCopy(t.Context(), who, ids.Production, map[settings.Page]int64{settings.GeneralPage: 1, settings.PaymentPage: 1, settings.SnapPage: 1}); err != nil {
		t.Error(err)
	}
	for _, p := range settings.Pages() {
		if now, err := s.Page(t.Context(), "G1", ids.Production, p); err != nil || len(now.Values) != 0 || now.Version != 2 {
			t.Errorf("%s after the undo: %+v, %v", p, now, err)
		}
	}
}
