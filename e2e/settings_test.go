package e2e

import (
	"testing"
)

const (
	production = "/production/settings/general"
	compare    = "/settings/compare"
)

// saves fills in a page of General Settings and saves it.
func (b *tab) saves(path string, fields map[string]string) {
	b.t.Helper()
	b.visit(path)
	for name, text := range fields {
		b.fill(name, text)
	}
	b.submit("button", "Save")
	b.see("Your settings have been updated.")
}

// joins makes somebody a Developer of the merchant of boss, in a browser of their own.
func (b *tab) joins(who person, boss *tab, box *mailbox) {
	b.t.Helper()
	boss.visit("/account/users/invite")
	boss.fill("Email", who.email)
	boss.click("checkbox", "Developer / IT Staff")
	boss.submit("button", "Send the invitation")
	boss.see("The invitation is on its way.")
	b.visit(box.wait(b.t, who.email, "You are invited to Merchant Portal").action())
	b.fill("Full name", who.name)
	b.fill("Phone number", who.phone)
	b.fill("Password", goodPassword)
	b.fill("Confirm password", goodPassword)
	b.submit("button", "Join")
	b.logIn(who, goodPassword)
}

// Two people: what one copies into Production is reviewed before, is not done where the other one saves meanwhile, overtakes a form that the other one has
// open, and is undone as a whole (C077).
func TestSettingsAreComparedCopiedAndTheCopyUndone(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	boss, developer := open(t, p), open(t, p)
	boss.signUp(sari, box)
	boss.logIn(sari, goodPassword)
	boss.visit(compare)
	boss.see("Sandbox and Production have the same settings.")
	boss.look("compare-same")
	boss.saves(general, map[string]string{
		"Merchant Name": "Toko Bunga Sari", "Director Name": "Sari Wijaya Kusumaningrum", "Business Address": "Jalan Melati 12\nJakarta 10110", "NPWP Name": "Sari",
	})
	boss.saves(production, map[string]string{"Merchant Name": "Toko Lama", "NPWP Name": "Sari"})
	developer.joins(budi, boss, box)

	developer.reviews()

	boss.saves(production, map[string]string{"Merchant Name": "Toko Baru"})
	developer.expect("409")
	developer.submit("button", "Copy to Production")
	developer.see("The settings have changed since you looked at them")
	developer.see("Toko Baru")
	developer.look("copy-moved")
	developer.expect("")
	boss.visit(production)
	boss.fill("Merchant Name", "Toko Terbaru")
	developer.submit("button", "Copy to Production")
	developer.see("Copied to Production")
	developer.look("copied")
	boss.expect("409")
	boss.submit("button", "Save")
	boss.see(budi.name)
	boss.see("Toko Bunga Sari")
	boss.expect("")

	developer.submit("button", "Undo this copy")
	developer.see("The copy is undone.")
	developer.look("copy-undone")
	developer.visit(production)
	if name := developer.value("Merchant Name"); name != "Toko Baru" {
		t.Errorf("after the undo it is %q", name)
	}
	developer.visit(general)
	if name := developer.value("Merchant Name"); name != "Toko Bunga Sari" {
		t.Errorf("Sandbox has %q", name)
	}
	developer.visit(production + "/history")
	developer.see("Version 4")
	developer.inBahasaIndonesia()
}

// reviews comes from a page of settings to the review of a copy into Production, forgetting to choose at first.
func (b *tab) reviews() {
	b.t.Helper()
	b.visit(general)
	b.submit("link", "Compare environments")
	b.at(compare)
	b.see("Fields that differ: 3 of")
	b.look("compare")
	b.expect("422")
	b.submit("button", "Copy to Production…")
	b.see("No field was chosen.")
	b.expect("")
	b.visit(compare)
	b.click("checkbox", "Merchant Name")
	b.click("checkbox", "Business Address")
	b.submit("button", "Copy to Production…")
	b.see("Copy to Production?")
	b.see("Sandbox: version 1. Production: version 1.")
	b.look("copy-review")
}

// inBahasaIndonesia looks at the same pages where every text is longer.
func (b *tab) inBahasaIndonesia() {
	b.t.Helper()
	b.visit(compare)
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "ID")
	b.see("Isian yang berbeda: 3 dari")
	b.look("compare")
	b.click("checkbox", "Business Address")
	b.submit("button", "Salin ke Sandbox…")
	b.see("Salin ke Sandbox?")
	b.look("copy-review")
	b.submit("button", "Salin ke Sandbox")
	b.see("Disalin ke Sandbox")
	b.look("copied")
	b.submit("button", "Batalkan salinan ini")
	b.see("Salinan sudah dibatalkan.")
}

// C077: a form acts in the environment that it was opened in, whatever another tab did meanwhile, and after going back.
func TestAFormStaysInItsEnvironmentInEveryTab(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	first := open(t, p)
	first.signUp(sari, box)
	first.logIn(sari, goodPassword)
	first.visit(general)
	first.fill("Merchant Name", "Toko Sandbox")
	second := first.another()
	second.visit(general)
	second.choose("Environment", "Production")
	second.submit("button", "Switch")
	second.at(production)
	first.submit("button", "Save")
	first.at(general)
	first.see("Your settings have been updated.")
	second.fill("Merchant Name", "Toko Production")
	second.submit("button", "Save")
	second.at(production)

	first.visit(general)
	first.choose("Environment", "Production")
	first.submit("button", "Switch")
	first.at(production)
	first.js("history.back(); String(history.length)")
	first.until("the page of Sandbox", maxWait, func() bool { return first.location() == general })
	first.see("Saves for Sandbox only.")
	first.fill("Director Name", "Sari Sandbox")
	first.submit("button", "Save")
	first.at(general)
	for path, want := range map[string][2]string{general: {"Toko Sandbox", "Sari Sandbox"}, production: {"Toko Production", ""}} {
		second.visit(path)
		if name, director := second.value("Merchant Name"), second.value("Director Name"); name != want[0] || director != want[1] {
			t.Errorf("%s has %q and %q, want %q", path, name, director, want)
		}
	}
}
