package mail_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"merchant-portal/internal/mail"
	"merchant-portal/internal/outbox"
)

func TestTheFolderGivesBackTheTextOfALetterAndItsLink(t *testing.T) {
	each(t, func(t *testing.T, e expected, language, subject string) {
		folder := mail.Folder{Path: filepath.Join(t.TempDir(), "mail")}
		m := full(e.kind, language)
		m.To = "sari@example.test"
		for range 2 { // at least once: the same mail is one file
			if err := newMailer(t, folder).Deliver(t.Context(), "ID7", m); err != nil {
				t.Fatal(err)
			}
		}
		got, err := folder.Letters()
		if err != nil || len(got) != 1 {
			t.Fatalf("the folder has %v, %v", got, err)
		}
		sent := deliver(t, nil, m)
		want := mail.Letter{To: m.To, Subject: subject, Text: sent.text, Action: sent.hrefs()[0], At: got[0].At}
		if got[0] != want {
			t.Errorf("got  %+v\nwant %+v", got[0], want)
		}
		if info, err := os.Stat(filepath.Join(folder.Path, "ID7.eml")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the mail's file: %v, %v", info, err)
		}
	})
}

func TestTheFolderReadsMailsOfOnePart(t *testing.T) {
	folder := mail.Folder{Path: t.TempDir()}
	const old = "To: <sari@example.test>\r\nSubject: Hello\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
		"Go to\r\nhttps://portal.example.test/register/confirm?token=3Da=\r\nbc\r\n"
	if err := os.WriteFile(filepath.Join(folder.Path, "old.eml"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := folder.Letters()
	if err != nil || len(got) != 1 || got[0].Action != "https://portal.example.test/register/confirm?token=abc" || got[0].To != "sari@example.test" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTheFolderShowsNewestLettersFirst(t *testing.T) {
	folder := mail.Folder{Path: t.TempDir()}
	for i, id := range []string{"B", "C", "A"} {
		m := full(outbox.ResetPassword, "en")
		m.To = id + "@example.test"
		if err := newMailer(t, folder).Deliver(t.Context(), id, m); err != nil {
			t.Fatal(err)
		}
		at := noon.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(filepath.Join(folder.Path, id+".eml"), at, at); err != nil {
			t.Fatal(err)
		}
	}
	got, err := folder.Letters()
	if err != nil || len(got) != 3 || got[0].To != "A@example.test" || got[2].To != "B@example.test" {
		t.Errorf("got %v, %v", got, err)
	}
}
