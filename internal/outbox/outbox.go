// Package outbox holds the type of a message that a change sends. Messages are queued in the change's own transaction and
// delivered by a worker: nobody waits for a mail server, and nothing is sent for a change that did not happen.
package outbox

import "context"

// Kind names a message; the mailer knows the words and the page that each leads to.
type Kind string

// The kinds.
const (
	ConfirmRegistration Kind = "confirm_registration" // Token: the confirmation link
	AlreadyRegistered   Kind = "already_registered"   // somebody signed up with an address that has an account
)

// Message is one mail. Token is the secret part of its link; the message as a whole is sealed while it waits.
type Message struct {
	Kind     Kind   `json:"kind"`
	To       string `json:"to"`
	Language string `json:"language"`
	Token    string `json:"token,omitempty"`
}

// Queue takes messages. Enqueue joins the transaction that ctx carries: enqueued once, delivered at least once.
type Queue interface {
	Enqueue(ctx context.Context, m Message) error
}
