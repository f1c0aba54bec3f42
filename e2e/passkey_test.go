package e2e

import (
	"context"
	"net"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// onLocalhost gives the flags of a portal under a name: passkeys know no addresses.
func onLocalhost(t *testing.T) []string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--listen", address, "--public-url", "http://localhost:" + port}
}

// device is Chromium's own authenticator in a tab. It checks who its owner is, unless it is told that they fail.
type device struct {
	b  *tab
	id webauthn.AuthenticatorID
}

func (b *tab) device() device {
	b.t.Helper()
	d := device{b: b}
	b.must(b.call(func(ctx context.Context, s *chromedp.Target) error {
		if _, err := cdp.Call(ctx, s, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		added, err := cdp.Call(ctx, s, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
			HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		d.id = added.AuthenticatorID
		return err
	}))
	return d
}

func (d device) verifies(right bool) {
	d.b.t.Helper()
	d.b.must(d.b.call(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: d.id, IsUserVerified: right})
		return err
	}))
}

// answers has its answers be wrong: signed with another key, or without having checked who its owner is.
func (d device) answers(forged, unverified bool) {
	d.b.t.Helper()
	d.b.must(d.b.call(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{
			AuthenticatorID: d.id, IsBogusSignature: &forged, IsBadUV: &unverified,
		})
		return err
	}))
}

// C130, C131: a passkey is added, logs in without a password, is the second step and the proof; a forged or unverified one is refused; once it is removed it opens nothing.
func TestAPasskey(t *testing.T) {
	t.Parallel()
	flags := onPostgres(t)
	p, box := start(t, append(flags, onLocalhost(t)...)...)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	d := b.device()
	d.add()
	box.wait(t, sari.email, "A passkey was added to your account")
	b.logOut()
	b.look("login-passkey")
	d.verifies(false)
	b.click("button", "Log in with a passkey")
	b.see("No passkey was used")
	b.look("login-passkey-failed")
	d.verifies(true)
	b.submit("button", "Log in with a passkey")
	b.at("/sandbox/dashboard")
	b.again()
	b.look("login-code-passkey")
	b.submit("button", "Use a passkey")
	b.at("/sandbox/dashboard")
	b.provedByPasskey(flags[1])
	d.refused()
	b.withoutPasskey(box)
}

func (b *tab) logOut() {
	b.t.Helper()
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "Log out")
}

// add adds the first passkey, and finds that there cannot be another one on the same device.
func (d device) add() {
	b := d.b
	b.t.Helper()
	b.visit("/account/second-factor")
	b.look("passkeys-none")
	b.submit("button", "Add a passkey")
	b.look("passkey-new")
	d.verifies(false)
	b.click("button", "Create the passkey")
	b.see("No passkey was used")
	b.look("passkey-new-failed")
	d.verifies(true)
	b.fill("Name", "Laptop at the shop")
	b.submit("button", "Create the passkey")
	b.see("They are shown this one time")
	b.submit("link", "I have kept them")
	b.see("Laptop at the shop")
	b.look("passkeys")
	b.submit("button", "Add a passkey")
	b.click("button", "Create the passkey")
	b.see("has a passkey for your account already")
	b.scripts(false)
	b.visit("/account/second-factor")
	b.submit("button", "Add a passkey")
	b.see("No passkey can be created here")
	b.scripts(true)
	b.visit("/account/second-factor")
}

// provedByPasskey shows a passkey and the password again, after both were shown too long ago.
func (b *tab) provedByPasskey(database string) {
	b.t.Helper()
	ask(b.t, database, "UPDATE sessions SET factor_at = factor_at - 300001")
	b.visit("/account/second-factor")
	b.expect("422")
	b.submit("button", "Make new recovery codes")
	b.look("proof-passkey")
	b.expect("")
	b.click("button", "Use a passkey")
	b.see("Enter your password first")
	b.look("proof-passkey-first")
	b.fill("Password", goodPassword)
	b.submit("button", "Use a passkey")
	b.see("take the place of all")
}

// refused shows passkeys that are not the one that was added, then that one.
func (d device) refused() {
	b := d.b
	b.t.Helper()
	b.logOut()
	b.expect("422")
	d.answers(true, false)
	b.submit("button", "Log in with a passkey")
	b.see("This passkey was not accepted")
	b.look("login-passkey-refused")
	d.answers(false, true)
	b.submit("button", "Log in with a passkey")
	b.see("This passkey was not accepted")
	b.expect("")
	d.answers(false, false)
	b.submit("button", "Log in with a passkey")
	b.at("/sandbox/dashboard")
}

// withoutPasskey removes it, in Bahasa Indonesia.
func (b *tab) withoutPasskey(box *mailbox) {
	b.t.Helper()
	b.visit("/account/second-factor")
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "ID")
	b.look("passkeys")
	b.expect("422")
	b.submit("button", "Hapus kunci sandi Laptop at the shop")
	b.look("proof-passkey")
	b.expect("")
	b.fill("Kata sandi", goodPassword)
	b.submit("button", "Gunakan kunci sandi")
	b.see("Faktor kedua telah dihapus")
	box.wait(b.t, sari.email, "Kunci sandi dihapus dari akun Anda")
	b.submit("button", "Tambah kunci sandi")
	b.look("passkey-new")
	b.visit("/account/second-factor")
	b.click("DisclosureTriangle", "Akun Anda: "+sari.business)
	b.submit("button", "Keluar")
	b.look("login-passkey")
	b.expect("422")
	b.submit("button", "Masuk dengan kunci sandi")
	b.see("Kunci sandi ini tidak diterima")
	b.look("login-passkey-refused")
	b.expect("")
}
