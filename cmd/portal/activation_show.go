package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
)

// show prints all that was handed in, and how to decide about it. With --to it writes the documents, each reading of which is in the merchant's activity log.
func (d *desk) show(ctx context.Context, m ids.MerchantID) error {
	l, err := d.find(ctx, m)
	if err != nil {
		return err
	}
	documents, err := d.Review(ctx, m)
	if err != nil {
		return err
	}
	by, err := d.submitter(ctx, l.Activation)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(d.out, d.report(l, by, documents)); err != nil {
		return err
	}
	if folder := d.config.own["to"]; folder != "" {
		return d.write(ctx, folder, documents)
	}
	return nil
}

// submitter is the address of who handed it in, "" where nobody is known.
func (d *desk) submitter(ctx context.Context, a envswitch.Activation) (string, error) {
	if a.SubmittedBy == "" {
		return "", nil
	}
	p, err := d.people.Colleague(ctx, a.Merchant, a.SubmittedBy)
	if errors.Is(err, auth.ErrNotFound) {
		return "", nil
	}
	return p.Email, err
}

func (d *desk) report(l envswitch.Listed, by string, documents []envswitch.Reviewed) string {
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "%s:\n%s", name, indented(text)) }
	line("merchant", string(l.Merchant)+"\n"+l.Name)
	state := fmt.Sprintf("%s, %s, since %s", stages[l.Progress], numbered(l.Submission), l.Since().UTC().Format(time.RFC3339))
	if by != "" {
		state += "\nsubmitted by " + by
	}
	line("registration", state)
	if l.Progress == envswitch.Rejected {
		line("reason", l.Reason)
	}
	line("entity", string(l.Entity))
	line("business", l.Business)
	line("particulars, as submitted", particulars(l.Particulars))
	b.WriteString("documents:\n")
	for _, r := range documents {
		digest := "cannot be opened: see docs/operations.md"
		if r.SHA256 != nil {
			digest = fmt.Sprintf("SHA-256 %x", r.SHA256)
		}
		b.WriteString(indented(fmt.Sprintf("%s: %s, %s, %d bytes, %s", r.Kind, r.Name, r.MediaType, r.Size, digest)))
	}
	if l.Progress == envswitch.InReview {
		where := d.where()
		fmt.Fprintf(&b, "to decide:\n  portal activation approve %s %d%s\n  portal activation reject %s %d%s --reason \"…\"\n", l.Merchant, l.Submission, where, l.Merchant, l.Submission, where)
	}
	return b.String()
}

// where is the folder with the database, as an argument: the address of a PostgreSQL may hold a password and is left out.
func (d *desk) where() string {
	if d.config.Database != "" {
		return ""
	}
	return " --data '" + strings.ReplaceAll(d.config.Data, "'", `'\''`) + "'"
}

// particulars lists what is stored as JSON, a field per line.
func particulars(stored string) string {
	var fields map[string]string
	if err := json.Unmarshal([]byte(stored), &fields); err != nil {
		return "none"
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.ReplaceAll(fields[name], "\n", " / "))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// indented sets every line of a text apart, so that no text of a merchant can look like a line of the report.
func indented(text string) string {
	return "  | " + strings.Join(strings.Split(visible(text), "\n"), "\n  | ") + "\n"
}

// visible is a text as a terminal may show it: what is not seen, or would be obeyed, stands there by its number in Unicode.
func visible(text string) string {
	return shownWhere(text, func(r rune) bool { return form.Text(string(r)) == nil && r != '\r' })
}

// inOneLine is visible where a text may have neither lines nor columns.
func inOneLine(text string) string {
	return shownWhere(text, func(r rune) bool { return form.Line(string(r)) == nil })
}

// shownWhere puts the number of each character that is not fit in its place.
func shownWhere(text string, fit func(r rune) bool) string {
	var b strings.Builder
	for _, r := range text {
		if !fit(r) {
			fmt.Fprintf(&b, "<%s>", form.Show(r))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

var (
	plainKind   = regexp.MustCompile(`^[a-z_]{1,40}$`)
	plainEnding = regexp.MustCompile(`^\.[a-z]{3,4}$`)
)

// write puts the documents into a folder, for the operator alone. It overwrites nothing.
func (d *desk) write(ctx context.Context, folder string, documents []envswitch.Reviewed) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("the folder for the documents: %w", err)
	}
	for _, r := range documents {
		name, ending := string(r.Kind), filepath.Ext(r.Name)
		if !plainKind.MatchString(name) || !plainEnding.MatchString(ending) {
			return fmt.Errorf("document %s has the kind %q and the name %q, which the portal did not write", r.ID, r.Kind, r.Name)
		}
		if err := d.writeOne(ctx, filepath.Join(folder, name+ending), r); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) writeOne(ctx context.Context, name string, r envswitch.Reviewed) (err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already and was left as it is: give an empty folder", name)
	}
	if err != nil {
		return fmt.Errorf("write a document: %w", err)
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(name)) // the next try finds its place free
		}
	}()
	_, content, err := d.ReadDocument(ctx, activity.Actor{Merchant: r.Merchant}, r.ID)
	if err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return fmt.Errorf("write a document: %w", err)
	}
	_, err = fmt.Fprintf(d.out, "wrote %s\n", name)
	return err
}
