package envswitch

import (
	"context"
	"slices"
	"strconv"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// Checklist is all that handing in a registration asks for, as it is now.
type Checklist struct {
	Activation
	Particulars Particulars
	Documents   []Document
}

// Checklist reads it, in the transaction of ctx if there is one.
func (s *Activations) Checklist(ctx context.Context, m ids.MerchantID) (c Checklist, err error) {
	if c.Activation, err = s.Of(ctx, m); err != nil {
		return c, err
	}
	if c.Particulars, err = s.Business.Particulars(ctx, m); err != nil {
		return c, err
	}
	c.Documents, err = s.Documents.List(ctx, m)
	return c, err
}

// Document gives the document of a kind.
func (c Checklist) Document(k DocumentKind) (Document, bool) {
	i := slices.IndexFunc(c.Documents, func(d Document) bool { return d.Kind == k })
	if i < 0 {
		return Document{}, false
	}
	return c.Documents[i], true
}

// Surplus lists the documents that the merchant, being what it is, need not hand in: those from before it chose another entity.
func (c Checklist) Surplus() (found []Document) {
	for _, d := range c.Documents {
		if !c.Entity.asksFor(d.Kind) {
			found = append(found, d)
		}
	}
	return found
}

// Steps counts what is asked for, and what of it is there: the particulars, what the merchant is, what it sells, and each document. Which documents is not
// known before the entity is: they count as one then.
func (c Checklist) Steps() (done, total int) {
	needed := []bool{c.Particulars.Complete(), c.Entity != "", c.Business != ""}
	for _, kind := range c.Entity.Documents() {
		_, there := c.Document(kind)
		needed = append(needed, there)
	}
	if c.Entity == "" {
		needed = append(needed, false)
	}
	for _, there := range needed {
		if there {
			done++
		}
	}
	return done, len(needed)
}

// missing is nil, or what is missing, by field: general, entity, business, and kinds of documents.
func (c Checklist) missing() error {
	refused := &fault.Error{Kind: fault.Invalid, Public: fault.Message{ID: "activation.incomplete"}}
	lacks := func(name, id string) {
		refused.Fields = append(refused.Fields, fault.Field{Name: name, Message: fault.Message{ID: id}})
	}
	if !c.Particulars.Complete() {
		lacks("general", "activation.general_missing")
	}
	if c.Entity == "" {
		lacks("entity", "activation.entity_missing")
	}
	if c.Business == "" {
		lacks("business", "activation.business_missing")
	}
	for _, kind := range c.Entity.Documents() {
		if _, there := c.Document(kind); !there {
			lacks(string(kind), "activation.document_missing")
		}
	}
	if len(refused.Fields) == 0 {
		return nil
	}
	return refused
}

// Submit hands the registration in: nothing of it can be changed until the operator has decided. A fault.Invalid says what is missing; ErrChanged, that
// somebody has saved other answers than those of the version. Documents that are not asked for are removed: nobody keeps what is not needed.
func (s *Activations) Submit(ctx context.Context, who activity.Actor, version int64) error {
	return s.change(ctx, who, func(ctx context.Context, a Activation, now time.Time) error {
		c, err := s.Checklist(ctx, who.Merchant)
		switch {
		case err != nil:
			return err
		case a.Version != version:
			return ErrChanged
		}
		if err := c.missing(); err != nil {
			return err
		}
		for _, d := range c.Surplus() {
			if err := s.remove(ctx, who, d, now); err != nil {
				return err
			}
		}
		a.Progress, a.Submission, a.Particulars, a.Reason = InReview, a.Submission+1, c.Particulars.JSON, ""
		a.SubmittedBy, a.SubmittedAt, a.DecidedAt, a.UpdatedAt = who.Person, now, time.Time{}, now
		if err := s.Store.Put(ctx, a); err != nil {
			return err
		}
		return s.tell(ctx, who, a, activity.ActivationSubmitted, outbox.ActivationSubmitted, now)
	})
}

// tell writes a step of a registration to the activity log and mails it, in the transaction of ctx.
func (s *Activations) tell(
	ctx context.Context, who activity.Actor, a Activation, action activity.Action, kind outbox.Kind, now time.Time,
) error {
	if err := s.note(ctx, who, action, strconv.Itoa(a.Submission), now); err != nil {
		return err
	}
	return s.Staff.TellAdministrators(ctx, who, outbox.Message{
		Kind: kind, Merchant: string(a.Merchant), Environment: string(ids.Production), At: now.UnixMilli(), Address: who.Address, Reason: a.Reason,
	})
}

// mayStill is MayStill for this room's one permission.
func (s *Activations) mayStill(ctx context.Context, who activity.Actor) error {
	return s.Staff.MayStill(ctx, who, auth.ActivateProduction, ids.Production)
}
