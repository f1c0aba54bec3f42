package envswitch_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"
	"unicode/utf8"

	"merchant-portal/envswitch"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// sized is a PDF of so many bytes.
func sized(size int) []byte {
	frame := pdfOf("")
	return pdfOf(strings.Repeat("x", size-len(frame)))
}

// broad is a PNG whose header says how large it is: nobody has to decode so much.
func broad(t testing.TB, width, height uint32) []byte {
	t.Helper()
	picture := pngOf(t, 1, 1)
	binary.BigEndian.PutUint32(picture[16:], width)
	binary.BigEndian.PutUint32(picture[20:], height)
	binary.BigEndian.PutUint32(picture[29:], crc32.ChecksumIEEE(picture[12:29]))
	return picture
}

// Each file that is refused is refused for what is wrong with it, at its field; the boundary is 5 MB exactly.
func TestFilesAreWhatTheySay(t *testing.T) {
	o := newOffice(t)
	o.answers(t, envswitch.Individual, "")
	picture, photo, paper := pngOf(t, 3, 2), jpegOf(t), pdfOf("x")
	for what, tt := range map[string]struct {
		name    string
		content []byte
		want    string
	}{
		"a PDF":                 {"a.pdf", paper, ""},
		"a PDF 2.0":             {"a.PDF", bytes.Replace(paper, []byte("1.7"), []byte("2.0"), 1), ""},
		"a PNG":                 {"a.png", picture, ""},
		"a JPEG":                {"a.jpg", photo, ""},
		"a JPEG with its name":  {"a.JPEG", photo, ""},
		"no ending":             {"scan", photo, ""},
		"no name":               {"", paper, ""},
		"a folder":              {`C:\Users\sari.d\a.pdf`, paper, ""},
		"5 MB":                  {"a.pdf", sized(5 << 20), ""},
		"20,000 pixels":         {"a.png", broad(t, 20_000, 20_000), ""},
		"5 MB and a byte":       {"a.pdf", sized(5<<20 + 1), "activation.file_too_large"},
		"nothing":               {"a.pdf", nil, "activation.file_empty"},
		"a text":                {"a.pdf", []byte("hello"), "activation.file_type"},
		"a page":                {"a.pdf", []byte("<!DOCTYPE html><script>alert(1)</script>%PDF-1.7\nstartxref\n9\n%%EOF"), "activation.file_type"},
		"a program":             {"a.exe", []byte("MZ\x90\x00"), "activation.file_type"},
		"an SVG":                {"a.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "activation.file_type"},
		"a GIF":                 {"a.gif", []byte("GIF89a\x01\x00\x01\x00"), "activation.file_type"},
		"a PNG as PDF":          {"a.pdf", picture, "activation.file_not_its_name"},
		"a PDF as JPEG":         {"a.jpg", paper, "activation.file_not_its_name"},
		"a PDF as program":      {"a.pdf.exe", paper, "activation.file_not_its_name"},
		"a reversed name":       {"a.\u202efdp.exe", paper, "activation.file_not_its_name"},
		"a PNG cut off":         {"a.png", picture[:20], "activation.file_damaged"},
		"a PNG of its sign":     {"a.png", picture[:8], "activation.file_damaged"},
		"a PNG with a bad sum":  {"a.png", bytes.Replace(picture, []byte("IHDR"), []byte("IHDX"), 1), "activation.file_damaged"},
		"a PNG of no size":      {"a.png", broad(t, 0, 1), "activation.file_damaged"},
		"20,001 pixels":         {"a.png", broad(t, 20_001, 1), "activation.file_damaged"},
		"20,001 pixels high":    {"a.png", broad(t, 1, 20_001), "activation.file_damaged"},
		"a JPEG cut off":        {"a.jpg", photo[:30], "activation.file_damaged"},
		"a PDF of its sign":     {"a.pdf", []byte("%PDF-1.7\n"), "activation.file_damaged"},
		"a PDF without an end":  {"a.pdf", bytes.Replace(paper, []byte("%%EOF"), nil, 1), "activation.file_damaged"},
		"a PDF without a table": {"a.pdf", bytes.Replace(paper, []byte("startxref"), nil, 1), "activation.file_damaged"},
		"a PDF 9":               {"a.pdf", bytes.Replace(paper, []byte("1.7"), []byte("9.7"), 1), "activation.file_damaged"},
		"an end too early":      {"a.pdf", append(pdfOf("x"), bytes.Repeat([]byte("x"), 1024)...), "activation.file_damaged"},
	} {
		err := o.AddDocument(t.Context(), o.who, envswitch.IdentityCard, envswitch.File{Name: tt.name, Content: tt.content})
		if got := fault.FieldsOf(err)["file"].ID; got != tt.want || (tt.want == "") != (err == nil) {
			t.Errorf("%s: %v, want %q", what, err, tt.want)
		}
	}
}

// A file is kept under a name that can be shown and saved anywhere.
func TestNamesAreCleaned(t *testing.T) {
	o := newOffice(t)
	o.answers(t, envswitch.Individual, "")
	for name, want := range map[string]string{
		"KTP Sari.pdf": "KTP Sari.pdf", "KTP.PDF": "KTP.pdf", "": "document.pdf", ".pdf": "document.pdf", "...": "document.pdf", "scan": "scan.pdf",
		"../../etc/passwd.pdf": "passwd.pdf", `..\..\boot.pdf`: "boot.pdf", "a\r\nSet-Cookie: x=y.pdf": "a__Set-Cookie_ x=y.pdf", "a\x00b.pdf": "a_b.pdf",
		"a\u202eb.pdf": "a_b.pdf", "a\x1b[2Jb.pdf": "a_[2Jb.pdf", "a\xffb.pdf": "a_b.pdf", `a"b<c>.pdf`: "a_b_c_.pdf", " .a. .pdf": "a.pdf", "花.pdf": "花.pdf",
		strings.Repeat("a", 300) + ".pdf": strings.Repeat("a", 96) + ".pdf",
	} {
		o.upload(t, envswitch.IdentityCard, envswitch.File{Name: name, Content: pdfOf("")})
		if got := o.list(t).Documents[0].Name; got != want {
			t.Errorf("%q is kept as %q, want %q", name, got, want)
		}
	}
}

// C079, C080, C081: documents lie sealed; a row that was moved or damaged gives nothing; each reading is noted before.
func TestDocumentsLieSealedAndAreReadWithAnEntry(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	for _, d := range o.list(t).Documents {
		got, content, err := o.ReadDocument(t.Context(), o.who, d.ID)
		if err != nil || got != d || len(content) != d.Size {
			t.Errorf("%s: %+v, %d bytes, %v", d.Name, got, len(content), err)
		}
		if strings.Contains(strings.Join(o.db.Dump(t), "\n"), string(content[:24])) {
			t.Errorf("%s stands in the database", d.Name)
		}
	}
	d := o.list(t).Documents[0]
	logged := o.logged(t)["activation.document_read by sari identity_card"]
	for _, damage := range []string{
		`UPDATE activation_documents SET sealed = (SELECT o.sealed FROM activation_documents o WHERE o.kind = 'tax_number') WHERE kind = 'identity_card'`,
		`UPDATE activation_documents SET id = 'OTHER' WHERE kind = 'tax_number'`,
	} {
		o.db.Exec(t, damage)
	}
	for _, id := range []string{string(d.ID), "OTHER"} {
		_, content, err := o.ReadDocument(t.Context(), o.who, ids.DocumentID(id))
		wants(t, id, err, envswitch.ErrDocumentUnreadable)
		if content != nil {
			t.Errorf("%s: %d bytes", id, len(content))
		}
	}
	if now := o.logged(t)["activation.document_read by sari identity_card"]; logged != 1 || now != logged {
		t.Errorf("%d entries, then %d", logged, now)
	}
}

// C080: whoever can write to the database alone cannot pass a document off as one of another kind, to the merchant or to whoever reviews.
func TestADocumentThatWasPutUnderAnotherKindDoesNotOpen(t *testing.T) {
	o := newOffice(t)
	o.complete(t)
	for _, swap := range [][2]string{{"identity_card", "passing"}, {"tax_number", "identity_card"}, {"passing", "tax_number"}} {
		o.db.Exec(t, `UPDATE activation_documents SET kind = $1 WHERE kind = $2`, swap[1], swap[0])
	}
	reviewed, err := o.Review(t.Context(), merchant)
	if err != nil || len(reviewed) != 2 {
		t.Fatalf("%+v, %v", reviewed, err)
	}
	for _, r := range reviewed {
		if r.SHA256 != nil {
			t.Errorf("%s is shown as a genuine %s", r.Name, r.Kind)
		}
		_, content, err := o.ReadDocument(t.Context(), o.who, r.ID)
		wants(t, r.Name, err, envswitch.ErrDocumentUnreadable)
		if content != nil {
			t.Errorf("%s is given out as %s", r.Name, r.Kind)
		}
	}
}

// C110: whatever a file is, it is taken or refused with a reason, and its name can be shown.
func FuzzFiles(f *testing.F) {
	f.Add("a.pdf", pdfOf("x"))
	f.Add("a.png", pngOf(f, 2, 2))
	f.Add("a.jpg", jpegOf(f))
	f.Add("\x00/\xff\\..", []byte("\xff\xd8\xff\xc0\x00\x11\x08"))
	f.Add("a.png", broad(f, 1<<31, 1<<31))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		kept, err := envswitch.Accepted(envswitch.File{Name: name, Content: content})
		switch {
		case err != nil && (fault.KindOf(err) != fault.Invalid || fault.FieldsOf(err)["file"].ID == ""):
			t.Errorf("%q: %v", name, err)
		case err == nil && (!utf8.ValidString(kept) || strings.ContainsAny(kept, "/\\\r\n\x00\"") || utf8.RuneCountInString(kept) > 100 || kept[0] == '.'):
			t.Errorf("%q is kept as %q", name, kept)
		}
	})
}
