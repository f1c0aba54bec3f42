package envswitch

import (
	"context"
	"errors"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
)

// Progress says how far a merchant's registration for Production is, as stored.
type Progress string

// The stages. From InReview on the answers and documents are locked; a rejection opens them again.
const (
	Draft    Progress = "draft"
	InReview Progress = "in_review"
	Rejected Progress = "rejected"
	Approved Progress = "approved"
)

// Activation is a merchant's registration for Production. The zero Version says that nothing was saved yet.
type Activation struct {
	Merchant    ids.MerchantID
	Version     int64 // of the answers and the stage; documents do not count
	Progress    Progress
	Entity      Entity
	Business    string       // what the merchant sells
	Submission  int          // how often it was handed in
	Particulars string       // what the merchant said of itself when it was handed in last: JSON
	SubmittedBy ids.PersonID // who handed it in last
	SubmittedAt time.Time    // zero: not yet
	DecidedAt   time.Time    // of the last submission; zero: not yet
	Reason      string       // why the last submission was rejected
	UpdatedAt   time.Time
}

// Open reports whether answers and documents can be changed.
func (a Activation) Open() bool { return a.Progress == Draft || a.Progress == Rejected }

// Since is when it came to the stage where it is; of a draft, when it was saved last.
func (a Activation) Since() time.Time {
	switch a.Progress {
	case InReview:
		return a.SubmittedAt
	case Rejected, Approved:
		return a.DecidedAt
	default:
		return a.UpdatedAt
	}
}

// Refusals of a registration (docs/adr/0029). All but the last one are of acts that came too late, or twice.
var (
	// ErrChanged: somebody else has saved the answers since they were looked at.
	ErrChanged error = fault.New(fault.Conflict, "activation.changed")
	// ErrLocked: what is in review cannot be changed.
	ErrLocked error = fault.New(fault.Conflict, "activation.locked")
	// ErrActive: Production is active already.
	ErrActive error = fault.New(fault.Conflict, "activation.active")
	// ErrNotAskedFor: the merchant, being what it is, hands in no document of that kind.
	ErrNotAskedFor error = fault.New(fault.Conflict, "activation.not_asked_for")
	// ErrNotInReview: there is nothing to decide about.
	ErrNotInReview error = fault.New(fault.Conflict, "activation.not_in_review")
	// ErrOtherSubmission: another submission is in review than the one that was meant.
	ErrOtherSubmission error = fault.New(fault.Conflict, "activation.other_submission")
)

// ActivationStore keeps registrations.
type ActivationStore interface {
	// Get reads a merchant's registration, or ErrNotFound where nothing was saved yet.
	Get(ctx context.Context, m ids.MerchantID) (Activation, error)
	// Put stores a registration as the next version of the one that it was read as (Version 0: as the first), or gives ErrChanged where that is not the
	// stored one any more.
	Put(ctx context.Context, a Activation) error
	// Touch notes a change of documents, or gives ErrLocked where there is no registration that is open.
	Touch(ctx context.Context, m ids.MerchantID, at time.Time) error
	// List reads all: those in review first, the oldest first, then those rejected, begun and approved.
	List(ctx context.Context) ([]Listed, error)
	// Activate opens Production, or gives ErrActive where it is open.
	Activate(ctx context.Context, m ids.MerchantID) error
}

// Listed is a registration with its merchant's name, which people chose: see that it cannot do harm where it is shown.
type Listed struct {
	Activation
	Name string
}

// Particulars are what a merchant says of itself in Production: how many of the fields that are needed are filled in, and all of it as JSON.
type Particulars struct {
	Filled, Total int
	JSON          string
}

// Complete reports whether nothing needed is missing.
func (p Particulars) Complete() bool { return p.Filled == p.Total }

// Business is where the particulars come from: the room of settings has them.
type Business interface {
	// Particulars reads them, in the transaction of ctx if there is one.
	Particulars(ctx context.Context, m ids.MerchantID) (Particulars, error)
}

// Opening is what an environment gets when it becomes active: keys.Service makes its keys.
type Opening interface {
	// Issue makes the first keys of an environment, in the transaction of ctx.
	Issue(ctx context.Context, m ids.MerchantID, env ids.Environment, at time.Time) error
}

// Staff is what this room asks of the people of a merchant: auth.Service has it.
type Staff interface {
	// MayStill reads, in the transaction of ctx, whether who acts has a permission in an environment: a refusal where not.
	MayStill(ctx context.Context, who activity.Actor, permission string, env ids.Environment) error
	// TellAdministrators mails, in the transaction of ctx, to the merchant's Administrators and to whoever acted.
	TellAdministrators(ctx context.Context, who activity.Actor, letter outbox.Message) error
}

// Sealer gives the box of an environment.
type Sealer interface {
	// Environment gives the box of env, or an error if its keyset is gone.
	Environment(env ids.Environment) (*seal.Box, error)
}

// Activations is the part of the room in which a merchant gets Production: answers and documents, handed in, decided about by the operator.
type Activations struct {
	Store        ActivationStore
	Documents    DocumentStore
	Environments Store
	Business     Business
	Opening      Opening
	Tx           Transactor
	Log          activity.Log
	Sealer       Sealer
	Staff        Staff
	Now          func() time.Time
}

// Of reads how far a merchant's registration is: a draft of version 0 where nothing was saved yet, approved where Production is active for whatever reason.
func (s *Activations) Of(ctx context.Context, m ids.MerchantID) (Activation, error) {
	state, err := s.Environments.State(ctx, m, ids.Production)
	if err != nil {
		return Activation{}, err
	}
	a, err := s.Store.Get(ctx, m)
	if errors.Is(err, ErrNotFound) {
		a, err = Activation{Merchant: m, Progress: Draft}, nil
	}
	if state == Active {
		a.Progress = Approved
	}
	return a, err
}

// Answers are what a merchant says for the registration beside its particulars. Either may be empty until it is handed in. Version is that of the
// registration that they were written on.
type Answers struct {
	Version  int64  `form:"version"`
	Entity   Entity `form:"entity" validate:"omitempty,entity"`
	Business string `form:"business" validate:"omitempty,text,max=500"`
}

// rules are the rules of this room's fields, by the name used in validate tags.
var rules = form.Rules{"entity": knownEntity}

// normal is the stored form: no space around it, one line ending.
func (a Answers) normal() Answers {
	a.Business = strings.TrimSpace(strings.ReplaceAll(a.Business, "\r\n", "\n"))
	return a
}

// Save stores the answers. What breaks a rule gives a fault.Invalid with a message per field; ErrChanged where somebody has saved others meanwhile.
func (s *Activations) Save(ctx context.Context, who activity.Actor, answers Answers) error {
	answers = answers.normal()
	if err := form.New(rules).Check(answers); err != nil {
		return err
	}
	return s.change(ctx, who, func(ctx context.Context, a Activation, now time.Time) error {
		if a.Version != answers.Version {
			return ErrChanged
		}
		a.Entity, a.Business, a.UpdatedAt = answers.Entity, answers.Business, now
		if err := s.Store.Put(ctx, a); err != nil {
			return err
		}
		return s.note(ctx, who, activity.ActivationSaved, "", now)
	})
}

// change runs an act on a registration in a transaction, if who asks may still do that, and nothing is locked.
func (s *Activations) change(ctx context.Context, who activity.Actor, act func(ctx context.Context, a Activation, now time.Time) error) error {
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		if err := s.mayStill(ctx, who); err != nil {
			return err
		}
		a, err := s.Of(ctx, who.Merchant)
		switch {
		case err != nil:
			return err
		case a.Progress == Approved:
			return ErrActive
		case !a.Open():
			return ErrLocked
		}
		return act(ctx, a, s.Now())
	})
}

// note writes an act to the activity log, in the transaction of ctx.
func (s *Activations) note(ctx context.Context, who activity.Actor, action activity.Action, target string, at time.Time) error {
	return s.Log.Record(ctx, activity.Entry{
		Actor: who, Environment: ids.Production, Action: action, Target: target, Outcome: activity.Done, At: at,
	})
}
