package store

import (
	"context"
	"database/sql"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

var _ auth.Invitations = invitations{}

type invitations struct{ of, byID, byToken, add, renew, remove, mailed *statement }

const invitationColumns = `id, merchant_id, email, roles, language, invited_by, mailed_at, created_at`

func prepareInvitations(p *preparer) invitations {
	return invitations{
		of:      p.read(`SELECT ` + invitationColumns + ` FROM invitations WHERE merchant_id = $1 ORDER BY email_key`),
		byID:    p.read(`SELECT ` + invitationColumns + ` FROM invitations WHERE merchant_id = $1 AND id = $2`),
		byToken: p.read(`SELECT ` + invitationColumns + ` FROM invitations WHERE token_digest = $1`),
		add: p.write(`INSERT INTO invitations (id, merchant_id, email, email_key, roles, language, token_digest, invited_by, mailed_at, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (merchant_id, email_key) DO NOTHING`),
		renew:  p.write(`UPDATE invitations SET token_digest = $1, mailed_at = $2, invited_by = $3 WHERE merchant_id = $4 AND id = $5`),
		remove: p.write(`DELETE FROM invitations WHERE merchant_id = $1 AND id = $2`),
		mailed: p.read(`SELECT at FROM activity WHERE merchant_id = $1 AND action IN ($2, $3) AND at > $4 ORDER BY at DESC LIMIT $5`),
	}
}

func (s invitations) Of(ctx context.Context, m ids.MerchantID) (all []auth.Invitation, err error) {
	err = s.of.each(ctx, func(rows *sql.Rows) error {
		i, err := scanInvitation(rows.Scan)
		all = append(all, i)
		return err
	}, m)
	return all, err
}

func (s invitations) ByID(ctx context.Context, m ids.MerchantID, id ids.InvitationID) (auth.Invitation, error) {
	return s.find(ctx, s.byID, m, id)
}

func (s invitations) ByToken(ctx context.Context, tokenDigest []byte) (auth.Invitation, error) {
	return s.find(ctx, s.byToken, tokenDigest)
}

func (s invitations) find(ctx context.Context, q *statement, args ...any) (auth.Invitation, error) {
	return scanInvitation(func(dest ...any) error { return q.one(ctx, auth.ErrNotFound, args, dest...) })
}

func scanInvitation(scan func(dest ...any) error) (i auth.Invitation, err error) {
	var roles string
	var mailed, created int64
	err = scan(&i.ID, &i.Merchant, &i.Email, &roles, &i.Language, &i.InvitedBy, &mailed, &created)
	if err != nil {
		return auth.Invitation{}, err
	}
	i.Roles, i.MailedAt, i.CreatedAt = auth.ParseRoles(roles), moment(mailed), moment(created)
	return i, nil
}

func (s invitations) Add(ctx context.Context, i auth.Invitation, tokenDigest []byte) error {
	added, err := s.add.exec(ctx, i.ID, i.Merchant, i.Email, auth.EmailKey(i.Email), i.Roles.String(), i.Language, tokenDigest, i.InvitedBy,
		millis(i.MailedAt), millis(i.CreatedAt))
	if err == nil && added == 0 {
		return auth.ErrInvited
	}
	return err
}

func (s invitations) Renew(ctx context.Context, m ids.MerchantID, id ids.InvitationID, tokenDigest []byte, by ids.PersonID, at time.Time) error {
	return missingUnlessOne(s.renew.exec(ctx, tokenDigest, millis(at), by, m, id))
}

func (s invitations) Remove(ctx context.Context, m ids.MerchantID, id ids.InvitationID) error {
	return missingUnlessOne(s.remove.exec(ctx, m, id))
}

// Mailed counts by the entries about them: an invitation that was withdrawn was mailed too.
func (s invitations) Mailed(ctx context.Context, m ids.MerchantID, since time.Time, limit int) (all []time.Time, err error) {
	err = s.mailed.each(ctx, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		all = append(all, moment(at))
		return err
	}, m, activity.UserInvited, activity.InvitationResent, millis(since), limit)
	return all, err
}
