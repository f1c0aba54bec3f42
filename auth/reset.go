package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
	"merchant-portal/internal/outbox"
)

// An account has at most maxResets live reset links, and gets no more mails with one within mailWindow (rules.md, Reset link; C064).
const (
	maxResets  = 3
	mailWindow = time.Hour
)

// AskReset takes the wish for a reset link to an address. It does the same whether or not there is an account (C022): a worker answers it (AnswerReset). What
// is no address gives a fault.Invalid, too many wishes from one network a fault.TooMany.
func (s *Service) AskReset(ctx context.Context, email string, from Visitor) error {
	email = strings.TrimSpace(email)
	if problem := form.Address(email); problem != nil {
		return fault.InvalidField("email", problem.ID, problem.Args)
	}
	giveBack, err := s.limits.Resets.Take(from.Address)
	if err != nil {
		return err
	}
	err = s.Outbox.Enqueue(ctx, outbox.Message{
		Kind: outbox.ResetRequested, To: email, At: s.Now().UnixMilli(), Address: from.Address, Browser: from.Browser,
	})
	if err != nil {
		giveBack()
	}
	return err
}

// AnswerReset mails a reset link to the account that an outbox.ResetRequested is about, if there is one and it has not had too many (C064).
func (s *Service) AnswerReset(ctx context.Context, asked outbox.Message) error {
	now := s.Now()
	live, mailed := now.Add(-s.Rules.ResetLinkTTL), now.Add(-mailWindow)
	oldest := live
	if mailed.Before(live) {
		oldest = mailed
	}
	if err := errors.Join(s.Resets.DropOld(ctx, oldest), s.Alarms.DropOld(ctx, now.Add(-AlarmLife))); err != nil {
		return err
	}
	p, err := s.People.ByEmail(ctx, EmailKey(asked.To))
	if errors.Is(err, ErrNotFound) || err == nil && p.State != Active {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		n, err := s.Resets.Count(ctx, p.ID, live, mailed, now.Add(maxSkew))
		if err != nil || n >= maxResets {
			return err
		}
		token := NewToken()
		if err := s.Resets.Add(ctx, p.ID, TokenDigest(token), now); err != nil {
			return err
		}
		return s.Outbox.Enqueue(ctx, outbox.Message{
			Kind: outbox.ResetPassword, To: p.Email, Language: p.Language, Token: token, Zone: p.Timezone,
			At: asked.At, Address: asked.Address, Browser: asked.Browser,
		})
	})
}

// ResetOpened reports whether a reset link leads anywhere: nil or ErrBadLink. Looking consumes nothing (C060).
func (s *Service) ResetOpened(ctx context.Context, token string) error {
	_, err := s.byReset(ctx, token, s.Now())
	return err
}

// Reset is a new password chosen with a mailed link.
type Reset struct {
	Token, New, Confirm string
	From                Visitor
}

// ResetPassword gives the person of a link a new password. Nobody is signed in by it, and a lock stays as it is (C011, C065). ErrBadLink unless
// the link lives at this moment (C058) and this is its first success (C059); a refused password, with fields as of ChangePassword, leaves it usable (C066).
func (s *Service) ResetPassword(ctx context.Context, in Reset) error {
	at := s.Now()
	p, err := s.byReset(ctx, in.Token, at)
	if err != nil {
		return err
	}
	if err := s.checkChosen(ctx, p, in.New, in.Confirm); err != nil {
		return err
	}
	next, err := s.renewed(ctx, p, in.New)
	if err != nil {
		return err
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		first, err := s.Resets.Use(ctx, TokenDigest(in.Token), at)
		if err != nil {
			return err
		}
		if !first {
			return ErrBadLink
		}
		return s.replace(ctx, next, "", activity.PasswordReset, in.From)
	})
}

// byReset finds the person of a link that lives at a moment: until just before the end of its time. One of the future was made before a clock was set
// back: it would live for longer than promised (C124).
func (s *Service) byReset(ctx context.Context, token string, at time.Time) (Person, error) {
	if token == "" {
		return Person{}, ErrBadLink
	}
	m, id, made, err := s.Resets.Find(ctx, TokenDigest(token))
	if errors.Is(err, ErrNotFound) {
		return Person{}, ErrBadLink
	}
	if err != nil {
		return Person{}, err
	}
	if age := at.Sub(made); age >= s.Rules.ResetLinkTTL || age < -maxSkew {
		return Person{}, ErrBadLink
	}
	p, err := s.People.ByID(ctx, m, id)
	if err == nil && p.State != Active {
		return Person{}, ErrBadLink
	}
	return p, err
}
