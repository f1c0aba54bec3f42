package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// InvitationLife is how long the mailed link of an invitation works, counted from the mail: until just before (C056).
const InvitationLife = 7 * 24 * time.Hour

// A merchant sends at most maxInvitations mails with an invitation, sent again included, within invitationWindow: nobody's mailbox is flooded
// by somebody who signed up for that.
const (
	maxInvitations   = 20
	invitationWindow = time.Hour
)

// ErrInvited: the merchant has an invitation of this address already.
var ErrInvited error = fault.InvalidField("email", "invitation.is_invited", nil)

// Invitation is a mailed link to become one of a merchant's people. Nothing of it is an account yet (docs/adr/0018).
type Invitation struct {
	ID        ids.InvitationID
	Merchant  ids.MerchantID
	Email     string // as typed; EmailKey(Email) is unique within the merchant
	Roles     Roles
	Language  string       // of the mail: the inviter's
	InvitedBy ids.PersonID // who mailed it last
	MailedAt  time.Time
	CreatedAt time.Time
}

// Live reports whether its link works at a moment. One of the future was mailed before a clock was set back (C124).
func (i Invitation) Live(at time.Time) bool {
	age := at.Sub(i.MailedAt)
	return age < InvitationLife && age >= -maxSkew
}

// Invitations stores them, with the digests of their links alone.
type Invitations interface {
	// Of lists those of a merchant, by address.
	Of(ctx context.Context, m ids.MerchantID) ([]Invitation, error)
	// Add stores one. ErrInvited where the merchant has one of this address.
	Add(ctx context.Context, i Invitation, tokenDigest []byte) error
	// ByID finds one of a merchant, or ErrNotFound.
	ByID(ctx context.Context, m ids.MerchantID, id ids.InvitationID) (Invitation, error)
	// ByToken finds the one that a link leads to, or ErrNotFound.
	ByToken(ctx context.Context, tokenDigest []byte) (Invitation, error)
	// Renew gives one another link, mailed by somebody at a moment: the link before leads nowhere.
	Renew(ctx context.Context, m ids.MerchantID, id ids.InvitationID, tokenDigest []byte, by ids.PersonID, at time.Time) error
	// Remove drops one, or gives ErrNotFound.
	Remove(ctx context.Context, m ids.MerchantID, id ids.InvitationID) error
	// Mailed gives when a merchant's latest mails went out, at most limit of them and none from before since, the newest first.
	Mailed(ctx context.Context, m ids.MerchantID, since time.Time, limit int) ([]time.Time, error)
}

// MyInvitations lists those of a merchant, by address.
func (s *Service) MyInvitations(ctx context.Context, m ids.MerchantID) ([]Invitation, error) {
	return s.Invitations.Of(ctx, m)
}

// InvitationOf gives one of a merchant, or ErrNotFound (C093).
func (s *Service) InvitationOf(ctx context.Context, m ids.MerchantID, id ids.InvitationID) (Invitation, error) {
	return s.Invitations.ByID(ctx, m, id)
}

// Invite mails somebody a link to join the merchant of whoever acts. What is wrong with address or roles gives a fault.Invalid with fields, and too
// many mails within an hour a fault.TooMany. An address that has an account elsewhere looks like any other (C023): its owner alone is told.
func (s *Service) Invite(ctx context.Context, who activity.Actor, email string, roles []string) error {
	email = strings.TrimSpace(email)
	refused := &fault.Error{Kind: fault.Invalid}
	switch problem := form.Address(email); {
	case email == "":
		refused.Fields = append(refused.Fields, fault.Field{Name: "email", Message: fault.Message{ID: "form.required"}})
	case problem != nil:
		refused.Fields = append(refused.Fields, fault.Field{Name: "email", Message: *problem})
	}
	chosen, err := ChooseRoles(roles)
	if err != nil {
		refused.Fields = append(refused.Fields, fault.Field{Name: "role", Message: fault.FieldsOf(err)["role"]})
	}
	if len(refused.Fields) > 0 {
		return refused
	}
	at := s.Now()
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		boss, err := s.mayStill(ctx, who, ManageUsers)
		if err != nil {
			return err
		}
		if err := s.checkRoom(ctx, who.Merchant, email); err != nil {
			return err
		}
		i := Invitation{
			ID: ids.New[ids.InvitationID](), Merchant: who.Merchant, Email: email, Roles: chosen, Language: boss.Language, InvitedBy: boss.ID,
			MailedAt: at, CreatedAt: at,
		}
		token := NewToken()
		if err := s.Invitations.Add(ctx, i, TokenDigest(token)); err != nil {
			return err
		}
		return s.mailInvitation(ctx, who, boss, i, token, activity.UserInvited)
	})
}

// checkRoom refuses an address that a colleague or an invitation has, and one too many.
func (s *Service) checkRoom(ctx context.Context, m ids.MerchantID, email string) error {
	people, err := s.Staff.List(ctx, m)
	if err != nil {
		return err
	}
	if p, found := taken(people, email); found {
		if p.State == Disabled {
			return fault.InvalidField("email", "invitation.is_disabled", nil)
		}
		return fault.InvalidField("email", "invitation.is_member", nil)
	}
	open, err := s.Invitations.Of(ctx, m)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(open, func(i Invitation) bool { return EmailKey(i.Email) == EmailKey(email) }) {
		return ErrInvited
	}
	if len(people)+len(open) >= MaxStaff {
		return fault.InvalidField("email", "staff.full", map[string]any{"Most": MaxStaff})
	}
	return nil
}

// mailInvitation sends the link of an invitation, and writes that down. The owner of an account gets no link: an account belongs to one merchant.
func (s *Service) mailInvitation(ctx context.Context, who activity.Actor, boss Person, i Invitation, token string, what activity.Action) error {
	mailed, err := s.Invitations.Mailed(ctx, i.Merchant, i.MailedAt.Add(-invitationWindow), maxInvitations)
	if err != nil {
		return err
	}
	if len(mailed) == maxInvitations {
		wait := mailed[len(mailed)-1].Add(invitationWindow).Sub(i.MailedAt)
		public := fault.Message{ID: "invitation.too_many", Args: map[string]any{"Most": maxInvitations, "Left": wait}}
		return &fault.Error{Kind: fault.TooMany, Public: public, RetryAfter: wait}
	}
	message := outbox.Message{
		Kind: outbox.Invited, To: i.Email, Language: i.Language, Token: token, By: boss.Email, Merchant: string(i.Merchant),
	}
	owner, err := s.People.ByEmail(ctx, EmailKey(i.Email))
	switch {
	case err == nil:
		message.Kind, message.To, message.Language, message.Token = outbox.InvitedElsewhere, owner.Email, owner.Language, ""
	case !errors.Is(err, ErrNotFound):
		return err
	}
	if err := s.Outbox.Enqueue(ctx, message); err != nil {
		return err
	}
	return s.note(ctx, who, what, i.Email, i.MailedAt)
}

// ResendInvitation mails an invitation once more, with a new link for another seven days. The one before is dead.
func (s *Service) ResendInvitation(ctx context.Context, who activity.Actor, id ids.InvitationID) error {
	at := s.Now()
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		boss, err := s.mayStill(ctx, who, ManageUsers)
		if err != nil {
			return err
		}
		i, err := s.Invitations.ByID(ctx, who.Merchant, id)
		if err != nil {
			return err
		}
		token := NewToken()
		if err := s.Invitations.Renew(ctx, who.Merchant, id, TokenDigest(token), boss.ID, at); err != nil {
			return err
		}
		i.MailedAt = at
		return s.mailInvitation(ctx, who, boss, i, token, activity.InvitationResent)
	})
}

// WithdrawInvitation drops an invitation: its link leads nowhere.
func (s *Service) WithdrawInvitation(ctx context.Context, who activity.Actor, id ids.InvitationID) error {
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		if _, err := s.mayStill(ctx, who, ManageUsers); err != nil {
			return err
		}
		i, err := s.Invitations.ByID(ctx, who.Merchant, id)
		if err != nil {
			return err
		}
		if err := s.Invitations.Remove(ctx, who.Merchant, id); err != nil {
			return err
		}
		return s.note(ctx, who, activity.InvitationWithdrawn, i.Email, s.Now())
	})
}
