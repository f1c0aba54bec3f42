package envswitch_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/settings"
	"merchant-portal/store/storetest"
)

// map-facts section 2, Activating Production, written by hand once more.
func TestEachEntityHandsInItsDocuments(t *testing.T) {
	want := map[envswitch.Entity]string{
		"individual":         "identity_card tax_number",
		"company":            "deed ministry_decree director_identity director_tax_number company_tax_number business_licence",
		"foundation":         "deed ministry_decree chairman_identity chairman_tax_number foundation_tax_number business_licence",
		"foreign_individual": "passport stay_permit",
		"foreign_entity":     "passport foreign_tax_number foreign_registration foreign_deed foreign_licence",
	}
	got := map[envswitch.Entity]string{}
	for _, e := range envswitch.Entities() {
		var kinds []string
		for _, k := range e.Documents() {
			kinds = append(kinds, string(k))
		}
		got[e] = strings.Join(kinds, " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheChecklistTicksItselfAndSubmittingNeedsAllOfIt(t *testing.T) {
	o := newOffice(t)
	lacks := func(want ...string) {
		t.Helper()
		err := o.Submit(t.Context(), o.who, o.of(t).Version)
		if got := slices.Sorted(maps.Keys(fault.FieldsOf(err))); fault.KindOf(err) != fault.Invalid || !slices.Equal(got, want) {
			t.Errorf("missing: %v (%v), want %v", got, err, want)
		}
	}
	steps := func(want, of int) {
		t.Helper()
		if done, total := o.list(t).Steps(); done != want || total != of {
			t.Errorf("%d of %d steps, want %d of %d", done, total, want, of)
		}
	}
	lacks("business", "entity", "general")
	steps(0, 4)
	o.general(t)
	lacks("business", "entity")
	steps(1, 4)
	o.answers(t, envswitch.Individual, "")
	lacks("business", "identity_card", "tax_number")
	steps(2, 5)
	o.answers(t, envswitch.Individual, "Bunga")
	o.upload(t, envswitch.IdentityCard, envswitch.File{Name: "ktp.jpg", Content: jpegOf(t)})
	lacks("tax_number")
	steps(4, 5)
	o.upload(t, envswitch.TaxNumber, envswitch.File{Name: "npwp.pdf", Content: pdfOf("")})
	steps(5, 5)
	o.submit(t)
	a := o.of(t)
	if a.Progress != envswitch.InReview || a.Submission != 1 || a.SubmittedBy != "sari" || !a.SubmittedAt.Equal(o.Now()) || !strings.Contains(a.Particulars, `"toko.id"`) {
		t.Errorf("handed in: %+v", a)
	}
	if mails := o.box.take(); len(mails) != 1 || mails[0].Kind != outbox.ActivationSubmitted || mails[0].To != "sari@example.test" || mails[0].By != "sari@example.test" {
		t.Errorf("mails: %+v", mails)
	}
}

// What is in review cannot be changed; what was handed in does not follow later changes of the General Settings.
func TestWhatIsInReviewIsLocked(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	o.submit(t)
	before, document := o.of(t), o.list(t).Documents[0]
	for what, act := range o.acts(t, before.Version, document.ID) {
		wants(t, what, act(), envswitch.ErrLocked)
	}
	o.particulars(t, settings.Values{"merchant_url": ""})
	if after := o.of(t); !cmp.Equal(before, after) {
		t.Errorf("changed:\n%s", cmp.Diff(before, after))
	}
	if got := o.list(t).Documents; len(got) != 2 {
		t.Errorf("documents: %+v", got)
	}
}

// acts are all that people of a merchant may do with a registration that is open.
func (o *office) acts(t *testing.T, version int64, document ids.DocumentID) map[string]func() error {
	t.Helper()
	file := envswitch.File{Name: "ktp.pdf", Content: pdfOf("other")}
	return map[string]func() error{
		"save": func() error {
			return o.Save(t.Context(), o.who, envswitch.Answers{Version: version, Entity: envswitch.Company, Business: "other"})
		},
		"submit": func() error { return o.Submit(t.Context(), o.who, version) },
		"upload": func() error { return o.AddDocument(t.Context(), o.who, envswitch.IdentityCard, file) },
		"remove": func() error { return o.RemoveDocument(t.Context(), o.who, document) },
	}
}

// C096: who was demoted while the form was on its way changes, hands in and reads nothing.
func TestWhoMayNotActivateAnyMoreDoesNothing(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	document := o.list(t).Documents[0].ID
	acts := o.acts(t, o.of(t).Version, document)
	acts["read"] = func() error { _, _, err := o.ReadDocument(t.Context(), o.who, document); return err }
	for _, role := range []string{"developer", "operations", "sandbox_it"} {
		o.db.Exec(t, `UPDATE people SET roles = $1 WHERE id = 'sari'`, role)
		before := o.db.Dump(t)
		for what, act := range acts {
			if err := act(); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s as %s: %v", what, role, err)
			}
		}
		if diff := cmp.Diff(before, o.db.Dump(t)); diff != "" {
			t.Errorf("%s changed:\n%s", role, diff)
		}
	}
}

func TestARejectionIsReadAnsweredAndHandedInAgain(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	o.submit(t)
	o.box.take()
	o.db.Clock.Move(time.Hour)
	for _, reason := range []string{"", "  ", "a\x1b[2J", strings.Repeat("a", 1001)} {
		if _, err := o.Reject(t.Context(), merchant, 1, reason); fault.KindOf(err) != fault.Invalid {
			t.Errorf("reason %q: %v", reason, err)
		}
	}
	a, err := o.Reject(t.Context(), merchant, 1, " The website\r\ncannot be reached. ")
	if err != nil || a.Progress != envswitch.Rejected || !o.of(t).DecidedAt.Equal(o.Now()) {
		t.Fatalf("%+v, %v", a, err)
	}
	if mails := o.box.take(); len(mails) != 1 || mails[0].Kind != outbox.ActivationRejected || mails[0].Reason != "The website\ncannot be reached." || mails[0].By != "" {
		t.Errorf("mails: %+v", mails)
	}
	if c := o.list(t); c.Business != "Bunga segar" || len(c.Documents) != 2 || c.Reason != "The website\ncannot be reached." {
		t.Errorf("kept: %+v", c)
	}
	o.answers(t, envswitch.Individual, "Bunga potong")
	if o.of(t).Reason == "" {
		t.Error("the reason went away before it was answered")
	}
	o.submit(t)
	if a := o.of(t); a.Submission != 2 || a.Progress != envswitch.InReview || a.Reason != "" || !a.DecidedAt.IsZero() {
		t.Errorf("handed in again: %+v", a)
	}
	_, err = o.Approve(t.Context(), merchant, 1)
	wants(t, "approve the one before", err, envswitch.ErrOtherSubmission)
	_, err = o.Reject(t.Context(), merchant, 3, "x")
	wants(t, "reject one that is not there", err, envswitch.ErrOtherSubmission)
	if _, err = o.Approve(t.Context(), merchant, 2); err != nil {
		t.Error(err)
	}
}

func TestAConcurrentChangeOfTheAnswersIsRefused(t *testing.T) {
	o := newOffice(t)
	o.answers(t, envswitch.Company, "Bunga")
	opened := o.of(t).Version
	o.answers(t, envswitch.Foundation, "Amal")
	err := o.Save(t.Context(), o.who, envswitch.Answers{Version: opened, Entity: envswitch.Company, Business: "Kopi"})
	wants(t, "save", err, envswitch.ErrChanged)
	wants(t, "first save once more", o.Save(t.Context(), o.who, envswitch.Answers{}), envswitch.ErrChanged)
	wants(t, "submit", o.Submit(t.Context(), o.who, opened), envswitch.ErrChanged)
	if a := o.of(t); a.Entity != envswitch.Foundation || a.Business != "Amal" {
		t.Errorf("stored: %+v", a)
	}
	for field, answers := range map[string]envswitch.Answers{
		"entity": {Version: opened, Entity: "bank"}, "business": {Version: opened, Business: strings.Repeat("a", 501)},
	} {
		if err := o.Save(t.Context(), o.who, answers); fault.FieldsOf(err)[field].ID == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Documents from before another entity was chosen are kept until it is handed in, and are no part of it.
func TestDocumentsOfAnotherEntityAreRemovedWhenItIsHandedIn(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	o.answers(t, envswitch.ForeignIndividual, "Bunga")
	err := o.AddDocument(t.Context(), o.who, envswitch.TaxNumber, envswitch.File{Name: "a.pdf", Content: pdfOf("")})
	wants(t, "one that is not asked for", err, envswitch.ErrNotAskedFor)
	o.upload(t, envswitch.Passport, envswitch.File{Name: "a.pdf", Content: pdfOf("")})
	o.upload(t, envswitch.StayPermit, envswitch.File{Name: "b.pdf", Content: pdfOf("")})
	if got := o.list(t).Surplus(); len(got) != 2 {
		t.Errorf("left over: %+v", got)
	}
	o.submit(t)
	if got := o.list(t); len(got.Documents) != 2 || len(got.Surplus()) != 0 {
		t.Errorf("handed in with %+v", got.Documents)
	}
}

// C116: every step is in the merchant's activity log, those of the operator by nobody of the merchant.
func TestEveryStepIsLogged(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	d := o.list(t).Documents[0]
	if err := o.RemoveDocument(t.Context(), o.who, d.ID); err != nil {
		t.Fatal(err)
	}
	o.upload(t, d.Kind, envswitch.File{Name: "ktp.pdf", Content: pdfOf("")})
	if _, _, err := o.ReadDocument(t.Context(), o.who, o.list(t).Documents[1].ID); err != nil {
		t.Fatal(err)
	}
	o.submit(t)
	if _, err := o.Reject(context.Background(), merchant, 0, "x"); err != nil {
		t.Fatal(err)
	}
	o.submit(t)
	if _, err := o.Approve(context.Background(), merchant, 0); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"activation.saved by sari ": 1, "activation.document_added by sari identity_card": 2, "activation.document_added by sari tax_number": 1,
		"activation.document_removed by sari identity_card": 1, "activation.document_read by sari tax_number": 1, "activation.submitted by sari 1": 1,
		"activation.rejected by  1": 1, "activation.submitted by sari 2": 1, "activation.approved by  2": 1, "keys.issued by  ": 1,
	}
	if diff := cmp.Diff(want, o.logged(t)); diff != "" {
		t.Error(diff)
	}
}

// logged counts the entries of Production: action, person, target.
func (o *office) logged(t *testing.T) map[string]int {
	t.Helper()
	rows, err := o.db.Raw(t).QueryContext(t.Context(), `SELECT action, COALESCE(person_id, ''), target FROM activity
		WHERE environment = 'production' AND action <> $1`, string(activity.GeneralSettingsSaved))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	found := map[string]int{}
	for rows.Next() {
		var action, person, target string
		if err := rows.Scan(&action, &person, &target); err != nil {
			t.Fatal(err)
		}
		found[action+" by "+person+" "+target]++
	}
	return found
}

// C093: another merchant's documents are not there.
func TestDocumentsOfOtherMerchantsAreNotThere(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	d := o.list(t).Documents[0]
	o.hire(t, "G200000002", "budi")
	other := activity.Actor{Merchant: "G200000002", Person: "budi"}
	_, _, err := o.ReadDocument(t.Context(), other, d.ID)
	wants(t, "read", err, envswitch.ErrNotFound)
	wants(t, "remove", o.RemoveDocument(t.Context(), other, d.ID), envswitch.ErrNotFound)
	_, _, err = o.Documents.Get(t.Context(), other.Merchant, d.ID)
	wants(t, "the row, read", err, envswitch.ErrNotFound)
	wants(t, "the row, removed", o.Documents.Remove(t.Context(), other.Merchant, d.ID), envswitch.ErrNotFound)
	same := envswitch.Document{ID: "OTHER", Merchant: other.Merchant, Kind: d.Kind, UploadedBy: other.Person, UploadedAt: o.Now()}
	wants(t, "one of the same kind", o.Documents.Put(t.Context(), same, []byte("sealed")), nil)
	if n := storetest.Count(o.db.Dump(t), "activation_documents"); n != 3 {
		t.Errorf("%d documents", n)
	}
}

// A change of documents alone changes the row of the registration: what hands it in at the same time meets it there, and a draft says when it was changed last.
func TestAChangeOfDocumentsIsNotedInTheRegistration(t *testing.T) {
	o := newOffice(t)
	o.answers(t, envswitch.Individual, "Bunga")
	for what, change := range map[string]func(){
		"added":    func() { o.upload(t, envswitch.TaxNumber, envswitch.File{Name: "npwp.pdf", Content: pdfOf("NPWP")}) },
		"replaced": func() { o.upload(t, envswitch.TaxNumber, envswitch.File{Name: "npwp.pdf", Content: pdfOf("new")}) },
	} {
		o.db.Clock.Move(time.Minute)
		change()
		if a := o.of(t); !a.UpdatedAt.Equal(o.Now()) || a.Version != 1 {
			t.Errorf("%s: version %d, changed at %v, want %v", what, a.Version, a.UpdatedAt, o.Now())
		}
	}
	o.db.Clock.Move(time.Minute)
	if err := o.RemoveDocument(t.Context(), o.who, o.list(t).Documents[0].ID); err != nil {
		t.Fatal(err)
	}
	if a := o.of(t); !a.UpdatedAt.Equal(o.Now()) || a.Version != 1 {
		t.Errorf("removed: version %d, changed at %v, want %v", a.Version, a.UpdatedAt, o.Now())
	}
}
