package auth

import (
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/form"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
)

// RegistrationLife is how long a sign-up waits for its confirmation before it is forgotten.
const RegistrationLife = 7 * 24 * time.Hour

// maxRegistrations is how many unconfirmed sign-ups of one address are kept: a stranger who signs up with it does not displace its owner's.
const maxRegistrations = 5

// Deps is what the service works with. All of it is required but Passkeys: without it there are none.
type Deps struct {
	People        People
	Registrations Registrations
	Passwords     Passwords
	Resets        Resets
	Locks         Locks
	Sessions      Sessions
	Browsers      Browsers
	KeptForms     KeptForms
	Staff         Staff
	Invitations   Invitations
	Factors       Factors
	RecoveryCodes RecoveryCodes
	Challenges    Challenges
	Requirements  Requirements
	AllowLists    AllowLists
	Alarms        Alarms
	Tx            Transactor
	Log           activity.Log
	Outbox        outbox.Queue
	Onboarding    Onboarding
	Hasher        *Hasher
	Box           *seal.Box    // seals what belongs to no environment
	Marker        *seal.Marker // tells addresses without an account apart
	Passkeys      *RelyingParty
	Rules         Rules
	Now           func() time.Time
}

// Service is the room's front door.
type Service struct {
	Deps
	checker *form.Checker
	queued  chan struct{} // attempts that wait for their slot
	limits  *Throttles    // by address
}

// New makes the service.
func New(d Deps) *Service {
	return &Service{
		Deps: d, checker: form.New(nil), queued: make(chan struct{}, maxQueued),
		limits: NewThrottles(d.Now),
	}
}
