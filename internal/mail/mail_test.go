package mail_test

import (
	"bytes"
	"cmp"
	"context"
	"html"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
)

const token = "a-token_of-43-characters-as-the-portal-makes"

var noon = time.Date(2026, time.November, 21, 5, 0, 0, 0, time.UTC)

// desk is a Sender that keeps what it gets as it would go over the wire.
type desk struct{ raw []byte }

// Send implements mail.Sender.
func (d *desk) Send(_ context.Context, _ string, m *gomail.Msg) error {
	var wire bytes.Buffer
	_, err := m.WriteTo(&wire)
	d.raw = wire.Bytes()
	return err
}

// words are read once for all letters.
var words = sync.OnceValues(i18n.Load)

func newMailer(t *testing.T, sender mail.Sender) *mail.Mailer {
	t.Helper()
	catalog, err := words()
	if err != nil {
		t.Fatal(err)
	}
	return &mail.Mailer{
		From: "Toko & Co <portal@example.test>", PublicURL: &url.URL{Scheme: "https", Host: "portal.example.test"}, Brand: "Toko & Co",
		Support: "support@example.test", ResetLinkTTL: time.Hour, Catalog: catalog, Sender: sender, Now: func() time.Time { return noon },
	}
}

// received is a mail as its reader's program takes it apart.
type received struct {
	header              netmail.Header
	subject, text, html string
}

// deliver writes a message and reads it as a mail program would.
func deliver(t *testing.T, edit func(*mail.Mailer), m outbox.Message) received {
	t.Helper()
	d := new(desk)
	ml := newMailer(t, d)
	if edit != nil {
		edit(ml)
	}
	m.To = cmp.Or(m.To, "sari@example.test")
	if err := ml.Deliver(t.Context(), "ID7", m); err != nil {
		t.Fatalf("%s in %s: %v", m.Kind, m.Language, err)
	}
	return read(t, d.raw)
}

func read(t *testing.T, raw []byte) received {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the mail is %q (%v), want multipart/alternative", kind, err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	got := received{header: m.Header, subject: subject}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for _, part := range []struct {
		kind string
		into *string
	}{{"text/plain", &got.text}, {"text/html", &got.html}} {
		p, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if kind := p.Header.Get("Content-Type"); !strings.HasPrefix(kind, part.kind+";") {
			t.Errorf("a part is %q, want %s", kind, part.kind)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		*part.into = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("after text and HTML comes %v, want the end", err)
	}
	return got
}

var (
	anyURL = regexp.MustCompile(`https?://\S+`)
	href   = regexp.MustCompile(`href="([^"]*)"`)
)

// hrefs are the places that the HTML leads to.
func (r received) hrefs() []string {
	var all []string
	for _, found := range href.FindAllStringSubmatch(r.html, -1) {
		all = append(all, html.UnescapeString(found[1]))
	}
	return all
}

// full is a message with everything that its kind may carry.
func full(kind outbox.Kind, language string) outbox.Message {
	m := outbox.Message{
		Kind: kind, Language: language, At: noon.UnixMilli(), Address: "203.0.113.9", Browser: "Chrome on Windows", Zone: "Asia/Makassar",
	}
	switch kind {
	case outbox.Invited:
		m.Token, m.By, m.Merchant = token, "boss@example.test", "G123456789"
	case outbox.ConfirmRegistration, outbox.ResetPassword, outbox.PasswordChanged, outbox.NewBrowser, outbox.AuthenticatorAdded, outbox.AuthenticatorRemoved,
		outbox.PasskeyAdded, outbox.PasskeyRemoved, outbox.RecoveryCodesMade, outbox.RecoveryCodeUsed, outbox.FactorsCleared:
		m.Token = token
	case outbox.FactorRequired:
		m.Until = noon.Add(7 * 24 * time.Hour).UnixMilli()
	case outbox.AccountLocked:
		m.Until = noon.Add(15 * time.Minute).UnixMilli()
	case outbox.PasswordExpires:
		m.Days, m.Until = 14, noon.Add(14*24*time.Hour).UnixMilli()
	case outbox.SnapRegistered:
		m.By, m.Merchant, m.Environment = "boss@example.test", "G123456789", "production"
	case outbox.KeyRotated, outbox.KeyReplaced, outbox.KeyRetired, outbox.KeyExtended, outbox.RotationUndone, outbox.KeyEndsSoon:
		m = aboutKeys(m)
	case outbox.ActivationSubmitted, outbox.ActivationRejected, outbox.ActivationApproved:
		m.Merchant, m.Environment, m.Reason = "G123456789", "production", "The website cannot be reached."
	}
	return m
}

type expected struct {
	kind                outbox.Kind
	english, indonesian string // subjects
	link                string // without the token
}

var letters = []expected{
	{outbox.ConfirmRegistration, "Confirm your e-mail address", "Konfirmasi alamat email Anda", "/register/confirm"},
	{outbox.AlreadyRegistered, "You already have an account", "Anda sudah punya akun", "/login"},
	{outbox.ResetPassword, "Reset Password", "Atur Ulang Kata Sandi", "/password/reset"},
	{outbox.PasswordChanged, "Your password was changed", "Kata sandi Anda telah diubah", "/account-alarm"},
	{outbox.AccountLocked, "Your account is locked for a while", "Akun Anda dikunci untuk sementara", "/password/forgot"},
	{outbox.NewBrowser, "New login to your account", "Login baru ke akun Anda", "/account-alarm"},
	{outbox.AllowListSaved, "Where the portal can be used from has changed", "Jaringan yang boleh memakai portal telah berubah", "/account/security"},
	{outbox.AllowListCleared, "Where the portal can be used from has changed", "Jaringan yang boleh memakai portal telah berubah", "/account/security"},
	{outbox.Invited, "You are invited to Toko & Co", "Anda diundang ke Toko & Co", "/invitation"},
	{outbox.InvitedElsewhere, "You are invited to Toko & Co", "Anda diundang ke Toko & Co", "/login"},
	{outbox.RolesChanged, "Your roles were changed", "Peran Anda diubah", "/login"},
	{outbox.AccountDisabled, "Your account was deactivated", "Akun Anda dinonaktifkan", "/login"},
	{outbox.AccountEnabled, "Your account is active again", "Akun Anda aktif lagi", "/login"},
	{outbox.AccountRemoved, "Your account was removed", "Akun Anda dihapus", "/login"},
	{outbox.AuthenticatorAdded, "An authenticator was added to your account", "Autentikator ditambahkan ke akun Anda", "/account-alarm"},
	{outbox.AuthenticatorRemoved, "The authenticator was removed from your account", "Autentikator dihapus dari akun Anda", "/account-alarm"},
	{outbox.PasskeyAdded, "A passkey was added to your account", "Kunci sandi ditambahkan ke akun Anda", "/account-alarm"},
	{outbox.PasskeyRemoved, "A passkey was removed from your account", "Kunci sandi dihapus dari akun Anda", "/account-alarm"},
	{outbox.RecoveryCodesMade, "New recovery codes for your account", "Kode pemulihan baru untuk akun Anda", "/account-alarm"},
	{outbox.RecoveryCodeUsed, "A recovery code of your account was used", "Kode pemulihan akun Anda telah dipakai", "/account-alarm"},
	{outbox.FactorsCleared, "The second factor of your account was removed", "Faktor kedua akun Anda telah dihapus", "/account-alarm"},
	{outbox.FactorRequired, "Please set up a second factor", "Mohon siapkan faktor kedua", "/account/second-factor"},
	{outbox.SnapRegistered, "BI-SNAP credentials of Production were registered", "Kredensial BI-SNAP Production telah didaftarkan", "/production/settings/access-keys/bi-snap"},
	{outbox.KeyRotated, "An access key of Sandbox was rotated", "Access Key Sandbox telah dirotasi", "/sandbox/settings/access-keys"},
	{outbox.KeyReplaced, "An access key of Sandbox was rotated", "Access Key Sandbox telah dirotasi", "/sandbox/settings/access-keys"},
	{outbox.KeyRetired, "An access key of Sandbox was retired", "Access Key Sandbox telah dihentikan", "/sandbox/settings/access-keys"},
	{outbox.KeyExtended, "An old access key of Sandbox works longer", "Access Key lama Sandbox berlaku lebih lama", "/sandbox/settings/access-keys"},
	{outbox.RotationUndone, "The rotation of an access key of Sandbox was undone", "Rotasi Access Key Sandbox dibatalkan", "/sandbox/settings/access-keys"},
	{outbox.KeyEndsSoon, "An access key of Sandbox ends soon", "Access Key Sandbox segera berakhir", "/sandbox/settings/access-keys"},
	{outbox.ActivationSubmitted, "Your registration for Production is in review", "Pendaftaran Production Anda sedang ditinjau", "/production/activation"},
	{outbox.ActivationRejected, "Your registration for Production needs a change", "Pendaftaran Production Anda perlu diperbaiki", "/production/activation"},
	{outbox.ActivationApproved, "Production is active", "Production sudah aktif", "/production/settings/access-keys"},
	{outbox.PasswordExpires, "Your password expires in 14 days", "Masa berlaku kata sandi Anda habis dalam 14 hari", "/account/password"},
}

// each runs a test for every letter in both languages.
func each(t *testing.T, test func(t *testing.T, e expected, language, subject string)) {
	t.Helper()
	for _, e := range letters {
		for language, subject := range map[string]string{i18n.English: e.english, i18n.Indonesian: e.indonesian} {
			t.Run(string(e.kind)+"/"+language, func(t *testing.T) { test(t, e, language, subject) })
		}
	}
}

func TestEveryLetterHasItsSubjectTextAndHTMLInBothLanguages(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, subject string) {
		got := deliver(t, nil, full(e.kind, language))
		browser := map[string]string{i18n.English: "Chrome on Windows", i18n.Indonesian: "Chrome di Windows"}[language]
		if got.subject != subject {
			t.Errorf("the subject is %q, want %q", got.subject, subject)
		}
		if !strings.Contains(got.html, `<html lang="`+language+`">`) || !strings.Contains(got.html, "<title>"+html.EscapeString(subject)+"</title>") {
			t.Errorf("the HTML lacks its language or title:\n%s", got.html)
		}
		for name, part := range map[string]string{"text": got.text, "HTML": html.UnescapeString(got.html)} {
			if strings.Contains(part, "⟦") || strings.Contains(part, "<no value>") {
				t.Errorf("the %s lacks words:\n%s", name, part)
			}
			for _, want := range []string{"Toko & Co", "support@example.test", "203.0.113.9", browser, "13:00 WITA"} {
				if !strings.Contains(part, want) {
					t.Errorf("the %s does not say %q:\n%s", name, want, part)
				}
			}
		}
	})
}

func TestTheFirstURLOfTheTextIsTheButtonAndNoOtherPlaceIsNamed(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, _ string) {
		want := "https://portal.example.test" + e.link
		if full(e.kind, language).Token != "" {
			want += "?token=" + token
		}
		got := deliver(t, nil, full(e.kind, language))
		if urls := anyURL.FindAllString(got.text, -1); len(urls) != 1 || urls[0] != want {
			t.Errorf("the text names %v, want %s alone", urls, want)
		}
		if links := got.hrefs(); len(links) != 1 || links[0] != want {
			t.Errorf("the HTML leads to %v, want %s alone", links, want)
		}
		if urls := anyURL.FindAllString(got.html, -1); len(urls) != 1 || strings.Contains(got.html, "src=") || strings.Contains(got.html, "url(") {
			t.Errorf("the HTML loads or names more than its link: %v", urls)
		}
	})
}

func TestALetterTellsNothingThatItsMessageDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, _ string) {
		got := deliver(t, func(ml *mail.Mailer) { ml.Support = "" }, outbox.Message{Kind: e.kind, Language: language})
		for _, word := range []string{"1970", "WIB", "IP", "Browser:", "Peramban:", "When", "Waktu", "<th", "@", ": \n"} {
			if strings.Contains(got.text, word) || strings.Contains(strings.ReplaceAll(got.html, "@media", ""), word) {
				t.Errorf("the letter has %q:\n%s", word, got.text)
			}
		}
	})
}

func TestOnlyALetterWhoseLinkNeedsTheTokenHoldsIt(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, _ string) {
		m := full(e.kind, language)
		m.Token = token
		got, want := deliver(t, nil, m), 0
		if full(e.kind, language).Token != "" {
			want = 1
		}
		if text, page := strings.Count(got.text, token), strings.Count(got.html, token); text != want || page != want {
			t.Errorf("the token stands in the text %d times and in the HTML %d times, want %d", text, page, want)
		}
	})
}

func TestAMessageWithoutALetterIsNotSent(t *testing.T) {
	for _, kind := range []outbox.Kind{outbox.ResetRequested, "", "other"} {
		d := new(desk)
		if err := newMailer(t, d).Deliver(t.Context(), "ID7", outbox.Message{Kind: kind, To: "sari@example.test"}); err == nil || d.raw != nil {
			t.Errorf("kind %q: %v, sent %q", kind, err, d.raw)
		}
	}
}

func TestAMailSentTwiceHasOneMessageID(t *testing.T) {
	first, second := deliver(t, nil, full(outbox.ResetPassword, "en")), deliver(t, nil, full(outbox.ResetPassword, "en"))
	for _, got := range []received{first, second} {
		if id := got.header.Get("Message-Id"); id != "<ID7@portal.example.test>" {
			t.Errorf("the Message-ID is %q", id)
		}
	}
}
