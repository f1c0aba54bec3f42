package e2e

import (
	"strings"
	"testing"
)

// Somebody got a 401: the doctor says what was pasted, the bench what is wrong with a signature, and the snippets show how it is done; by keyboard and
// mouse alike, in every form, without a word of what was pasted staying on the page.
func TestDoctorBenchAndSnippetsHelpAfterA401(t *testing.T) {
	t.Parallel()
	p, box := start(t)
	b := open(t, p)
	b.signUp(sari, box)
	b.logIn(sari, goodPassword)
	b.submit("link", "Access Keys")
	clientKey := b.value("Client Key")
	b.submit("link", "Key doctor")
	b.look("doctor")
	b.fill("Key or credential", ` "`+clientKey+`" `)
	b.submit("button", "Examine")
	b.see("Your Client Key of Sandbox")
	b.see("Quotation marks stand around it.")
	b.see("Calls of the API take the Server Key")
	if b.value("Key or credential") != "" || strings.Contains(b.js("document.documentElement.outerHTML"), clientKey) {
		t.Error("what was pasted is on the page")
	}
	b.look("doctor-own")
	b.fill("Key or credential", "Mid-server-abcdefghijklmnopqrstu")
	b.submit("button", "Examine")
	b.see("Characters that are missing: 3.")
	b.look("doctor-unknown")
	b.expect("422")
	b.js(`String(document.querySelector("#secret_key").required = false)`)
	b.fill("Key or credential", "")
	b.submit("button", "Examine")
	b.see("Nothing was pasted.")
	b.look("doctor-empty")
	b.expect("")
	b.examinesSignatures(clientKey)
	b.copiesASnippet()
}

// examinesSignatures has requests looked at, of an access token and of a transaction.
func (b *tab) examinesSignatures(clientKey string) {
	b.t.Helper()
	b.submit("link", "Signature bench")
	b.look("bench-token")
	b.fill("Header lines", "X-CLIENT-KEY: "+clientKey+"\nX-TIMESTAMP: 2026-11-21 08:00:00\nX-SIGNATURE: YWJj")
	b.submit("button", "Check")
	b.see("In spite of its name, X-CLIENT-KEY is the Client ID")
	b.see("The time zone is missing.")
	b.look("bench-token-wrong")
	b.submit("link", "Transaction request")
	b.look("bench-request")
	b.fill("Path", "/v1.0/debit/status")
	b.fill("Access token", "abcdefghijklmnopqrstuvwxyz")
	b.fill("Request body", `{"a": 1}`)
	b.fill("X-TIMESTAMP", "2026-11-21T08:00:00+07:00")
	b.fill("X-SIGNATURE", "YWJj")
	b.submit("button", "Check")
	b.see("What the portal computes")
	if b.js(`document.querySelector("#secret_body").value`) != `{"a": 1}` || b.value("Access token") != "" {
		b.t.Error("the form comes back without its body, or with its token")
	}
	b.look("bench-request-wrong")
}

// copiesASnippet takes code away, and goes on in the other language.
func (b *tab) copiesASnippet() {
	b.t.Helper()
	b.submit("link", "Snippets")
	b.see("Ask for a transaction's status")
	b.look("snippets")
	b.submit("link", "Python")
	b.see("Python 3.8")
	b.click("button", "Copy")
	b.see("Copied")
	b.look("snippets-python")
	b.js("document.querySelector('.languages button[value=id]').click(); ''")
	b.see("Tempat untuk rahasia")
	b.see("Python 3.8")
	b.submit("link", "Dokter kunci")
	b.fill("Kunci atau kredensial", "G123456789-SNAP")
	b.submit("button", "Periksa")
	b.see("Sepertinya: Client ID BI-SNAP")
	b.look("doctor-unknown")
}
