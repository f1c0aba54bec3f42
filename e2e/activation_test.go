package e2e

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scans are the files that a person has ready: by name, what is in them.
func scans(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 20, 12))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"ktp sari wijaya, scan dari telepon genggam 21 November 2026.png": picture.Bytes(), "npwp.pdf": []byte("%PDF-1.7\n%x\nstartxref\n9\n%%EOF\n"), "letter.pdf": []byte("Dear all"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// operator runs a command beside the portal.
func (p *portal) operator(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, append(args, "--data", p.data)...)
	c.Env = slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, "PORTAL_") })
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// From the first click to keys of Production: what is missing is named, a file that is none is refused at its place, the operator rejects with a reason and
// approves what comes then, with mails at each step (C091).
func TestProductionIsActivated(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b, folder := open(t, p), scans(t)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.see("One more step: complete your registration")
	b.submit("link", "Go to the registration for Production")
	b.at("/production/activation")
	b.see("0 of 4 steps done")
	b.look("activation-empty")
	b.tellsWhatItIs(folder)
	b.completesProduction()
	b.visit("/production/activation")
	b.see("5 of 5 steps done")
	b.look("activation-complete")
	b.submit("button", "Submit for review")
	b.see("In review")
	b.look("activation-review")
	box.wait(t, sari.email, "Your registration for Production is in review")

	merchant := strings.Fields(p.operator(t, "activation", "list"))[0]
	p.operator(t, "activation", "reject", merchant, "1", "--reason", "Your website cannot be reached from here.\nPlease see to it that https://tokobunga.id answers, then submit again.")
	b.visit(box.wait(t, sari.email, "Your registration for Production needs a change").action())
	b.see("Your website cannot be reached from here.")
	b.look("activation-rejected")
	b.visit("/production/dashboard")
	b.see("needs a change")
	b.look("dashboard-rejected")
	b.visit("/production/activation")
	b.click("DisclosureTriangle", "Your account: "+sari.business)
	b.submit("button", "ID")
	b.look("activation-rejected")
	b.submit("button", "Ajukan untuk ditinjau")
	b.see("Pengajuan ke-2 diserahkan")
	b.look("activation-review")
	b.visit("/production/dashboard")
	b.look("dashboard-review")
	p.operator(t, "activation", "approve", merchant, "2")
	b.visit(box.wait(t, sari.email, "Production sudah aktif").action())
	b.at("/production/settings/access-keys")
	if text := b.text(); strings.Contains(text, "Belum ada kunci") || !strings.Contains(text, "Server Key") {
		t.Errorf("no keys:\n%s", text)
	}
	b.visit("/production/activation")
	b.see("Usaha Anda telah disetujui.")
	b.look("activation-approved")
}

// tellsWhatItIs gives answers and documents, one of which is refused first.
func (b *tab) tellsWhatItIs(folder string) {
	b.t.Helper()
	b.choose("What you are", "Indiv")
	b.fill("What you sell", "Bunga potong dan karangan bunga, diantar di Jakarta, lewat tokobunga.id")
	b.submit("button", "Save")
	b.see("Your answers are saved.")
	b.upload("identity_card", filepath.Join(folder, "letter.pdf"))
	b.expect("422")
	b.submit("button", "Upload Identity card (KTP)")
	b.see("This is not a PDF, PNG or JPEG.")
	b.look("activation-refused")
	b.expect("")
	b.upload("identity_card", filepath.Join(folder, "ktp sari wijaya, scan dari telepon genggam 21 November 2026.png"))
	b.submit("button", "Upload Identity card (KTP)")
	b.see("The document is stored.")
	b.upload("tax_number", filepath.Join(folder, "npwp.pdf"))
	b.submit("button", "Upload Tax number (NPWP)")
	b.see("4 of 5 steps done")
	b.look("activation-partly")
}

// completesProduction fills in the General Settings of Production.
func (b *tab) completesProduction() {
	b.t.Helper()
	b.submit("link", "Open General Settings")
	for field, text := range map[string]string{
		"Merchant Name": "Toko Bunga Sari", "Merchant URL": "tokobunga.id", "Merchant Email": "toko@tokobunga.test", "Director Name": "Sari Wijaya",
		"Director Phone": "0812345678", "NPWP": "123456789012345", "NPWP Name": "Sari Wijaya", "Business Address": "Jalan Melati 1, Jakarta",
	} {
		b.fill(field, text)
	}
	b.choose("Timezone", "WIB (")
	b.submit("button", "Save")
	b.see("9 of the 9 fields")
}
