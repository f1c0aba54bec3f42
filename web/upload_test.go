package web

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/png"
	"io"
	"log/slog"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
	"merchant-portal/store/storetest"
)

const uploadPath = activationPath + "/documents"

func pngOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdfOf is as much of a PDF as is looked at, with a text in it.
func pdfOf(text string) []byte {
	return []byte("%PDF-1.7\n% " + text + "\nstartxref\n9\n%%EOF\n")
}

// sent is an upload as a browser sends it.
func (b *browser) sent(kind, name string, content []byte) *http.Request {
	b.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := w.WriteField("kind", kind); err != nil {
		b.t.Fatal(err)
	}
	header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {"application/pdf"}}
	part, err := w.CreatePart(header)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err = part.Write(content); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.raw(w.FormDataContentType(), form.Bytes())
}

// raw is any body of any type, sent where files go.
func (b *browser) raw(contentType string, content []byte) *http.Request {
	b.t.Helper()
	r := b.request(http.MethodPost, uploadPath, nil)
	r.Header.Set("Content-Type", contentType)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
	return r
}

func (b *browser) upload(kind, name string, content []byte) *http.Response {
	b.t.Helper()
	return b.send(b.sent(kind, name, content))
}

// documentLink is where the document with a name is to be had.
func documentLink(t testing.TB, b *browser, name string) string {
	t.Helper()
	page := body(t, b.get(activationPath))
	_, after, found := strings.Cut(page, html.EscapeString(name))
	link := regexp.MustCompile(`/production/activation/documents/[A-Z0-9]+`).FindString(after)
	if !found || link == "" {
		t.Fatalf("no link to %s in\n%s", name, page)
	}
	return link
}

// individual is somebody who has said what they are.
func (p *portal) individual(t testing.TB) *browser {
	t.Helper()
	b := p.member(t, "a@example.test", "0811111111")
	b.wantDone(b.post(activationPath, "version", "0", "entity", "individual", "business", "Bunga"))
	return b
}

// A document is given back as it came, to be saved and never to be shown, whatever it is called; reading is written down.
func TestADocumentIsGivenAsAnAttachment(t *testing.T) {
	p := newPortal(t)
	b := p.individual(t)
	content := pdfOf("<script>alert(1)</script>")
	for sent, want := range map[string]string{"npwp.pdf": "npwp.pdf", "花 &amp; <b>.pdf": "花 &amp; _b_.pdf", `..\\a;b=c.pdf`: "a;b=c.pdf"} {
		b.wantDone(b.upload("tax_number", sent, content))
		r := b.post(documentLink(t, b, want))
		kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
		if err != nil || kind != "attachment" || parameters["filename"] != want {
			t.Errorf("%q: %q", sent, r.Header.Get("Content-Disposition"))
		}
		for name, want := range map[string]string{"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if got := body(t, r); got != string(content) {
			t.Errorf("%q gives %q", sent, got)
		}
	}
	link := documentLink(t, b, ".pdf")
	if r := b.get(link); r.StatusCode != http.StatusNotFound && r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a link reads it: %s", r.Status)
	}
	if n := strings.Count(strings.Join(p.db.Dump(t), "\n"), "action=activation.document_read"); n != 3 {
		t.Errorf("%d entries, want 3", n)
	}
}

// C093, C096: neither another merchant's Administrator nor one's own Developer gets a document.
func TestADocumentIsForTheMerchantsAdministratorAlone(t *testing.T) {
	p := newPortal(t)
	b := p.individual(t)
	b.wantDone(b.upload("tax_number", "npwp.pdf", pdfOf("x")))
	link := documentLink(t, b, "npwp.pdf")
	other := p.member(t, "b@example.test", "0822222222")
	developer := p.hire(t, "a@example.test", "dev@example.test", "+6282222221", auth.Developer)
	for what, tt := range map[string]struct {
		who  *browser
		path string
		want int
	}{
		"another merchant": {other, link, http.StatusNotFound}, "another merchant removes": {other, link + "/remove", http.StatusNotFound},
		"a developer": {developer, link, http.StatusForbidden}, "a developer removes": {developer, link + "/remove", http.StatusForbidden},
		"none": {b, uploadPath + "/NOSUCH", http.StatusNotFound}, "a stranger": {p.browser(t), link, http.StatusSeeOther},
	} {
		if r := tt.who.post(tt.path); r.StatusCode != tt.want {
			t.Errorf("%s: %s, want %d", what, r.Status, tt.want)
		}
	}
	if r := b.post(link); r.StatusCode != http.StatusOK {
		t.Errorf("the owner: %s", r.Status)
	}
}

// Each refusal of a file stands at its document, with the status that fits, and everything else stays.
func TestARefusedFileSaysWhyAtItsPlace(t *testing.T) {
	p := newPortal(t)
	b := p.individual(t)
	b.wantDone(b.upload("tax_number", "npwp.pdf", pdfOf("x")))
	before := p.db.Dump(t)
	large := append(pdfOf(""), bytes.Repeat([]byte("x"), envswitch.MaxDocument)...)
	for what, tt := range map[string]struct {
		name    string
		content []byte
		status  int
		want    string
	}{
		"empty":     {"a.pdf", nil, http.StatusUnprocessableEntity, "This file is empty."},
		"no PDF":    {"a.pdf", []byte("hello"), http.StatusUnprocessableEntity, "This is not a PDF, PNG or JPEG."},
		"misnamed":  {"a.<b>", pngOf(t), http.StatusUnprocessableEntity, "The name ends in .&lt;b&gt;, and what is in the file is a PNG."},
		"damaged":   {"a.png", pngOf(t)[:20], http.StatusUnprocessableEntity, "cannot be read as one"},
		"a byte":    {"a.pdf", large[:envswitch.MaxDocument+1], http.StatusRequestEntityTooLarge, "This file has more than 5 MB."},
		"10 MB":     {"a.pdf", append(large, large...), http.StatusRequestEntityTooLarge, "This file has more than 5 MB."},
		"no answer": {"", pngOf(t)[:8], http.StatusUnprocessableEntity, "cannot be read as one"},
	} {
		for _, announced := range []bool{true, false} {
			request := b.sent("identity_card", tt.name, tt.content)
			if !announced {
				request.ContentLength = -1
			}
			r := b.send(request)
			page := body(t, r)
			if r.StatusCode != tt.status {
				t.Errorf("%s: %s, want %d", what, r.Status, tt.status)
			}
			seen(t, what, page, tt.want, `aria-describedby="identity_card-error"`, "npwp.pdf", "Bunga</textarea>", "Identity card (KTP)”")
		}
	}
	if diff := cmp.Diff(before, p.db.Dump(t)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	whole := append(bytes.Repeat([]byte("x"), 0), pdfOf(strings.Repeat("x", envswitch.MaxDocument-len(pdfOf(""))))...)
	if r := b.upload("identity_card", "a.pdf", whole); r.StatusCode != http.StatusSeeOther || len(whole) != envswitch.MaxDocument {
		t.Errorf("5 MB: %s", r.Status)
	}
}

// C110: a body that is no form with one file is refused with words.
func TestABodyThatIsNoUploadIsRefused(t *testing.T) {
	p := newPortal(t)
	b := p.individual(t)
	part := func(header, text string) string {
		return "--X\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + text + "\r\n"
	}
	file := part(`name="file"; filename="a.pdf"`, string(pdfOf("")))
	for what, tt := range map[string]struct {
		kind, text string
		want       int
	}{
		"a form":          {formType, "kind=tax_number&file=x", http.StatusUnprocessableEntity},
		"no boundary":     {"multipart/form-data", "x", http.StatusUnprocessableEntity},
		"another type":    {"multipart/mixed; boundary=X", file + "--X--", http.StatusUnprocessableEntity},
		"nothing":         {"multipart/form-data; boundary=X", "", http.StatusUnprocessableEntity},
		"no file":         {"multipart/form-data; boundary=X", part(`name="kind"`, "tax_number") + "--X--", http.StatusUnprocessableEntity},
		"two files":       {"multipart/form-data; boundary=X", part(`name="kind"`, "tax_number") + file + file + "--X--", http.StatusUnprocessableEntity},
		"cut off":         {"multipart/form-data; boundary=X", part(`name="kind"`, "tax_number") + file, http.StatusUnprocessableEntity},
		"cut off in it":   {"multipart/form-data; boundary=X", part(`name="kind"`, "tax_number") + file[:80], http.StatusUnprocessableEntity},
		"bytes, no text":  {"multipart/form-data; boundary=X", part(`name="kind"`, "\xff") + file + "--X--", http.StatusUnprocessableEntity},
		"a long field":    {"multipart/form-data; boundary=X", part(`name="kind"`, strings.Repeat("x", 2000)) + file + "--X--", http.StatusRequestEntityTooLarge},
		"too many parts":  {"multipart/form-data; boundary=X", strings.Repeat(part(`name="a"`, "x"), 20) + file + "--X--", http.StatusRequestEntityTooLarge},
		"an unknown kind": {"multipart/form-data; boundary=X", part(`name="kind"`, "selfie") + file + "--X--", http.StatusNotFound},
		"no kind":         {"multipart/form-data; boundary=X", file + "--X--", http.StatusNotFound},
		"not asked for":   {"multipart/form-data; boundary=X", part(`name="kind"`, "deed") + file + "--X--", http.StatusConflict},
	} {
		if r := b.send(b.raw(tt.kind, []byte(tt.text))); r.StatusCode != tt.want || !strings.Contains(body(t, r), `role="alert"`) && r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s, want %d", what, r.Status, tt.want)
		}
	}
	if n := storetest.Count(p.db.Dump(t), "activation_documents"); n != 0 {
		t.Errorf("%d documents", n)
	}
	for _, r := range p.table {
		if r.Upload == (r.Pattern != uploadPath) {
			t.Errorf("%s takes files: %t", r.Pattern, r.Upload)
		}
	}
	r := b.sent("tax_number", "a.pdf", pdfOf(""))
	r.URL.Path = activationPath
	if answer := b.send(r); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a file where none belongs: %s", answer.Status)
	}
}

// watched is a body that does something when all of it has been read.
type watched struct {
	*bytes.Reader
	atEnd func()
}

// Read implements io.Reader.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if w.Len() == 0 && w.atEnd != nil {
		act := w.atEnd
		w.atEnd = nil
		act()
	}
	return n, err
}

// Close implements io.Closer.
func (*watched) Close() error { return nil }

// meanwhile sends an upload during which something happens.
func (b *browser) meanwhile(happens func()) *http.Response {
	b.t.Helper()
	r := b.sent("tax_number", "a.pdf", pdfOf("x"))
	content, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Body = &watched{bytes.NewReader(content), happens}
	return b.send(r)
}

// C096: who asks is judged before the body is read, and again when all of it is here.
func TestAnUploadIsJudgedBeforeAndAfterItsBody(t *testing.T) {
	for what, tt := range map[string]struct {
		meanwhile func(p *portal, b *browser)
		want      int
	}{
		"nothing happens": {func(*portal, *browser) {}, http.StatusSeeOther},
		"demoted":         {func(p *portal, _ *browser) { p.db.Exec(t, `UPDATE people SET roles = 'developer'`) }, http.StatusForbidden},
		"logged out":      {func(_ *portal, b *browser) { b.post("/logout") }, http.StatusSeeOther},
		"too late":        {func(p *portal, _ *browser) { p.db.Clock.Move(idleTimeout + 1e6) }, http.StatusSeeOther},
	} {
		p := newPortal(t)
		b := p.individual(t)
		r := b.meanwhile(func() { tt.meanwhile(p, b) })
		stored := storetest.Count(p.db.Dump(t), "activation_documents")
		if r.StatusCode != tt.want || (stored == 1) != (what == "nothing happens") {
			t.Errorf("%s: %s to %q, %d documents", what, r.Status, r.Header.Get("Location"), stored)
		}
	}
}

// At most a few uploads are in memory, one of each merchant; who finds no place is told when to try again, and nothing of theirs is kept.
func TestUploadsAreBounded(t *testing.T) {
	p := newPortal(t)
	b := p.individual(t)
	other := p.member(t, "b@example.test", "0822222222")
	within := func(who *browser) *http.Response {
		var answer *http.Response
		if r := b.meanwhile(func() { answer = who.upload("tax_number", "b.pdf", pdfOf("y")) }); r.StatusCode != http.StatusSeeOther {
			t.Errorf("the first one: %s", r.Status)
		}
		return answer
	}
	r := within(b)
	if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "10" {
		t.Errorf("a second one of a merchant: %s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
	}
	seen(t, "busy", body(t, r), "send it again in a few seconds", activationPath)
	if r = within(other); r.StatusCode != http.StatusConflict { // it has not said what it is
		t.Errorf("one of another merchant: %s", r.Status)
	}
	for i := range maxUploads {
		release, free := p.uploads.take(ids.MerchantID(fmt.Sprint(i)))
		if !free {
			t.Fatalf("place %d is taken", i)
		}
		defer release()
	}
	if r := other.upload("tax_number", "b.pdf", pdfOf("y")); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one too many: %s", r.Status)
	}
}

// C110: whatever is sent where files go: no failure, and nothing in the log but what belongs there.
func FuzzUpload(f *testing.F) {
	for _, text := range []string{
		"", "--X--", "--X\r\n\r\n\r\n--X--", "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\x00\xff\"\r\n\r\n%PDF-1.7\nstartxref 1 %%EOF\r\n--X--",
		"--X\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ntax_number\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../a.pdf\"\r\n\r\n%PDF-1.7\nstartxref 1 %%EOF\r\n--X--\r\n",
		"--X\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=file\r\n\r\n=ZZ\r\n--X--", strings.Repeat("--X\r\n\r\n\r\n", 100),
	} {
		f.Add("multipart/form-data; boundary=X", []byte(text), "a.pdf", pdfOf("x"))
	}
	f.Add("multipart/form-data; boundary=", []byte("x"), "a\u202efdp.exe", pngOf(f))
	f.Add("multipart/form-data; boundary=\"\x00\"", []byte("x"), "a\r\nb.png", pngOf(f)[:30])
	p := newPortal(f)
	owner := p.individual(f)
	f.Fuzz(func(t *testing.T, contentType string, text []byte, name string, content []byte) {
		log, b := new(lockedText), &browser{t: t, p: p, cookies: maps.Clone(owner.cookies)}
		p.Logger = slog.New(slog.NewTextHandler(log, nil))
		name = strings.NewReplacer("\r", "", "\n", "", `"`, "").Replace(name)
		for what, r := range map[string]*http.Request{"body": b.raw(contentType, text), "file": b.sent("tax_number", name, content)} {
			if answer := b.send(r); answer.StatusCode >= 500 {
				t.Errorf("%s: %s", what, answer.Status)
			}
		}
		if said := log.String(); strings.Contains(said, "level=ERROR") {
			t.Error(said)
		}
	})
}
