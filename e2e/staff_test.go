package e2e

import (
	"strings"
	"testing"
)

// budi is invited by sari.
var budi = person{sari.business, "Budi Santoso Kusumawardhana", "budi.santoso.layanan-pelanggan@cabang-bandung.tokobunga.test", "0822345678901"}

// C056, C096, C097, C098: an Administrator invites a Customer Service person, who sees what that role is for and is told who can give more; a demotion
// takes effect in an open browser, and the last Administrator stays.
func TestAnInvitedPersonWorksWithinTheRole(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	boss, staff := open(t, p), open(t, p)
	boss.signUp(sari, box)
	boss.logIn(sari, goodPassword)
	boss.at("/sandbox/dashboard")
	boss.submit("link", "User Management")
	boss.see("There is only one active Administrator.")
	boss.see("Only another Administrator can change your own roles")
	boss.look("users-alone")
	boss.invite(budi.email, box)

	staff.accept(budi, box)
	staff.sees(sari)
	boss.giveRole(budi, "Administrator")
	boss.see("The roles are saved.")
	if strings.Contains(boss.text(), "There is only one active Administrator.") {
		t.Error("two Administrators are taken for one")
	}
	box.wait(t, budi.email, "Your roles were changed")
	staff.visit("/sandbox/dashboard")
	staff.see("Login")
	staff.logIn(budi, goodPassword)
	staff.see("Your roles: Administrator, Customer Service")

	staff.visit("/account/users")
	staff.submit("link", "Change roles "+sari.email) // open in this browser, while the permission for it goes
	boss.giveRole(budi, "Administrator")
	boss.see("There is only one active Administrator.")
	staff.click("checkbox", "Administrator")
	staff.click("checkbox", "Finance Staff")
	staff.expect("401")
	staff.submit("button", "Save")
	staff.see("Login")
	staff.expect("")
	boss.visit("/account/users")
	boss.see("There is only one active Administrator.")
	boss.closes(staff)
}

// invite invites somebody after a mistake.
func (b *tab) invite(email string, box *mailbox) {
	b.t.Helper()
	b.submit("link", "Invite a person")
	b.at("/account/users/invite")
	b.look("invite")
	b.expect("422")
	b.fill("Email", "budi@")
	b.submit("button", "Send the invitation")
	b.see("Choose at least one of these roles.")
	b.look("invite-refused")
	b.expect("")
	b.fill("Email", email)
	b.click("checkbox", "Customer Service")
	b.submit("button", "Send the invitation")
	b.see("The invitation is on its way.")
	b.see("(email not confirmed)")
	b.look("users-invited")
	box.wait(b.t, email, "You are invited to Merchant Portal")
	b.submit("button", "Send again "+email) // with it, the first link is dead
	b.see("The invitation is on its way.")
	b.submit("link", "Withdraw "+email)
	b.look("invitation-withdraw")
	b.submit("link", "Cancel")
	b.at("/account/users")
}

// accept opens the link of an invitation in a browser of its own.
func (b *tab) accept(who person, box *mailbox) {
	b.t.Helper()
	link := box.wait(b.t, who.email, "You are invited to Merchant Portal").action()
	b.visit(link)
	b.at("/invitation")
	b.see(sari.business + " invites you as: Customer Service.")
	b.look("invitation")
	b.fill("Full name", who.name)
	b.fill("Phone number", who.phone)
	b.fill("Password", goodPassword)
	b.fill("Confirm password", "another one")
	b.expect("422")
	b.submit("button", "Join")
	b.see("The two passwords are not the same.")
	b.look("invitation-refused")
	b.expect("")
	b.fill("Password", goodPassword)
	b.fill("Confirm password", goodPassword)
	b.submit("button", "Join")
	b.see("Your account is ready")
	b.look("login-joined")
	b.expect("422")
	b.visit(link)
	b.see("This link does not work any more")
	b.look("invitation-invalid")
	b.expect("")
	b.visit("/login")
	b.logIn(who, goodPassword)
	b.at("/sandbox/dashboard")
}

// sees is what a Customer Service person sees, and who is named where that is not enough.
func (b *tab) sees(boss person) {
	b.t.Helper()
	b.visit("/sandbox/dashboard")
	b.see("Your roles: Customer Service")
	b.look("dashboard-customer-service")
	for _, link := range []string{"General Settings", "Access Keys", "User Management"} {
		if len(b.all("link", link)) > 0 {
			b.t.Errorf("the menu leads to %s", link)
		}
	}
	b.expect("403")
	b.visit("/account/users")
	b.see("permission to manage users")
	b.see(boss.email)
	b.look("refused")
	b.expect("")
}

// giveRole gives or takes a role: what is chosen already is taken.
func (b *tab) giveRole(who person, role string) {
	b.t.Helper()
	b.visit("/account/users")
	b.look("users")
	b.submit("link", "Change roles "+who.email)
	b.look("roles")
	b.click("checkbox", role)
	b.submit("button", "Save")
	b.proved()
	b.at("/account/users")
}

// proved types the password where the portal asks for it once more.
func (b *tab) proved() {
	b.t.Helper()
	if !strings.Contains(b.text(), "enter your password to go on") {
		return
	}
	b.fill("Password", goodPassword)
	b.submit("button", "Go on")
}

// closes keeps budi out, lets him in again, and removes him.
func (b *tab) closes(staff *tab) {
	b.t.Helper()
	b.submit("link", "Deactivate "+budi.email)
	b.look("user-deactivate")
	b.submit("button", "Deactivate")
	b.proved()
	b.see("(not active)")
	b.look("users-inactive")
	staff.expect("422")
	staff.visit("/login")
	staff.logIn(budi, goodPassword)
	staff.see("Email or password is not right.")
	staff.expect("")
	b.submit("link", "Activate "+budi.email)
	b.look("user-activate")
	b.submit("button", "Activate")
	b.proved()
	staff.visit("/login")
	staff.logIn(budi, goodPassword)
	staff.see("Your roles: Customer Service")
	b.submit("link", "Remove "+budi.email)
	b.look("user-remove")
	b.submit("button", "Remove")
	b.proved()
	b.see("The account is removed.")
	staff.visit("/sandbox/dashboard")
	staff.see("Login")
}

// In Bahasa Indonesia, where every text is longer; and what somebody sees whose role is for Sandbox alone.
func TestStaffInBahasaIndonesia(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	boss, staff := open(t, p), open(t, p)
	boss.signUp(sari, box)
	boss.submit("button", "ID")
	boss.fill("Email", sari.email)
	boss.fill("Kata sandi", goodPassword)
	boss.submit("button", "Masuk ke akun saya")
	boss.visit("/account/users/invite")
	boss.look("invite")
	boss.fill("Email", budi.email)
	for _, role := range []string{"Staf TI Sandbox", "Staf Keuangan"} {
		boss.click("checkbox", role)
	}
	boss.click("checkbox", "Staf Keuangan") // taken back
	boss.submit("button", "Kirim undangan")
	boss.see("(email belum dikonfirmasi)")

	staff.visit("/login")
	staff.submit("button", "ID")
	staff.visit(box.wait(t, budi.email, "Anda diundang ke Merchant Portal").action())
	staff.look("invitation")
	staff.fill("Nama lengkap", budi.name)
	staff.fill("Nomor telepon", budi.phone)
	staff.fill("Kata sandi", goodPassword)
	staff.fill("Ulangi kata sandi", goodPassword)
	staff.submit("button", "Bergabung")
	staff.fill("Email", budi.email)
	staff.fill("Kata sandi", goodPassword)
	staff.submit("button", "Masuk ke akun saya")
	staff.at("/sandbox/dashboard")
	staff.look("dashboard-sandbox-staff")
	staff.expect("403")
	staff.visit("/production/settings/access-keys")
	staff.see("Ini milik Production")
	staff.look("refused-production")
	staff.expect("")

	boss.visit("/account/users")
	boss.look("users")
	boss.submit("link", "Ubah peran "+budi.email)
	boss.look("roles")
	boss.visit("/account/users")
	boss.submit("link", "Hapus "+budi.email)
	boss.look("user-remove")
}
