package settings_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

func TestTaxNumbers(t *testing.T) {
	for value, want := range map[string]string{
		"123456789012345": "", "1234567890123456": "", "12.345.678.9-012.345": "", "12345678901234": "settings.npwp_length",
		"12345678901234567": "settings.npwp_length", "12345678901234x": "settings.npwp_character", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥": "settings.npwp_character",
	} {
		got := ""
		if m := settings.NPWP(value); m != nil {
			got = m.ID
		}
		if got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

// rules.md: "complete" means exactly these nine fields.
func TestCompleteMeansTheNineFields(t *testing.T) {
	counts := map[string]bool{
		"MerchantName": true, "MerchantURL": true, "MerchantEmail": true, "DirectorName": true, "DirectorPhone": true, "NPWP": true, "NPWPName": true,
		"Timezone": true, "BusinessAddress": true,
	}
	for i := range reflect.TypeFor[settings.General]().NumField() {
		var g settings.General
		reflect.ValueOf(&g).Elem().Field(i).SetString("x")
		name := reflect.TypeFor[settings.General]().Field(i).Name
		filled, total := g.Completeness()
		if total != 9 || (filled == 1) != counts[name] {
			t.Errorf("with %s alone: %d of %d", name, filled, total)
		}
	}
}

func newService(t testing.TB) (*settings.Service, *storetest.DB, activity.Actor) {
	t.Helper()
	db := storetest.New(t)
	db.Exec(t, `INSERT INTO merchants (id, name, created_at) VALUES ('G1', 'Toko', 1)`)
	db.Exec(t, `INSERT INTO environments (merchant_id, environment, state, created_at)
		VALUES ('G1', 'sandbox', 'active', 1), ('G1', 'production', 'inactive', 1)`)
	s := settings.New(settings.Deps{Store: db.Settings(), Tx: db, Log: db.Activity(), Staff: everybody{}, Now: db.Clock.Now, Notifications: &pairs{}})
	return s, db, activity.Actor{Merchant: "G1"}
}

// everybody may everything.
type everybody struct{}

// MayStill implements settings.Staff.
func (everybody) MayStill(context.Context, activity.Actor, string, ids.Environment) error { return nil }

// saveGeneral saves the General Settings of Sandbox that were opened in a version.
func saveGeneral(t *testing.T, s *settings.Service, who activity.Actor, opened int64, g settings.General) (settings.Result, error) {
	t.Helper()
	return s.Save(t.Context(), who, ids.Sandbox, settings.Edit{Page: settings.GeneralPage, Opened: opened, Values: settings.ValuesOf(&g)})
}

func TestWhatIsSavedIsTrimmedAndNormal(t *testing.T) {
	s, _, who := newService(t)
	typed := settings.General{
		MerchantName: "  Cafe\u0301 Sari ", DirectorPhone: "0812345678", NPWP: "12.345.678.9-012.345", BusinessAddress: "Jalan 1\r\nJakarta", Timezone: "Asia/Jayapura",
	}
	if _, err := saveGeneral(t, s, who, 0, typed); err != nil {
		t.Fatal(err)
	}
	got, err := s.General(context.Background(), "G1", ids.Sandbox)
	want := settings.General{
		MerchantName: "Caf\u00e9 Sari", DirectorPhone: "+62812345678", NPWP: "123456789012345", BusinessAddress: "Jalan 1\nJakarta", Timezone: "Asia/Jayapura",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if other, err := s.General(context.Background(), "G1", ids.Production); err != nil || other != (settings.General{}) {
		t.Errorf("Production has %+v, %v", other, err)
	}
}

func TestWhatIsRefusedNamesEveryFieldAndSavesNothing(t *testing.T) {
	s, db, who := newService(t)
	long := strings.Repeat("a", 501)
	_, err := saveGeneral(t, s, who, 0, settings.General{
		MerchantName: "a!", OfficialMerchantName: long, DirectorName: "a\u202e", DirectorPhone: "x", NPWP: "1", NPWPName: long, MerchantURL: "x", MerchantEmail: "x",
		Timezone: "Mars", BusinessAddress: long, BranchAddress: "a\x00", CustomField1: long, CustomField2: long, CustomField3: "a\nb",
	})
	if fault.KindOf(err) != fault.Invalid || len(fault.FieldsOf(err)) != 14 {
		t.Errorf("refused: %v", err)
	}
	if n := storetest.Count(db.Dump(t), "settings"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// C110: whatever is typed gets an answer, never a failure of ours.
func FuzzGeneralSettings(f *testing.F) {
	for _, seed := range []string{"", "Toko", "a\xff", "\x00", "\u202e", "https://x", "+62", strings.Repeat("9", 400)} {
		f.Add(seed)
	}
	s := settings.New(settings.Deps{Store: nowhere{}, Tx: nowhere{}, Log: nowhere{}, Staff: everybody{}, Now: time.Now})
	f.Fuzz(func(t *testing.T, text string) {
		var g settings.General
		v := reflect.ValueOf(&g).Elem()
		for i := range v.NumField() {
			v.Field(i).SetString(text)
		}
		if _, err := saveGeneral(t, s, activity.Actor{}, 0, g); err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// nowhere is a store that has nothing and forgets what it gets.
type nowhere struct{ settings.Store }

// Load implements settings.Store.
func (nowhere) Load(context.Context, ids.MerchantID, ids.Environment, settings.Page) (settings.Document, error) {
	return settings.Document{}, settings.ErrNotFound
}

// Put implements settings.Store.
func (nowhere) Put(context.Context, ids.MerchantID, ids.Environment, settings.Page, settings.Version) error {
	return nil
}

// Do implements settings.Transactor.
func (nowhere) Do(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }

// Record implements activity.Log.
func (nowhere) Record(context.Context, activity.Entry) error { return nil }
