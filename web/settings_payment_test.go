package web

import (
	"net/http"
	"strings"
	"testing"
)

const sandboxPayment = "/sandbox" + paymentPath

// C108: what is no address of a server is refused at its field, with the reason; everything else that was typed comes back, and nothing is stored.
func TestARefusedAddressComesBackWithItsReason(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for typed, said := range map[string]string{
		"javascript:alert(1)":                  "An address begins with http:// or https://.",
		"data:text/html,<script>x</script>":    "An address begins with http:// or https://.",
		"https://sari:rahasia@toko.id":         "must not hold a user name or password",
		"https://2130706433/":                  "This is an IP address",
		"https://toko.id:8443/":                "not “8443”",
		"https://xn--zzzzzz99999.id":           "international host name is not valid",
		`https://toko.id/"><script>x</script>`: "Write %22 instead of",
		"https://toko.id/\u202egpj":            "cannot have “U+202E” in it",
	} {
		r := b.post(sandboxPayment, "version", "0", "error_redirect_url", typed, "finish_redirect_url", "https://toko.id/selesai", "payment_notification_url", "https://a.id\nhttps://b.id")
		page := body(t, r)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, said) || !strings.Contains(page, `href="#error_redirect_url"`) {
			t.Errorf("%q: %s, no %q in\n%s", typed, r.Status, said, page)
		}
		if !strings.Contains(page, `value="https://toko.id/selesai"`) || !strings.Contains(page, "https://a.id\nhttps://b.id</textarea>") || strings.Contains(page, "<script>x") {
			t.Errorf("%q: what was typed beside it is lost, or is markup:\n%s", typed, page)
		}
	}
	if page := body(t, b.get(sandboxPayment)); strings.Contains(page, "toko.id/selesai") {
		t.Error("something was stored")
	}
}

func TestOfSeveralAddressesTheWrongOneIsNamed(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	page := body(t, b.post(sandboxPayment, "version", "0", "payment_notification_url", "https://a.id,http://localhost,https://c.id"))
	if !strings.Contains(page, "Address 2: “localhost” is the machine itself") {
		t.Errorf("the page:\n%s", page)
	}
	b.post("/language", "language", "id")
	page = body(t, b.post(sandboxPayment, "version", "0", "payment_notification_url", "https://a.id,http://localhost,https://c.id"))
	if !strings.Contains(page, "Alamat 2: “localhost” adalah mesin itu sendiri") {
		t.Errorf("the page:\n%s", page)
	}
}

func TestAddressesAreSavedInEachEnvironmentAlone(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	r := b.post(sandboxPayment, "version", "0", "payment_notification_url", "https://a.id, https://bücher.id/n", "recurring_notification_url", "http://a.id/r")
	if r.StatusCode != http.StatusSeeOther {
		t.Fatal(r.Status)
	}
	page := body(t, b.get(sandboxPayment))
	for _, want := range []string{
		"Changed: Payment Notification URL, Recurring Notification URL.", ">https://a.id\nhttps://xn--bcher-kva.id/n</textarea>", "“bücher.id” is called as xn--bcher-kva.id.", `value="http://a.id/r"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "https:// is safer") {
		t.Error("Sandbox is told about http")
	}
	if page := body(t, b.get("/production"+paymentPath)); strings.Contains(page, "a.id") {
		t.Error("Production has them too")
	}
	b.post("/production"+paymentPath, "version", "0", "finish_redirect_url", "HTTP://a.id/r")
	if page := body(t, b.get("/production"+paymentPath)); strings.Count(page, "https:// is safer") != 1 || !strings.Contains(page, `value="HTTP://a.id/r"`) {
		t.Errorf("Production is not told about http:\n%s", page)
	}
}

func TestTheDashboardAsksForANotificationURL(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for _, env := range []string{"/sandbox", "/production"} {
		link := `href="` + env + paymentPath + `"`
		before := strings.Count(body(t, b.get(env+"/dashboard")), `data-state="done"`)
		if page := body(t, b.get(env+"/dashboard")); !strings.Contains(page, "Payment Notification URL") || !strings.Contains(page, link) {
			t.Errorf("%s does not ask", env)
		}
		b.post(env+paymentPath, "version", "0", "payment_notification_url", "https://toko.id")
		if after := strings.Count(body(t, b.get(env+"/dashboard")), `data-state="done"`); after != before+1 {
			t.Errorf("%s: %d steps are done, %d were", env, after, before)
		}
	}
}
