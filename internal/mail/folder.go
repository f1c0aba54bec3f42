package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Folder keeps mails as .eml files instead of sending them: for a developer's own machine.
type Folder struct{ Path string }

// Letter is a mail as read back from the folder: its text part, and as Action the first URL in it.
type Letter struct {
	To, Subject, Text, Action string
	At                        time.Time
}

// Send writes one mail. A file appears whole or not at all; the same id gives the same file.
func (f Folder) Send(_ context.Context, id string, m *gomail.Msg) error {
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return fmt.Errorf("mail folder: %w", err)
	}
	draft, err := os.CreateTemp(f.Path, "*.tmp") // mode 0600
	if err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	_, err = m.WriteTo(draft)
	if err = errors.Join(err, draft.Close()); err == nil {
		err = os.Rename(draft.Name(), filepath.Join(f.Path, id+".eml"))
	}
	if err != nil {
		return fmt.Errorf("keep mail: %w", errors.Join(err, os.Remove(draft.Name())))
	}
	return nil
}

// maxLetters is how many letters a reader gets to see.
const maxLetters = 50

// Letters reads the newest mails, newest first.
func (f Folder) Letters() ([]Letter, error) {
	names, err := filepath.Glob(filepath.Join(f.Path, "*.eml"))
	if err != nil {
		return nil, fmt.Errorf("mail folder: %w", err)
	}
	letters := make([]Letter, 0, len(names))
	for _, name := range names {
		l, err := readLetter(name)
		if err != nil {
			return nil, fmt.Errorf("read mail: %w", err)
		}
		letters = append(letters, l)
	}
	slices.SortFunc(letters, func(a, b Letter) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	return letters[:min(len(letters), maxLetters)], nil
}

var firstURL = regexp.MustCompile(`https?://\S+`)

func readLetter(name string) (_ Letter, err error) {
	file, err := os.Open(name)
	if err != nil {
		return Letter{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	m, err := netmail.ReadMessage(file)
	if err != nil {
		return Letter{}, err
	}
	text, err := textOf(m)
	if err != nil {
		return Letter{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return Letter{}, err
	}
	info, err := file.Stat() // the Date header has whole seconds only
	if err != nil {
		return Letter{}, err
	}
	return Letter{
		To: strings.Trim(m.Header.Get("To"), "<>"), Subject: subject, Text: text, At: info.ModTime(),
		Action: firstURL.FindString(text),
	}, nil
}

// textOf finds the text of a mail: its first text/plain part, or all of a mail of one part.
func textOf(m *netmail.Message) (string, error) {
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	var body io.Reader
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(m.Body, parameters["boundary"])
		for body == nil {
			part, err := parts.NextPart() // decodes quoted-printable
			if err != nil {
				return "", err
			}
			if kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err == nil && kind == "text/plain" {
				body = part
			}
		}
	} else if body = m.Body; strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
