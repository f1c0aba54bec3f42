// Package auth knows who somebody is: merchants, people, their passwords, registrations, and what a session may claim.
// It refuses to know how a page or a table looks: it declares the small stores that it needs, and others implement them.
// Every check of a password goes through one gate here (Hasher), and no rule about accounts lives anywhere else.
package auth

import (
	"context"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// What auth answers with. Each is one value, so that callers compare with errors.Is.
var (
	// ErrBadCredentials: no such person, or not this password. One answer for both (C020).
	ErrBadCredentials error = fault.New(fault.Invalid, "auth.bad_credentials")
	// ErrUnconfirmed: the right password of a registration that nobody has confirmed.
	ErrUnconfirmed error = fault.New(fault.Invalid, "auth.unconfirmed")
	// ErrBadLink: a mailed link that is unknown, used or too old. One answer for all (C024).
	ErrBadLink error = fault.New(fault.Invalid, "auth.bad_link")
	// ErrWrongPassword: a password asked for within a session, or on the confirmation page, is not the right one.
	ErrWrongPassword error = fault.InvalidField("password", "auth.wrong_password", nil)
	// ErrPhoneTaken: the phone number belongs to somebody else; at confirmation, by now.
	ErrPhoneTaken error = fault.New(fault.Conflict, "auth.phone_taken")
	// ErrEmailTaken: at confirmation the address belongs to an account by now.
	ErrEmailTaken error = fault.New(fault.Conflict, "auth.email_taken")
	// ErrMerchantIDTaken: the drawn Merchant ID exists; the service draws again.
	ErrMerchantIDTaken error = fault.New(fault.Conflict, "auth.merchant_id_taken")
	// ErrPasswordChanged: the password was changed while another one was being chosen (C053).
	ErrPasswordChanged error = fault.New(fault.Conflict, "password.changed_meanwhile")
	// ErrWrongCode: a code that is not right now, is used up, or belongs to nobody here. One answer for all.
	ErrWrongCode error = fault.InvalidField("code", "factor.wrong_code", nil)
	// ErrFactorTaken: the person has an authenticator already, or the passkey is somebody's.
	ErrFactorTaken error = fault.New(fault.Conflict, "factor.taken")
	// ErrNotFound: the store has no such row.
	ErrNotFound error = fault.New(fault.NotFound, "fault.not_found")
)

// Merchant is a business that uses the portal.
type Merchant struct {
	ID        ids.MerchantID
	Name      string // the business name of the registration
	CreatedAt time.Time
}

// Person is somebody of a merchant's staff who can sign in.
type Person struct {
	ID            ids.PersonID
	Merchant      ids.MerchantID
	Name          string
	Email         string // as typed; EmailKey(Email) is unique
	Phone         string // +62…, unique
	Roles         Roles
	Language      string // "en" or "id"
	Timezone      string // IANA name
	Theme         string // "system", "light" or "dark"
	State         State
	PasswordHash  string // PHC string
	PasswordSetAt time.Time
	CreatedAt     time.Time
}

// State says whether somebody can sign in. Who has no account yet has an invitation or a registration instead.
type State string

// The states.
const (
	Active   State = "active"
	Disabled State = "disabled" // for a while: to the outside like an address without an account (C020)
	Removed  State = "removed"  // for good: the row stays for the activity log, address and number are free
)

// Registration is a sign-up that waits for the click on its mailed link. Nothing of it is an account yet.
type Registration struct {
	ID            ids.RegistrationID
	BusinessName  string
	FullName      string
	Email         string
	Phone         string
	Language      string
	PasswordHash  string
	BrowserDigest []byte // SHA-256 of the secret that the registering browser keeps
	CreatedAt     time.Time
}

// Transactor makes one act one transaction: what fn writes through stores is written together or not at all. The
// transaction travels in fn's context; nested calls join it. fn may run more than once.
type Transactor interface {
	Do(ctx context.Context, fn func(ctx context.Context) error) error
}

// People stores merchants and the people in them.
type People interface {
	// Create adds a merchant and its first person. ErrMerchantIDTaken, ErrEmailTaken or ErrPhoneTaken where a unique value exists.
	Create(ctx context.Context, m Merchant, p Person) error
	// ByEmail finds a person by canonical address (EmailKey), or ErrNotFound.
	ByEmail(ctx context.Context, emailKey string) (Person, error)
	// ByID finds a person of a merchant, or ErrNotFound.
	ByID(ctx context.Context, m ids.MerchantID, id ids.PersonID) (Person, error)
	// SetPasswordHash replaces the hash old by hash, and nothing if the hash is no longer old (a re-hash, not a new password).
	SetPasswordHash(ctx context.Context, m ids.MerchantID, id ids.PersonID, old, hash string) error
	// SetLanguage stores the language that a person chose.
	SetLanguage(ctx context.Context, m ids.MerchantID, id ids.PersonID, language string) error
	// SetProfile stores what a person may change about themselves. ErrPhoneTaken where the number is somebody else's.
	SetProfile(ctx context.Context, m ids.MerchantID, id ids.PersonID, p Profile) error
	// MerchantName gives the name of a merchant, or ErrNotFound.
	MerchantName(ctx context.Context, m ids.MerchantID) (string, error)
}

// Passwords stores what becomes of passwords over time.
type Passwords interface {
	// Replace gives a person a new password set at a moment, and reports whether the hash was still p.PasswordHash; else it changes nothing.
	Replace(ctx context.Context, p Person, hash string, at time.Time) (bool, error)
	// AddPast adds a sealed hash to those that a person had.
	AddPast(ctx context.Context, p ids.PersonID, sealed []byte, at time.Time) error
	// Past gives all of them.
	Past(ctx context.Context, p ids.PersonID) ([][]byte, error)
	// Due lists up to limit people whose password was set after the first moment and not after the second, and whose last reminder was that
	// of so many days before its end (0: none).
	Due(ctx context.Context, reminded int, after, until time.Time, limit int) ([]Person, error)
	// SetReminded notes a reminder if the last one is still before and the password still that of p, and reports whether it did.
	SetReminded(ctx context.Context, p Person, before, now int) (bool, error)
}

// Resets stores the digests of mailed links to choose a new password. A dead one still counts as mailed.
type Resets interface {
	// Add stores a link.
	Add(ctx context.Context, p ids.PersonID, tokenDigest []byte, at time.Time) error
	// Count gives the number of links of a person that live and were made after live, or were made after mailed; none of them after until.
	Count(ctx context.Context, p ids.PersonID, live, mailed, until time.Time) (int, error)
	// Find gives whose a link is that is not dead, and when it was made, or ErrNotFound.
	Find(ctx context.Context, tokenDigest []byte) (m ids.MerchantID, p ids.PersonID, made time.Time, err error)
	// Use ends a link and reports whether it lived until then.
	Use(ctx context.Context, tokenDigest []byte, at time.Time) (bool, error)
	// EndAll ends all links of a person.
	EndAll(ctx context.Context, p ids.PersonID, at time.Time) error
	// DropOld drops those made before oldest. It is no part of an act: it looks at all of them.
	DropOld(ctx context.Context, oldest time.Time) error
}

// Registrations stores sign-ups and the digests of their mailed links.
type Registrations interface {
	// Add stores a registration and drops all but the newest keep ones of the same address.
	Add(ctx context.Context, r Registration, keep int) error
	// DropOld drops those created before oldest. It is no part of an act: it looks at all of them.
	DropOld(ctx context.Context, oldest time.Time) error
	// AddLink stores the digest of a mailed link to a registration; a registration may have several.
	AddLink(ctx context.Context, id ids.RegistrationID, tokenDigest []byte, at time.Time) error
	// ByLink finds the registration that a link leads to, if registration and link are not older than oldest; else ErrNotFound.
	ByLink(ctx context.Context, tokenDigest []byte, oldest time.Time) (Registration, error)
	// Newest finds the latest registration of a canonical address (EmailKey) not older than oldest, or ErrNotFound.
	Newest(ctx context.Context, emailKey string, oldest time.Time) (Registration, error)
	// RemoveAll drops every registration of a canonical address (EmailKey), links included.
	RemoveAll(ctx context.Context, emailKey string) error
}

// Browsers stores which browsers a person has signed in with.
type Browsers interface {
	// Of lists the browsers of a person.
	Of(ctx context.Context, p ids.PersonID) ([]string, error)
	// Add adds one and reports whether it was new. The oldest go where there are too many.
	Add(ctx context.Context, p ids.PersonID, browser string, at time.Time) (bool, error)
}

// Onboarding is what happens in the same transaction when a merchant comes into being: environments and first keys.
// cmd/portal hands it in, because those rooms stand above this one.
type Onboarding interface {
	MerchantCreated(ctx context.Context, m ids.MerchantID, at time.Time) error
}
