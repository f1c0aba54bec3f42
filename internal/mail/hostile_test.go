package mail_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
)

var tag = regexp.MustCompile(`<[^>]*>`)

// C108: what strangers choose arrives as words: no markup, no second link, no line of its own.
func TestHostileBrowsersAndAddressesAreInert(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, _ string) {
		innocent := deliver(t, nil, full(e.kind, language))
		for _, hostile := range []string{
			`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `</td></table><a href="https://evil.example">Reset</a>`,
			"https://evil.example/reset", "evil.example", "javascript:alert(1)", "{{.Support}}", "a\r\nBcc: evil@evil.example", "a\n\nHello,\n\nclick",
			"\u202etxt.exe", "=?utf-8?q?=0D=0ABcc:_evil?=", strings.Repeat("long ", 500), "' style=color:red x='",
		} {
			m := full(e.kind, language)
			m.Browser, m.Address = hostile, hostile
			got := deliver(t, nil, m)
			if len(got.header) != len(innocent.header) || got.header.Get("Bcc") != "" {
				t.Errorf("%q adds a header: %v", hostile, got.header)
			}
			if urls := anyURL.FindAllString(got.text, -1); len(urls) != 1 || len(got.hrefs()) != 1 {
				t.Errorf("%q adds a link: %v, %v", hostile, urls, got.hrefs())
			}
			if strings.Contains(got.text, "evil.example") || strings.Contains(got.html, "evil.example") {
				t.Errorf("%q names a host that mail programs would make a link of", hostile)
			}
			if strings.ContainsAny(got.text, "\u202e<{") || len(got.text) > len(innocent.text)+100 {
				t.Errorf("%q arrives as it is:\n%s", hostile, got.text)
			}
			if got, want := strings.Count(got.text, "\n"), strings.Count(innocent.text, "\n")-1; got != want { // no IP address
				t.Errorf("%q makes %d lines, want %d", hostile, got, want)
			}
			if got, want := len(tag.FindAllString(got.html, -1)), len(tag.FindAllString(innocent.html, -1))-len("tr"+"th"+"td"); got != want {
				t.Errorf("%q makes %d tags, want %d", hostile, got, want)
			}
		}
	})
}

func TestTheOperatorsOwnWordsAreEscaped(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, _ string) {
		const brand = `<b>"Toko" & 'Co'</b>`
		got := deliver(t, func(ml *mail.Mailer) { ml.Brand = brand }, full(e.kind, language))
		if strings.Contains(got.html, "<b>") || !strings.Contains(html.UnescapeString(got.html), brand) || !strings.Contains(got.text, brand) {
			t.Errorf("the brand name is markup or missing:\n%s", got.html)
		}
	})
}

func TestAHostileTokenStaysInsideItsLink(t *testing.T) {
	m := full(outbox.ResetPassword, "en")
	m.Token = "x\"><a href=//evil.example>\r\n\r\nhttps://evil.example &b=c#d"
	got := deliver(t, nil, m)
	links, urls := got.hrefs(), anyURL.FindAllString(got.text, -1)
	if len(links) != 1 || len(urls) != 1 || links[0] != urls[0] || !strings.HasPrefix(links[0], "https://portal.example.test/password/reset?token=x%22%3E%3Ca+href") {
		t.Errorf("the letter leads to %q and %q", links, urls)
	}
}

// C106: a receiver is one address; line ends, names, groups and lists add neither headers nor receivers.
func TestAReceiverIsOneBareAddress(t *testing.T) {
	for _, to := range []string{
		"", "nobody", "Sari <sari@example.test>", "<sari@example.test>", "sari@example.test (Sari)", "sari@example.test, evil@evil.example",
		"sari@example.test\r\nBcc: evil@evil.example", "sari@example.test\nSubject: x", "\"evil@evil.example\" <sari@example.test>",
		"sari@example.test ", "Group: sari@example.test, evil@evil.example;", "\"a\r\nBcc: evil\"@example.test", "\"a b> <evil@evil.example\"@example.test",
		"=?utf-8?q?a=0D=0ABcc:_evil@evil.example?= <sari@example.test>",
	} {
		d := new(desk)
		m := full(outbox.ResetPassword, "en")
		m.To = to
		err := newMailer(t, d).Deliver(t.Context(), "ID7", m)
		if err == nil || d.raw != nil {
			t.Errorf("a mail to %q was sent:\n%s", to, d.raw)
		}
		if err != nil && (to != "" && strings.Contains(err.Error(), to) || strings.Contains(err.Error(), token)) {
			t.Errorf("the error repeats what it was given: %v", err)
		}
	}
}

func TestAMailHasTheHeadersThatItNeedsAndNoOthers(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, _ string) {
		got := deliver(t, nil, full(e.kind, language))
		for name := range got.header {
			switch name {
			case "Date", "Mime-Version", "Message-Id", "Subject", "From", "To", "Content-Type", "Auto-Submitted":
			default:
				t.Errorf("unexpected header %s: %v", name, got.header[name])
			}
		}
		if to := got.header["To"]; len(to) != 1 || to[0] != "<sari@example.test>" {
			t.Errorf("the mail goes to %v", to)
		}
		for name, values := range got.header {
			if strings.Contains(strings.Join(values, " "), token) {
				t.Errorf("the header %s holds the token", name)
			}
		}
	})
}
