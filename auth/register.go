package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// SignUp is what the registration form asks for. Lengths are in characters.
type SignUp struct {
	BusinessName string `form:"business_name" validate:"required,line,max=100"`
	FullName     string `form:"full_name" validate:"required,line,max=100"`
	Email        string `form:"email" validate:"required,address"`
	Phone        string `form:"phone" validate:"required,phone"`
	Password     string `form:"password"`
	Confirm      string `form:"confirm_password"`
	Language     string `form:"-" validate:"oneof=en id"`
	Browser      string `form:"-"` // a secret that the registering browser keeps: see Confirm
	Address      string `form:"-"` // the client's IP address
}

// Register takes a sign-up and mails the confirmation link. A taken address gives the same answer after the same work; its owner
// is told by mail instead (C023). What breaks a rule gives a fault.Invalid with a message per field.
func (s *Service) Register(ctx context.Context, in SignUp) error {
	in.BusinessName, in.FullName = strings.TrimSpace(in.BusinessName), strings.TrimSpace(in.FullName)
	in.Email, in.Phone = strings.TrimSpace(in.Email), strings.TrimSpace(in.Phone)
	if err := s.checkSignUp(in); err != nil {
		return err
	}
	if _, err := s.limits.Registrations.Take(in.Address); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return err
	}
	r := Registration{
		ID: ids.New[ids.RegistrationID](), BusinessName: in.BusinessName, FullName: in.FullName, Email: in.Email,
		Phone: form.NormalPhone(in.Phone), Language: in.Language, PasswordHash: hash, BrowserDigest: TokenDigest(in.Browser),
		CreatedAt: s.Now(),
	}
	if err := s.Registrations.DropOld(ctx, s.oldestRegistration()); err != nil {
		return err
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		owner, err := s.People.ByEmail(ctx, EmailKey(r.Email))
		if err == nil {
			return s.Outbox.Enqueue(ctx, outbox.Message{
				Kind: outbox.AlreadyRegistered, To: owner.Email, Language: owner.Language,
			})
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := s.Registrations.Add(ctx, r, maxRegistrations); err != nil {
			return err
		}
		return s.mailLink(ctx, r)
	})
}

func (s *Service) checkSignUp(in SignUp) error {
	refused := &fault.Error{Kind: fault.Invalid}
	if err := s.checker.Check(in); err != nil && !errors.As(err, &refused) {
		return err
	}
	problem, err := checkNewPassword(in.Password, in.Email, in.FullName, in.BusinessName)
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

// mailLink sends a fresh confirmation link; earlier ones stay good, so it does not matter which mail is opened.
func (s *Service) mailLink(ctx context.Context, r Registration) error {
	token := NewToken()
	if err := s.Registrations.AddLink(ctx, r.ID, TokenDigest(token), s.Now()); err != nil {
		return err
	}
	return s.Outbox.Enqueue(ctx, outbox.Message{
		Kind: outbox.ConfirmRegistration, To: r.Email, Language: r.Language, Token: token,
	})
}

// Resend mails the confirmation link of the latest sign-up of an address again. Where there is none, nothing happens, and nobody can tell.
func (s *Service) Resend(ctx context.Context, email, address string) error {
	if problem := form.Address(strings.TrimSpace(email)); problem != nil {
		return fault.InvalidField("email", problem.ID, problem.Args)
	}
	if _, err := s.limits.Resends.Take(address); err != nil {
		return err
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		r, err := s.Registrations.Newest(ctx, EmailKey(email), s.oldestRegistration())
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.mailLink(ctx, r)
	})
}

// Opened reports what a confirmation page has to ask: the password, unless the link was opened in the browser that signed up. Otherwise a
// stranger could sign up with somebody's address and wait for that person's click. ErrBadLink for a link that leads nowhere.
func (s *Service) Opened(ctx context.Context, token, browser string) (askPassword bool, err error) {
	r, err := s.byLink(ctx, token)
	if err != nil {
		return false, err
	}
	return !r.sameBrowser(browser), nil
}

// Confirm turns the registration behind a link into a merchant with its environments and Sandbox keys, and its first person, an Administrator: all
// in one transaction. ErrBadLink, ErrWrongPassword, ErrEmailTaken and ErrPhoneTaken leave everything as it was.
func (s *Service) Confirm(ctx context.Context, token, browser, password, address string) error {
	r, err := s.byLink(ctx, token)
	if err != nil {
		return err
	}
	if !r.sameBrowser(browser) {
		if err := s.tryRegistration(ctx, r, password, address); err != nil {
			return err
		}
	}
	for {
		err := s.create(ctx, r.ID, token, address)
		switch {
		case errors.Is(err, ErrMerchantIDTaken):
			continue
		case errors.Is(err, ErrEmailTaken), errors.Is(err, ErrPhoneTaken):
			if _, used := s.byLink(ctx, token); used != nil { // taken by this very link, a moment ago
				return used
			}
		}
		return err
	}
}

// tryRegistration checks the password of a sign-up, counted like any other of an address without an account (C009).
func (s *Service) tryRegistration(ctx context.Context, r Registration, password, address string) error {
	if password == "" {
		return fault.InvalidField("password", "form.required", nil)
	}
	who, err := s.stranger(EmailKey(r.Email))
	if err != nil {
		return err
	}
	err = s.try(ctx, who, activity.Actor{Address: address}, func() (verdict, error) {
		right, err := s.verify(ctx, r.PasswordHash, password)
		return ofPassword(right), err
	})
	if errors.Is(err, ErrBadCredentials) {
		return ErrWrongPassword
	}
	return err
}

func (s *Service) create(ctx context.Context, wanted ids.RegistrationID, token, address string) error {
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		r, err := s.byLink(ctx, token) // again, in the transaction: of two clicks one wins
		if err != nil {
			return err
		}
		if r.ID != wanted {
			return ErrBadLink
		}
		now := s.Now()
		m := Merchant{ID: ids.NewMerchantID(), Name: r.BusinessName, CreatedAt: now}
		p := Person{
			ID: ids.New[ids.PersonID](), Merchant: m.ID, Name: r.FullName, Email: r.Email, Phone: r.Phone, Roles: Roles{Administrator},
			Language: r.Language, PasswordHash: r.PasswordHash, PasswordSetAt: r.CreatedAt, CreatedAt: now,
		}
		if err := s.People.Create(ctx, m, p); err != nil {
			return err
		}
		if err := s.Registrations.RemoveAll(ctx, EmailKey(r.Email)); err != nil {
			return err
		}
		if err := s.Onboarding.MerchantCreated(ctx, m.ID, now); err != nil {
			return fmt.Errorf("open merchant: %w", err)
		}
		return s.Log.Record(ctx, activity.Entry{
			Actor:  activity.Actor{Merchant: m.ID, Person: p.ID, Address: address},
			Action: activity.MerchantRegistered, Outcome: activity.Done, At: now,
		})
	})
}

func (s *Service) byLink(ctx context.Context, token string) (Registration, error) {
	if token == "" {
		return Registration{}, ErrBadLink
	}
	r, err := s.Registrations.ByLink(ctx, TokenDigest(token), s.oldestRegistration())
	if errors.Is(err, ErrNotFound) {
		return Registration{}, ErrBadLink
	}
	return r, err
}

func (s *Service) oldestRegistration() time.Time { return s.Now().Add(-RegistrationLife) }

func (r Registration) sameBrowser(secret string) bool {
	return secret != "" && bytes.Equal(TokenDigest(secret), r.BrowserDigest)
}
