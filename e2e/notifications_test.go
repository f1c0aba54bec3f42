package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// Where notifications go: addresses with a mistake and without, the addresses that a BI-SNAP prefix makes while it is typed, the public key of what signs them with
// the fingerprint that openssl shows, and all of it on one page for whoever writes the programs.
func TestNotificationsGoWhereTheMerchantSays(t *testing.T) {
	t.Parallel()
	p, box := start(t, "--production-notification-addresses", "13.228.166.126/32,52.220.80.5/32")
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.entersAddresses()
	b.submit("link", "BI-SNAP Notifications")
	b.see("BI-SNAP credentials come first")
	b.look("notifications-first")
	server := terminal{t, t.TempDir()}
	b.submit("link", "Go to the BI-SNAP credentials")
	server.run(b.value("Make the pair"))
	server.run(b.value("Write out its public half"))
	b.fill("Public key", server.file("public_key.pem"))
	b.submit("button", "Register")
	b.submit("link", "I have stored it")
	b.entersAPrefix()
	text := b.js(`document.getElementById("public-key").value`)
	if err := os.WriteFile(filepath.Join(server.folder, "public_key.pem"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server.run(b.value("Show the fingerprint of your copy") + " | grep -F '" + b.value("Fingerprint (SHA-256)") + "'")
	b.submit("link", "Integration")
	b.see("https://xn--bcher-kva.example.com/snap/v1.0/debit/notify")
	b.see("has not named the addresses")
	b.look("integration")
	b.visit("/production/integration")
	b.see("No Production keys yet")
	b.look("integration-production")
	if os.Getenv("PORTAL_SCREENSHOTS") != "" {
		b.click("DisclosureTriangle", "Your account: "+sari.business)
		b.submit("button", "ID")
		for name, path := range map[string]string{"payment": "/sandbox/settings/payment", "notifications": "/sandbox/settings/bi-snap-notification", "integration": "/sandbox/integration"} {
			b.visit(path)
			b.look(name)
		}
	}
}

// entersAddresses fills in the Payment page, with a mistake first.
func (b *tab) entersAddresses() {
	b.t.Helper()
	b.submit("link", "Payment")
	b.look("payment-empty")
	b.fill("Payment Notification URL", "https://toko.example.com/notif, http://192.168.0.7/notif")
	b.fill("Finish Redirect URL", "https://toko.example.com/selesai")
	b.expect("422")
	b.submit("button", "Save")
	b.see("Address 2: This is an IP address.")
	b.look("payment-refused")
	b.expect("")
	b.fill("Payment Notification URL", "https://toko.example.com/notif, https://bücher.example.com/notif")
	b.submit("button", "Save")
	b.see("Changed: Payment Notification URL, Finish Redirect URL.")
	b.see("“bücher.example.com” is called as xn--bcher-kva.example.com.")
	b.look("payment")
}

// entersAPrefix types one, and compares what is shown meanwhile with what is stored.
func (b *tab) entersAPrefix() {
	b.t.Helper()
	shown := func() string {
		return b.js(`Array.from(document.querySelectorAll("[data-after]"), e => e.textContent).join(" ")`)
	}
	b.submit("link", "BI-SNAP Notifications")
	for typed, want := range map[string]string{
		"https://bücher.example.com/snap/": "https://xn--bcher-kva.example.com/snap", "javascript:alert(1)": "…", "https://a@b.id": "…", "https://a.id:443": "https://a.id:443", "https://a.id?x": "…", "": "…",
	} {
		b.fill("BI-SNAP Notification URL (prefix)", typed+"x")
		b.press(kb.Backspace)
		if got, both := shown(), want+"/v1.0/debit/notify "+want+"/v1.0/qr/qr-mpm-notify"; got != both {
			b.t.Errorf("%q: %s is previewed, want %s", typed, got, both)
		}
	}
	b.look("notifications-none")
	b.fill("BI-SNAP Notification URL (prefix)", "https://bücher.example.com/snap/")
	before := shown()
	b.submit("button", "Save")
	b.see("Changed: BI-SNAP Notification URL (prefix).")
	if after := shown(); after != before || strings.Contains(after, "…") {
		b.t.Errorf("%s was previewed, and %s is stored", before, after)
	}
	b.look("notifications")
}
