package e2e

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
	_ "modernc.org/sqlite" // the driver: use of a key is put in from outside
)

// terminal runs the commands that a page shows, in a folder of a merchant's server.
type terminal struct {
	t      *testing.T
	folder string
}

func (c terminal) run(command string) {
	c.t.Helper()
	shell := exec.CommandContext(c.t.Context(), "sh", "-c", command)
	shell.Dir = c.folder
	if out, err := shell.CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func (c terminal) file(name string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder, name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// upload chooses a file in a field, as the dialog of a browser does.
func (b *tab) upload(id, file string) {
	b.t.Helper()
	choose := func() error {
		return b.call(func(ctx context.Context, s *chromedp.Target) error {
			document, err := cdp.Call(ctx, s, dom.GetDocument, dom.GetDocumentParams{})
			if err != nil {
				return err
			}
			field, err := cdp.Call(ctx, s, dom.QuerySelector, dom.QuerySelectorParams{NodeID: document.Root.NodeID, Selector: "#" + id})
			if err != nil {
				return err
			}
			_, err = cdp.Call(ctx, s, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{file}, NodeID: field.NodeID})
			return err
		})
	}
	err := choose()
	for range 5 { // while a page is being loaded, its nodes are known by other numbers in a moment
		if err != nil {
			err = choose()
		}
	}
	b.must(err)
}

// C090: a merchant makes a key pair with the commands that the page shows, tries the private key first, by mistake, from a file and pasted, and registers the
// public one; the private key is then nowhere in the portal's data and log.
func TestBISNAPIsRegisteredWithAKeyOfOpenSSL(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	server := terminal{t, t.TempDir()}
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.submit("link", "Access Keys")
	b.submit("link", "BI-SNAP")
	b.look("snap-none")
	server.run(b.value("Make the pair"))
	server.run(b.value("Write out its public half"))
	private, public := server.file("private_key.pem"), server.file("public_key.pem")

	b.upload("public_key_file", filepath.Join(server.folder, "private_key.pem"))
	b.see("This file holds a private key.")
	if held := b.js(`document.getElementById("public_key").value`); held != "" {
		t.Errorf("the field holds %q", held)
	}
	b.expect("422")
	b.fill("Public key", private)
	b.submit("button", "Register")
	b.see("This is a private key. It was not stored and not logged")
	if page := b.js("document.documentElement.outerHTML"); strings.Contains(page, strings.Split(private, "\n")[3]) {
		t.Error("the page shows the private key")
	}
	b.look("snap-refused")
	b.expect("")
	b.upload("public_key_file", filepath.Join(server.folder, "public_key.pem"))
	b.until("the text of the file", maxWait, func() bool { return b.js(`document.getElementById("public_key").value`) == public })
	b.submit("button", "Register")
	b.see("BI-SNAP is set up")
	secret := b.value("BI-SNAP Client Secret")
	if !regexp.MustCompile(`^[A-Za-z0-9]{32}$`).MatchString(secret) {
		t.Errorf("the Client Secret is %q", secret)
	}
	b.look("snap-done")
	b.submit("link", "I have stored it")
	if page := b.js("document.documentElement.outerHTML"); strings.Contains(page, secret) {
		t.Error("the secret is still in the page")
	}
	b.look("snap")
	server.run(b.value("Show the fingerprint of your own file") + " | grep -F '" + b.value("Fingerprint (SHA-256)") + "'")
	box.wait(t, sari.email, "BI-SNAP credentials of Sandbox were registered")

	b.submit("link", "Replace the public key")
	b.look("snap-replace")
	server.run("openssl genpkey -algorithm RSA -out other.pem && openssl pkey -in other.pem -pubout -out other_public.pem")
	b.fill("Public key", server.file("other_public.pem"))
	b.click("radio", "7 days")
	b.submit("button", "Replace the public key")
	b.see("The public key is replaced. The new one works at once.")
	b.look("snap-two")
	if os.Getenv("PORTAL_SCREENSHOTS") != "" {
		b.click("DisclosureTriangle", "Your account: "+sari.business)
		b.submit("button", "ID")
		b.look("snap-two")
		b.visit("/production/settings/access-keys/bi-snap")
		b.look("snap-closed")
	}
	p.wantNowhere(t, private, server.file("other.pem"), secret)
}

// wantNowhere looks through all that the portal has written, while it runs, for any line of some texts.
func (p *portal) wantNowhere(t *testing.T, texts ...string) {
	t.Helper()
	written := map[string]string{"log": p.log.String()}
	files, err := filepath.Glob(filepath.Join(p.data, "portal.db*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the database and its log: %v, %v", files, err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		written[filepath.Base(name)] = string(content)
	}
	for where, content := range written {
		for _, line := range strings.Split(strings.Join(texts, "\n"), "\n") {
			if len(line) > 20 && !strings.HasPrefix(line, "-----") && strings.Contains(content, line) {
				t.Errorf("%s holds %q", where, line)
			}
		}
	}
}

var keyInReveal = regexp.MustCompile(`/access-keys/([A-Z0-9]+)/reveal`)

// The page of a key, without use and with some.
func TestThePageOfAKeyShowsItsUse(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.submit("link", "Access Keys")
	found := keyInReveal.FindStringSubmatch(b.js("document.documentElement.outerHTML"))
	if found == nil {
		t.Fatal("no key")
	}
	path := "/sandbox/settings/access-keys/" + found[1]
	b.visit(path)
	b.see("Not used yet")
	b.look("key-use-none")
	merchant := shownMerchant.FindString(b.js("document.documentElement.outerHTML"))
	p.stop(t) // a portal at work remembers for a minute what it has read of other nodes
	db, err := sql.Open("sqlite", filepath.Join(p.data, "portal.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test is over
	now := time.Now()
	put := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, append([]any{merchant, found[1]}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	for day := range 30 {
		put(`INSERT INTO key_uses (merchant_id, environment, key_id, hour, requests) VALUES ($1, 'sandbox', $2, $3, $4)`, now.Add(-time.Duration(day)*24*time.Hour).Unix()/3600, (day*day*37+11)%190)
	}
	put(`INSERT INTO key_last_uses (merchant_id, environment, key_id, used_at, used_from) VALUES ($1, 'sandbox', $2, $3, '203.0.113.5')`, now.UnixMilli())
	for i, reason := range []string{"other_environment", "wrong_kind"} {
		put(`INSERT INTO key_refusals (merchant_id, environment, reason, key_id, hour, requests, refused_at, refused_from)
			VALUES ($1, 'sandbox', $3, $2, $4, $5, $6, '203.0.113.5')`, reason, now.Unix()/3600, 12-11*i, now.UnixMilli())
	}
	b = open(t, startPortal(t, p.data, "--smtp", "smtp://"+box.addr))
	b.visit(path)
	b.logIn(sari, goodPassword)
	b.at(path)
	b.see("12 requests used a Sandbox key against Production.")
	b.look("key-use")
	b.visit("/sandbox/settings/access-keys")
	b.see("1 request used a Client Key or a BI-SNAP credential where the Server Key belongs.")
	b.look("access-keys-refused")
	if os.Getenv("PORTAL_SCREENSHOTS") != "" {
		b.click("DisclosureTriangle", "Your account: "+sari.business)
		b.submit("button", "ID")
		b.visit(path)
		b.look("key-use")
	}
}
