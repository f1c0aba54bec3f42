// Package outbox holds the type of a message that a change sends. Messages are queued in the change's own transaction and
// delivered by a worker: nobody waits for a mail server, and nothing is sent for a change that did not happen.
package outbox

import "context"

// Kind names a message; the mailer knows the words and the page that each leads to.
type Kind string

// The kinds. After each, the fields that it fills in besides To and Language.
const (
	ConfirmRegistration Kind = "confirm_registration" // Token: the confirmation link
	AlreadyRegistered   Kind = "already_registered"   // somebody signed up with an address that has an account
	ResetPassword       Kind = "reset_password"       // Token: the link to choose a new password; At, Zone, Address, Browser: of who asked
	PasswordChanged     Kind = "password_changed"     // Token: the link "this was not me"; At, Zone, Address, Browser
	AccountLocked       Kind = "account_locked"       // Until: when the lock ends; At, Zone, Address, Browser
	NewBrowser          Kind = "new_browser"          // Token: the link "this was not me"; Browser, Address, At, Zone: of the first log-in from a browser not seen before
	AllowListSaved      Kind = "allow_list_saved"     // At, Zone, Address, Browser: of who saved it
	AllowListCleared    Kind = "allow_list_cleared"   // At, Zone
	PasswordExpires     Kind = "password_expires"     // Days: how many are left; Until: when the password ends; Zone
	// Of the second factor, with At, Zone, Address, Browser.
	AuthenticatorAdded   Kind = "authenticator_added"
	AuthenticatorRemoved Kind = "authenticator_removed"
	PasskeyAdded         Kind = "passkey_added"
	PasskeyRemoved       Kind = "passkey_removed"
	RecoveryCodesMade    Kind = "recovery_codes_made"
	RecoveryCodeUsed     Kind = "recovery_code_used" // Count: how many are left
	FactorsCleared       Kind = "factors_cleared"    // by the operator: At, Zone alone
	FactorRequired       Kind = "factor_required"    // the merchant requires one; Until: from when on; Zone
	// Of staff, with By and Merchant.
	Invited          Kind = "invited"           // Token: the link to join a merchant; By, Merchant
	InvitedElsewhere Kind = "invited_elsewhere" // an address that has an account was invited: By, Merchant
	RolesChanged     Kind = "roles_changed"     // By, Merchant, At, Zone, as with the three below
	AccountDisabled  Kind = "account_disabled"
	AccountEnabled   Kind = "account_enabled"
	AccountRemoved   Kind = "account_removed"
	// Of access keys, with By, Merchant, Environment, At, Zone and Address.
	SnapRegistered Kind = "snap_registered" // the first BI-SNAP credentials of an environment
	// Of access keys, with Merchant, Environment, Credential, LastFour, NewLastFour, Until (when the old key ends), Zone; At, Address and By of who did it.
	KeyRotated     Kind = "key_rotated"
	KeyReplaced    Kind = "key_replaced" // a rotation after which the old key ended at once
	KeyRetired     Kind = "key_retired"
	KeyExtended    Kind = "key_extended"
	RotationUndone Kind = "rotation_undone" // no Until: it has no end any more
	KeyEndsSoon    Kind = "key_ends_soon"   // At and Address of the old key's last use, At 0: none is known; NewUsed
	// Of the registration for Production, with Merchant, Environment and At; Address and By of who did it.
	ActivationSubmitted Kind = "activation_submitted"
	ActivationRejected  Kind = "activation_rejected" // Reason
	ActivationApproved  Kind = "activation_approved"
)

// ResetRequested is no letter: somebody asked for a reset link for the address To. A worker decides whether there is an account to send
// one to, so that the request itself costs the same for a known and an unknown address (C022).
const ResetRequested Kind = "reset_requested"

// Message is one mail. Token is the secret part of its link; the message as a whole is sealed while it waits. What a kind does not need
// stays empty, and a letter leaves out what is empty.
type Message struct {
	Kind     Kind   `json:"kind"`
	To       string `json:"to"`
	Language string `json:"language"`
	Token    string `json:"token,omitempty"`
	At       int64  `json:"at,omitempty"`       // when it happened, in Unix milliseconds; 0: not told
	Until    int64  `json:"until,omitempty"`    // when it ends, in Unix milliseconds; 0: not told
	Zone     string `json:"zone,omitempty"`     // IANA name of the receiver's time zone; "": Asia/Jakarta
	Address  string `json:"address,omitempty"`  // IP address that it came from
	Browser  string `json:"browser,omitempty"`  // in words, such as "Chrome on Windows"
	Days     int    `json:"days,omitempty"`     // days left
	Count    int    `json:"count,omitempty"`    // of what is left
	By       string `json:"by,omitempty"`       // e-mail address of who did it
	Merchant string `json:"merchant,omitempty"` // Merchant ID

	Environment string `json:"environment,omitempty"` // as stored
	Credential  string `json:"credential,omitempty"`  // kind of access key, as stored
	LastFour    string `json:"lastFour,omitempty"`    // last characters of the key that is or was to end
	NewLastFour string `json:"newLastFour,omitempty"` // and of the one that stands in for it
	NewUsed     bool   `json:"newUsed,omitempty"`     // whether that one has been used

	Reason string `json:"reason,omitempty"` // in the operator's words
}

// Queue takes messages. Enqueue joins the transaction that ctx carries: enqueued once, delivered at least once.
type Queue interface {
	Enqueue(ctx context.Context, m Message) error
}
