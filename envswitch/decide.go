package envswitch

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// What the operator does. It is logged in the merchant's activity, by nobody of the merchant.

// List reads all registrations: those in review first, the oldest first.
func (s *Activations) List(ctx context.Context) ([]Listed, error) { return s.Store.List(ctx) }

// Approve makes Production active: from then on it has keys, made in the same transaction, or nothing has happened. submission is the one that was looked at,
// 0 for whichever is in review. It gives the registration as it is then.
func (s *Activations) Approve(ctx context.Context, m ids.MerchantID, submission int) (Activation, error) {
	return s.decide(ctx, m, submission, func(ctx context.Context, a Activation, now time.Time) error {
		if err := s.Store.Activate(ctx, m); err != nil {
			return err
		}
		if err := s.Opening.Issue(ctx, m, ids.Production, now); err != nil {
			return err
		}
		return s.tell(ctx, activity.Actor{Merchant: m}, a, activity.ActivationApproved, outbox.ActivationApproved, now)
	}, Approved, "")
}

// rejection is what a rejection says.
type rejection struct {
	Reason string `form:"reason" validate:"required,text,max=1000"`
}

// Reject gives a submission back with a reason that the merchant reads: everything is kept, can be changed, and handed in again. Of submission see Approve.
func (s *Activations) Reject(ctx context.Context, m ids.MerchantID, submission int, reason string) (Activation, error) {
	reason = strings.TrimSpace(strings.ReplaceAll(reason, "\r\n", "\n"))
	if err := form.New(nil).Check(rejection{reason}); err != nil {
		return Activation{}, err
	}
	return s.decide(ctx, m, submission, func(ctx context.Context, a Activation, now time.Time) error {
		return s.tell(ctx, activity.Actor{Merchant: m}, a, activity.ActivationRejected, outbox.ActivationRejected, now)
	}, Rejected, reason)
}

// decide ends a review, in one transaction with what follows from it.
func (s *Activations) decide(
	ctx context.Context, m ids.MerchantID, submission int, follow func(ctx context.Context, a Activation, now time.Time) error, as Progress, reason string,
) (Activation, error) {
	var decided Activation
	err := s.Tx.Do(ctx, func(ctx context.Context) error {
		a, err := s.Store.Get(ctx, m)
		switch {
		case err != nil:
			return err
		case a.Progress != InReview:
			return ErrNotInReview
		case submission != 0 && submission != a.Submission:
			return ErrOtherSubmission
		}
		now := s.Now()
		a.Progress, a.Reason, a.DecidedAt, a.UpdatedAt = as, reason, now, now
		if err := s.Store.Put(ctx, a); err != nil {
			return err
		}
		decided = a
		return follow(ctx, a, now)
	})
	if err != nil {
		return Activation{}, err
	}
	return decided, nil
}

// Reviewed is a document as the operator sees it listed. SHA256 is the digest of its content, nil where that cannot be opened.
type Reviewed struct {
	Document
	SHA256 []byte
}

// Review lists the documents of a merchant. It shows nobody what is in them: see ReadDocument.
func (s *Activations) Review(ctx context.Context, m ids.MerchantID) ([]Reviewed, error) {
	listed, err := s.Documents.List(ctx, m)
	found := make([]Reviewed, 0, len(listed))
	for _, d := range listed {
		_, content, err := s.opened(ctx, m, d.ID)
		switch {
		case errors.Is(err, ErrDocumentUnreadable):
			found = append(found, Reviewed{Document: d})
			continue
		case err != nil:
			return nil, err
		}
		digest := sha256.Sum256(content)
		found = append(found, Reviewed{d, digest[:]})
	}
	return found, err
}
