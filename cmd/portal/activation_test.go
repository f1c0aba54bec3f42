package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/settings"
	"merchant-portal/store"
)

const canaryPDF = "%PDF-1.7\n% CANARY\nstartxref\n9\n%%EOF\n"

// registered is a merchant that has handed its registration in, with texts that no terminal should obey.
func registered(t *testing.T) member {
	t.Helper()
	m := begun(t)
	m.atDesk(t, func(d *desk, _ *store.Store) error { return d.Submit(t.Context(), m.Actor, 1) })
	return m
}

// begun is a merchant whose registration is complete and not submitted.
func begun(t *testing.T) member {
	t.Helper()
	m := lockedMember(t)
	m.atDesk(t, func(d *desk, st *store.Store) error {
		rooms := newOnboarding(st)
		err := st.Do(t.Context(), func(ctx context.Context) error {
			return errors.Join(d.people.Unlock(ctx, "a@example.test"), st.Staff().SetRoles(ctx, m.Merchant, m.Person, auth.Roles{auth.Administrator}),
				rooms.MerchantCreated(ctx, m.Merchant, time.Now()))
		})
		if err != nil {
			return err
		}
		_, err = newSettings(st, d.people, rooms).Save(t.Context(), m.Actor, ids.Production, settings.Edit{Page: settings.GeneralPage, Values: settings.Values{
			"merchant_name": "Toko Bunga", "merchant_url": "toko.id", "merchant_email": "toko@example.test", "director_name": "Sari", "director_phone": "0812345678",
			"npwp": "123456789012345", "npwp_name": "Sari", "timezone": "Asia/Jakarta", "business_address": "Jalan Melati 1\nJakarta",
		}})
		paper := func(kind envswitch.DocumentKind, name string) error {
			return d.AddDocument(t.Context(), m.Actor, kind, envswitch.File{Name: name, Content: []byte(canaryPDF)})
		}
		return errors.Join(
			err, d.Save(t.Context(), m.Actor, envswitch.Answers{Entity: envswitch.Individual, Business: "Bunga\nto decide:\n  portal activation approve"}),
			paper(envswitch.IdentityCard, "ktp.pdf"), paper(envswitch.TaxNumber, "npwp.pdf"),
		)
	})
	return m
}

// atDesk does something where the operator decides, and closes the database.
func (m member) atDesk(t *testing.T, act func(d *desk, st *store.Store) error) {
	t.Helper()
	_, st := people(t, m.data)
	if err := errors.Join(act(newDesk(&Config{}, st, io.Discard), st), st.Close()); err != nil {
		t.Fatal(err)
	}
}

// operator runs a command.
func (m member) operator(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), append([]string{"activation"}, append(args, "--data", m.data)...), nil, &out, io.Discard)
	return out.String(), err
}

// The operator's commands work beside a running portal: what they decide holds from the next request on (C091).
func TestTheOperatorDecidesBesideThePortal(t *testing.T) {
	m := registered(t)
	portal, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", m.data)
	defer stop()
	keysPage := m.keysPage(t, portal)
	if page := keysPage(); strings.Contains(page, "Mid-server-") || !strings.Contains(page, "In review since") {
		t.Errorf("before:\n%s", page)
	}
	out, err := m.operator(t, "list")
	if want := string(m.Merchant) + "  in review  submission 1  since "; err != nil || !strings.HasPrefix(out, want) || !strings.HasSuffix(out, "  Toko\n") {
		t.Errorf("list: %q, %v", out, err)
	}
	out, err = m.operator(t, "reject", string(m.Merchant), "1", "--reason", "The website cannot be reached.")
	if err != nil || !strings.HasPrefix(out, "rejected submission 1 of "+string(m.Merchant)) {
		t.Errorf("reject: %q, %v", out, err)
	}
	if page := keysPage(); !strings.Contains(page, "needs a change") {
		t.Errorf("rejected:\n%s", page)
	}
	m.atDesk(t, func(d *desk, _ *store.Store) error { return d.Submit(t.Context(), m.Actor, 3) })
	out, err = m.operator(t, "approve", string(m.Merchant), "2")
	if err != nil || !strings.HasPrefix(out, "approved submission 2 of "+string(m.Merchant)) {
		t.Errorf("approve: %q, %v", out, err)
	}
	if page := keysPage(); !strings.Contains(page, "Mid-client-") || strings.Contains(page, "In review") {
		t.Errorf("approved:\n%s", page)
	}
	if out := m.activityVerify(t); strings.Count(out, "\n") != 2 || !strings.Contains(out, "begun anew") { // which it is: lockedMember did not register
		t.Errorf("the activity log: %q", out)
	}
}

// activityVerify is what the command says of the merchant's activity log.
func (m member) activityVerify(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"activity", "verify", string(m.Merchant), "--data", m.data}, nil, &out, io.Discard); err == nil {
		return out.String() + "complete"
	}
	return out.String()
}

// keysPage logs in and gives what reads the Access Keys of Production.
func (m member) keysPage(t *testing.T, portal string) func() string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: secureJar{jar}}
	text := func(answer *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	text(client.PostForm(portal+"/login", url.Values{"email": {"a@example.test"}, "password": {password}}))
	return func() string {
		t.Helper()
		return text(client.Get(portal + "/production/settings/access-keys"))
	}
}

// What a merchant wrote is shown apart from what the command says, and commands no terminal; the documents are written for the operator alone.
func TestShowTellsAllAndWritesTheDocuments(t *testing.T) {
	m := registered(t)
	folder := filepath.Join(t.TempDir(), "papers")
	out, err := m.operator(t, "show", string(m.Merchant), "--to", folder)
	if err != nil {
		t.Fatal(err)
	}
	decide := "portal activation approve " + string(m.Merchant) + " 1 --data '" + m.data + "'\n"
	for _, want := range []string{
		"  | " + string(m.Merchant) + "\n  | Toko\n", "  | in review, submission 1, since ", "  | submitted by a@example.test\n", "entity:\n  | individual\n",
		"business:\n  | Bunga\n  | to decide:\n  |   portal activation approve\n", "  | business_address: Jalan Melati 1 / Jakarta\n", "  | merchant_url: toko.id\n",
		"  | identity_card: ktp.pdf, application/pdf, 36 bytes, SHA-256 ", "\nto decide:\n  " + decide, "reject " + string(m.Merchant) + " 1 --data '" + m.data + "' --reason \"…\"\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("show does not say %q:\n%s", want, out)
		}
	}
	for _, name := range []string{"identity_card.pdf", "tax_number.pdf"} {
		path := filepath.Join(folder, name)
		text, err := os.ReadFile(path)
		info, statErr := os.Stat(path)
		if err := errors.Join(err, statErr); err != nil || string(text) != canaryPDF || info.Mode() != 0o600 {
			t.Errorf("%s: %q, %v, %v", name, text, info, err)
		}
	}
	if _, err = m.operator(t, "show", string(m.Merchant), "--to", folder); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("once more: %v", err)
	}
	if read := m.entries(t, activity.DocumentRead); read != 2 {
		t.Errorf("%d entries about reading, want 2", read)
	}
}

// entries counts what the merchant's activity log says of an action, by nobody of the merchant.
func (m member) entries(t *testing.T, action activity.Action) int {
	t.Helper()
	_, st := people(t, m.data)
	defer st.Close() //nolint:errcheck // only read
	page, err := st.Entries().List(t.Context(), m.Merchant, activity.Filter{Action: action}, activity.Cursor{}, 50)
	if err != nil || slices.ContainsFunc(page.Rows, func(r activity.Row) bool { return r.Person != "" }) {
		t.Fatal(page.Rows, err)
	}
	return len(page.Rows)
}

func TestWhatTheTerminalWouldObeyIsShownByItsNumber(t *testing.T) {
	for text, want := range map[string]string{
		"Toko \x1b[2J\x07": "Toko <U+001B>[2J<U+0007>", "a\u202eb": "a<U+202E>b", "a\rb": "a<U+000D>b", "花\nb": "花\nb", "a\xffb": "a<U+FFFD>b", "a\u009b2J": "a<U+009B>2J",
	} {
		if got := visible(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// A name that somebody with the database alone gave two lines, and columns, is one row of the list all the same.
func TestNoNameLooksLikeAnotherRowOfTheList(t *testing.T) {
	for text, want := range map[string]string{
		"Toko\nG123456789  in review  submission 1  since 2026": "Toko<U+000A>G123456789  in review  submission 1  since 2026", "a\tb\x1b": "a<U+0009>b<U+001B>", "花 b": "花 b",
	} {
		if got := inOneLine(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsNotSubmittedIsShownAndNotDecided(t *testing.T) {
	m := begun(t)
	g := string(m.Merchant)
	if out, err := m.operator(t, "list"); err != nil || !strings.HasPrefix(out, g+"  begun      not submitted yet  since ") {
		t.Errorf("list: %q, %v", out, err)
	}
	if out, err := m.operator(t, "show", g); err != nil || !strings.Contains(out, "  | begun, not submitted yet, since ") || strings.Contains(out, "\nto decide:") {
		t.Errorf("show: %q, %v", out, err)
	}
	for _, args := range [][]string{{"approve", g}, {"reject", g, "--reason", "x"}} {
		if _, err := m.operator(t, args...); err == nil || !strings.Contains(err.Error(), "is begun, not submitted yet; nothing was changed") {
			t.Errorf("%s: %v", args[0], err)
		}
	}
}

// Nothing is decided by mistake: not twice, not without a reason, not about another submission than the one that was looked at.
func TestADecisionNamesWhatSpeaksAgainstIt(t *testing.T) {
	m := registered(t)
	g := string(m.Merchant)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no reason":            {[]string{"reject", g}, "--reason"},
		"an empty reason":      {[]string{"reject", g, "--reason", " "}, "--reason"},
		"a reason that shouts": {[]string{"reject", g, "--reason", "a\x1b[2J"}, "U+001B"},
		"too long a reason":    {[]string{"reject", g, "--reason", strings.Repeat("a", 1001)}, "1000"},
		"another submission":   {[]string{"approve", g, "2"}, "is in review, submission 1; nothing was changed"},
		"no number":            {[]string{"approve", g, "x"}, `not "x"; nothing was changed`},
		"nobody":               {[]string{"approve", "G000000001"}, "there is no registration"},
		"nobody to reject":     {[]string{"reject", "G000000001", "--reason", "x"}, "there is no registration"},
		"nobody to show":       {[]string{"show", "G000000001"}, "there is no registration"},
		"nobody named":         {[]string{"show"}, "takes one Merchant ID"},
		"too much":             {[]string{"list", g}, "takes no argument"},
		"a flag of another":    {[]string{"approve", g, "--reason", "x"}, "reason"},
	} {
		if out, err := m.operator(t, tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) || out != "" {
			t.Errorf("%s: %q, %v, want %q", name, out, err, tt.want)
		}
	}
	if _, err := m.operator(t, "approve", g); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"approve", g}, {"reject", g, "--reason", "x"}} {
		if _, err := m.operator(t, args...); err == nil || !strings.Contains(err.Error(), "is approved, submission 1; nothing was changed") {
			t.Errorf("%v afterwards: %v", args, err)
		}
	}
}
