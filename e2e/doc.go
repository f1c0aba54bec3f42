// Package e2e drives the built program in a real browser, as its user would: by accessible role and name, with mail received over
// real SMTP. It imports nothing of the portal and refuses to know how it works inside. A console error or a blocked resource that a step
// did not expect fails the test (C072).
package e2e
