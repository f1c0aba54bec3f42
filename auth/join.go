package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
)

// Joining is what an invited person fills in. The address is that of the invitation, the roles too. Lengths are in characters.
type Joining struct {
	Token    string `form:"-"`
	FullName string `form:"full_name" validate:"required,line,max=100"`
	Phone    string `form:"phone" validate:"required,phone"`
	Password string `form:"password"`
	Confirm  string `form:"confirm_password"`
	Language string `form:"-" validate:"oneof=en id"`
	Address  string `form:"-"` // the client's IP address
}

// Invited gives the invitation that a mailed link leads to, and the merchant's name, or ErrBadLink. Looking consumes nothing (C060).
func (s *Service) Invited(ctx context.Context, token string) (Invitation, string, error) {
	i, err := s.byInvitation(ctx, token, s.Now())
	if err != nil {
		return Invitation{}, "", err
	}
	merchant, err := s.People.MerchantName(ctx, i.Merchant)
	return i, merchant, err
}

// byInvitation finds the invitation of a link that lives. One from somebody who may not invite any more is dead until a colleague sends it again: else who was
// removed could come back by an invitation of before.
func (s *Service) byInvitation(ctx context.Context, token string, at time.Time) (Invitation, error) {
	if token == "" {
		return Invitation{}, ErrBadLink
	}
	i, err := s.Invitations.ByToken(ctx, TokenDigest(token))
	if errors.Is(err, ErrNotFound) || err == nil && !i.Live(at) {
		return Invitation{}, ErrBadLink
	}
	if err != nil {
		return Invitation{}, err
	}
	_, err = s.mayStill(ctx, activity.Actor{Merchant: i.Merchant, Person: i.InvitedBy}, ManageUsers)
	var missing *MissingPermission
	if errors.Is(err, ErrNotFound) || errors.As(err, &missing) {
		return Invitation{}, ErrBadLink
	}
	return i, err
}

// Join makes the person of an invitation one of the merchant's people. Nobody is signed in by it. ErrBadLink unless the link lives at this moment and
// this is its first success (C056); what is refused, with fields, leaves it usable. ErrEmailTaken where the address has an account by now.
func (s *Service) Join(ctx context.Context, in Joining) error {
	at := s.Now()
	i, merchant, err := s.Invited(ctx, in.Token)
	if err != nil {
		return err
	}
	in.FullName, in.Phone = strings.TrimSpace(in.FullName), strings.TrimSpace(in.Phone)
	if err := s.checkJoining(in, i.Email, merchant); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return err
	}
	p := Person{
		ID: ids.New[ids.PersonID](), Merchant: i.Merchant, Name: in.FullName, Phone: form.NormalPhone(in.Phone),
		Language: in.Language, PasswordHash: hash, PasswordSetAt: at, CreatedAt: at,
	}
	err = s.Tx.Do(ctx, func(ctx context.Context) error { return s.join(ctx, p, in) })
	if errors.Is(err, ErrPhoneTaken) {
		return errPhoneInUse
	}
	return err
}

// join spends the link and adds the person, in the transaction of ctx: of twenty clicks at once one wins.
func (s *Service) join(ctx context.Context, p Person, in Joining) error {
	i, err := s.byInvitation(ctx, in.Token, p.CreatedAt)
	if err != nil {
		return err
	}
	if err := s.Invitations.Remove(ctx, i.Merchant, i.ID); err != nil {
		return err
	}
	p.Merchant, p.Email, p.Roles = i.Merchant, i.Email, i.Roles
	if err := s.Staff.Add(ctx, p); err != nil {
		return err
	}
	if err := s.Registrations.RemoveAll(ctx, EmailKey(i.Email)); err != nil {
		return err
	}
	return s.note(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: in.Address}, activity.UserJoined, string(p.ID), p.CreatedAt)
}

func (s *Service) checkJoining(in Joining, email, merchant string) error {
	refused := &fault.Error{Kind: fault.Invalid}
	if err := s.checker.Check(in); err != nil && !errors.As(err, &refused) {
		return err
	}
	problem, err := checkNewPassword(in.Password, email, in.FullName, merchant)
	switch {
	case err != nil:
		return err
	case problem.ID != "":
		refused.Fields = append(refused.Fields, fault.Field{Name: "password", Message: problem})
	case NormalPassword(in.Password) != NormalPassword(in.Confirm):
		refused.Fields = append(refused.Fields, fault.Field{Name: "confirm_password", Message: fault.Message{ID: "password.not_the_same"}})
	}
	if len(refused.Fields) > 0 {
		return refused
	}
	return nil
}
