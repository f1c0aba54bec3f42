// Package activity holds the type of an entry of the activity log: who did what, where, when, and with what outcome
// (C116). An entry never holds a secret, a password, or a value that was typed.
package activity

import (
	"context"
	"time"

	"merchant-portal/internal/ids"
)

// Action names what was done, object first, as stored and later filtered by.
type Action string

// The actions.
const (
	MerchantRegistered   Action = "merchant.registered"
	KeysIssued           Action = "keys.issued"
	KeyRevealed          Action = "key.revealed"
	KeyRotated           Action = "key.rotated"         // Target: the new key's id, as with the reveal; below, the old one's
	KeyEndMoved          Action = "key.end_moved"       // it works longer
	KeyRetired           Action = "key.retired"         // before its time was over
	RotationUndone       Action = "key.rotation_undone" // it has no end any more
	SnapRegistered       Action = "snap.registered"     // the first BI-SNAP credentials
	SignedIn             Action = "session.signed_in"
	SignedOut            Action = "session.signed_out"
	SessionEnded         Action = "session.ended"    // from another session, or because there were too many; Target: its id
	PasswordRefused      Action = "password.refused" // a wrong one, on any path
	PasswordChanged      Action = "password.changed"
	PasswordReset        Action = "password.reset" // by a mailed link
	AccountLocked        Action = "account.locked"
	AccountUnlocked      Action = "account.unlocked" // by the operator
	ProfileSaved         Action = "profile.saved"
	EnvironmentSwitched  Action = "environment.switched"
	GeneralSettingsSaved Action = "settings.general_saved"
	PaymentSettingsSaved Action = "settings.payment_saved"
	SnapSettingsSaved    Action = "settings.bi_snap_saved"
	SettingsReverted     Action = "settings.reverted"     // Target: page and version of the change that was taken back, as in "general/12"
	SettingsCopied       Action = "settings.copied"       // from the other environment; Target: page and the version that it became, as above
	NotificationKeyMade  Action = "notification_key.made" // Target: its id
	ActivationSaved      Action = "activation.saved"
	DocumentAdded        Action = "activation.document_added" // Target: its kind, as with the two below
	DocumentRemoved      Action = "activation.document_removed"
	DocumentRead         Action = "activation.document_read" // by one of the merchant's people, or by the operator
	ActivationSubmitted  Action = "activation.submitted"     // Target: the number of the submission, as with the two below
	ActivationApproved   Action = "activation.approved"      // by the operator
	ActivationRejected   Action = "activation.rejected"      // by the operator
	UserInvited          Action = "user.invited"             // Target: the address
	InvitationResent     Action = "invitation.resent"
	InvitationWithdrawn  Action = "invitation.withdrawn"
	UserJoined           Action = "user.joined"
	UserRolesChanged     Action = "user.roles_changed" // Target: the person, as with the three below
	UserDisabled         Action = "user.disabled"
	UserEnabled          Action = "user.enabled"
	UserRemoved          Action = "user.removed"
	CodeRefused          Action = "code.refused"     // a wrong one of a second factor, on any path
	FactorAdded          Action = "factor.added"     // Target: its kind, as below
	FactorRemoved        Action = "factor.removed"   // by its owner; all of them by the operator, Target: the person
	FactorsRequired      Action = "factors.required" // of everybody
	FactorsOptional      Action = "factors.optional"
	RecoveryCodesMade    Action = "recovery_codes.made"
	RecoveryCodeUsed     Action = "recovery_code.used"
	AllowListSaved       Action = "ip_allow_list.saved"
	AllowListCleared     Action = "ip_allow_list.cleared" // by the operator
	AddressRefused       Action = "address.refused"       // a log-in, or a form in a session, from outside that list
	AlarmRaised          Action = "account.alarm_raised"  // somebody said by a mailed link that it was not them
	AccessRefused        Action = "access.refused"        // a form sent without the permission for it; Target: the permission
	ActivityExported     Action = "activity.exported"
)

// Outcome says whether the act was done or refused.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Actor is who acts, and from which address: a person, or nobody yet (a registration being confirmed).
type Actor struct {
	Merchant ids.MerchantID
	Person   ids.PersonID
	Address  string // IP address, "" for commands of the operator
}

// Entry is one line of the log. Environment is empty for acts that belong to none, Target names the object by its public id.
type Entry struct {
	Actor
	Environment ids.Environment
	Action      Action
	Target      string
	Outcome     Outcome
	At          time.Time
}

// Log takes entries. Record joins the transaction that ctx carries: if it fails, the change that it describes fails with it.
type Log interface {
	Record(ctx context.Context, e Entry) error
}
