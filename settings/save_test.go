package settings_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

func TestAPageThatWasSavedMeanwhileIsNotOverwritten(t *testing.T) {
	s, db, who := newService(t)
	first, err := saveGeneral(t, s, who, 0, settings.General{MerchantName: "Toko", DirectorName: "Sari"})
	if err != nil || first.Version != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := saveGeneral(t, s, who, 1, settings.General{MerchantName: "Warung", DirectorName: "Sari"}); err != nil {
		t.Fatal(err)
	}
	before := db.Dump(t)
	for _, opened := range []int64{0, 1, 3, -1} {
		_, err = saveGeneral(t, s, who, opened, settings.General{MerchantName: "Toko", DirectorName: "Budi"})
		var overtaken *settings.Overtaken
		if fault.KindOf(err) != fault.Conflict || !errors.As(err, &overtaken) {
			t.Fatalf("opened in version %d: %v", opened, err)
		}
		if overtaken.Now.Version != 2 || overtaken.Now.Values["merchant_name"] != "Warung" || overtaken.Last.At != storetest.Start {
			t.Errorf("opened in version %d: %+v", opened, overtaken)
		}
		if opened == 1 && overtaken.Opened.Values["merchant_name"] != "Toko" {
			t.Errorf("it was opened with %+v", overtaken.Opened)
		}
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

func TestOfParallelSavesOneWins(t *testing.T) {
	s, db, who := newService(t)
	for opened := range int64(3) {
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := saveGeneral(t, s, who, opened, settings.General{DirectorName: string(rune('a'+i)) + string(rune('0'+opened))})
				switch fault.KindOf(err) {
				case fault.Conflict:
					if overtaken := new(settings.Overtaken); !errors.As(err, &overtaken) || overtaken.Now.Version != opened+1 {
						t.Errorf("who lost is not told what was saved: %v", err)
					}
				case fault.Internal:
					if err != nil {
						t.Error(err)
					}
					won.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d of 8 saves of version %d won", won.Load(), opened)
		}
	}
	if n := storetest.Count(db.Dump(t), "settings_versions"); n != 3 {
		t.Errorf("%d versions are kept", n)
	}
}

func TestASaveThatChangesNothingStoresNothing(t *testing.T) {
	s, db, who := newService(t)
	done, err := saveGeneral(t, s, who, 0, settings.General{})
	if err != nil || done.Version != 0 || len(done.Changes) != 0 {
		t.Errorf("an empty page: %+v, %v", done, err)
	}
	if done, err = saveGeneral(t, s, who, 0, settings.General{MerchantName: "Toko"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]settings.Change{{Field: "merchant_name", To: "Toko"}}, done.Changes); diff != "" {
		t.Error(diff)
	}
	before := db.Dump(t)
	if done, err = saveGeneral(t, s, who, 1, settings.General{MerchantName: " Toko "}); err != nil || done.Version != 1 || len(done.Changes) != 0 {
		t.Errorf("the same again: %+v, %v", done, err)
	}
	if diff := cmp.Diff(before, db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// A program from before the history writes the page alone: that version is kept once another one follows it, and so are fields that only a later one knows.
func TestWhatOtherProgramsSavedIsKept(t *testing.T) {
	s, db, who := newService(t)
	db.Exec(t, `INSERT INTO settings (merchant_id, environment, page, version, document, updated_at)
		VALUES ('G1', 'sandbox', 'general', 7, '{"merchant_name":"Toko","of_tomorrow":"x"}', 1)`)
	done, err := saveGeneral(t, s, who, 7, settings.General{MerchantName: "Warung"})
	if err != nil || done.Version != 8 {
		t.Fatalf("%+v, %v", done, err)
	}
	kept, err := db.Settings().Versions(t.Context(), "G1", ids.Sandbox, settings.GeneralPage, 9, 5)
	if err != nil || len(kept) != 2 || kept[1].Version != 7 || string(kept[1].Text) != `{"merchant_name":"Toko","of_tomorrow":"x"}` {
		t.Errorf("%+v, %v", kept, err)
	}
	if string(kept[0].Text) != `{"merchant_name":"Warung","of_tomorrow":"x"}` {
		t.Errorf("stored: %s", kept[0].Text)
	}
}
