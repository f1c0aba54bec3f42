package activity

import (
	"context"
	"slices"
	"time"

	"merchant-portal/internal/ids"
)

// Actions lists every action, in the order of the filter: what people do about themselves first, then for the business. Each has words, "action." and
// its name, in the catalogs.
func Actions() []Action {
	return []Action{
		SignedIn, SignedOut, SessionEnded, PasswordRefused, CodeRefused, AddressRefused, AccessRefused, AccountLocked, AccountUnlocked, AlarmRaised,
		PasswordChanged, PasswordReset, ProfileSaved, FactorAdded, FactorRemoved, RecoveryCodesMade, RecoveryCodeUsed,
		MerchantRegistered, UserInvited, InvitationResent, InvitationWithdrawn, UserJoined, UserRolesChanged, UserDisabled, UserEnabled, UserRemoved,
		FactorsRequired, FactorsOptional, AllowListSaved, AllowListCleared,
		EnvironmentSwitched, GeneralSettingsSaved, PaymentSettingsSaved, SnapSettingsSaved, SettingsReverted, SettingsCopied,
		ActivationSaved, DocumentAdded, DocumentRemoved, DocumentRead, ActivationSubmitted, ActivationApproved, ActivationRejected,
		NotificationKeyMade, KeysIssued, KeyRevealed, KeyRotated, KeyEndMoved, KeyRetired,
		RotationUndone, SnapRegistered, ActivityExported,
	}
}

// aboutPeople are the actions whose target may be a person.
var aboutPeople = []Action{
	PasswordRefused, CodeRefused, AccountLocked, AccountUnlocked, AlarmRaised, PasswordReset, FactorRemoved, AddressRefused,
	UserJoined, UserRolesChanged, UserDisabled, UserEnabled, UserRemoved,
}

// ByOperator reports whether the action, where nobody stands for it, is a command of the operator; else it is the portal's own doing.
func (a Action) ByOperator() bool {
	return slices.Contains([]Action{AccountUnlocked, AllowListCleared, FactorRemoved, DocumentRead, ActivationApproved, ActivationRejected}, a)
}

// Filter says which entries are wanted. A field that is empty wants all.
type Filter struct {
	People      []ids.PersonID // who did it
	Address     string         // from which IP address
	Action      Action
	Environment ids.Environment
	Refused     bool      // only what was refused
	From, Until time.Time // from the first moment on, and before the second
}

// Cursor is a place in a list: after the entry with this time and id. The zero value is before the newest.
type Cursor struct {
	At int64 // unix milliseconds
	ID string
}

// Person is who an entry names. Somebody who was removed keeps the name.
type Person struct{ Name, Email string }

// Row is an entry as it is read: with the names of who acted and of whom it is about, empty where that is nobody.
type Row struct {
	Entry
	ID        string
	By, About Person
}

// Cursor is the place after the row.
func (r Row) Cursor() Cursor { return Cursor{r.At.UnixMilli(), r.ID} }

// Subject is the person that the entry is about, "" if it is about none.
func (e Entry) Subject() ids.PersonID {
	if slices.Contains(aboutPeople, e.Action) {
		return ids.PersonID(e.Target)
	}
	return ""
}

// Page is a part of a list, newest first. More says that older entries are there, or may be: Next leads to them. Looked is how many entries were looked
// through where the page was ended because of that, before it was full; else 0.
type Page struct {
	Rows   []Row
	More   bool
	Next   Cursor
	Looked int
}

// Reader reads the log of a merchant. What a page costs does not depend on the length of the log.
type Reader interface {
	// List gives at most limit entries that the filter wants, from a place on.
	List(ctx context.Context, m ids.MerchantID, f Filter, from Cursor, limit int) (Page, error)
	// PeopleWith gives the people of the merchant that have, or had, an e-mail address.
	PeopleWith(ctx context.Context, m ids.MerchantID, email string) ([]ids.PersonID, error)
}
