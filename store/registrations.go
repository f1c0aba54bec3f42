package store

import (
	"context"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.Registrations = registrations{}

type registrations struct {
	add, addLink, dropOld, dropMany, removeAll *statement
	byLink, newest                             *statement
}

const registrationColumns = `r.id, r.business_name, r.full_name, r.email, r.phone, r.language, r.password_hash, r.browser_digest, r.created_at`

func prepareRegistrations(p *preparer) registrations {
	return registrations{
		add: p.write(`INSERT INTO registrations (id, business_name, full_name, email, email_key, phone, language, password_hash, browser_digest, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`),
		addLink: p.write(`INSERT INTO registration_links (token_digest, registration_id, created_at) VALUES ($1, $2, $3)`),
		dropOld: p.write(`DELETE FROM registrations WHERE created_at < $1`),
		dropMany: p.write(`DELETE FROM registrations WHERE email_key = $1 AND id <> $2 AND id NOT IN
			(SELECT id FROM registrations WHERE email_key = $1 AND id <> $2 ORDER BY created_at DESC, id DESC LIMIT $3)`),
		removeAll: p.write(`DELETE FROM registrations WHERE email_key = $1`),
		byLink: p.read(`SELECT ` + registrationColumns + ` FROM registration_links l JOIN registrations r ON r.id = l.registration_id
			WHERE l.token_digest = $1 AND l.created_at >= $2 AND r.created_at >= $2`),
		newest: p.read(`SELECT ` + registrationColumns + ` FROM registrations r
			WHERE r.email_key = $1 AND r.created_at >= $2 ORDER BY r.created_at DESC, r.id DESC LIMIT 1`),
	}
}

func (s registrations) DropOld(ctx context.Context, oldest time.Time) error {
	_, err := s.dropOld.exec(ctx, millis(oldest))
	return err
}

func (s registrations) Add(ctx context.Context, r auth.Registration, keep int) error {
	key := auth.EmailKey(r.Email)
	if _, err := s.add.exec(ctx, r.ID, r.BusinessName, r.FullName, r.Email, key, r.Phone, r.Language, r.PasswordHash,
		r.BrowserDigest, millis(r.CreatedAt)); err != nil {
		return err
	}
	_, err := s.dropMany.exec(ctx, key, r.ID, keep-1) // the new one stays, also among others of the same millisecond
	return err
}

func (s registrations) AddLink(ctx context.Context, id ids.RegistrationID, tokenDigest []byte, at time.Time) error {
	_, err := s.addLink.exec(ctx, tokenDigest, id, millis(at))
	return err
}

func (s registrations) ByLink(ctx context.Context, tokenDigest []byte, oldest time.Time) (auth.Registration, error) {
	return s.find(ctx, s.byLink, tokenDigest, millis(oldest))
}

func (s registrations) Newest(ctx context.Context, emailKey string, oldest time.Time) (auth.Registration, error) {
	return s.find(ctx, s.newest, emailKey, millis(oldest))
}

func (s registrations) find(ctx context.Context, q *statement, args ...any) (auth.Registration, error) {
	var r auth.Registration
	var createdAt int64
	err := q.one(ctx, auth.ErrNotFound, args, &r.ID, &r.BusinessName, &r.FullName, &r.Email, &r.Phone, &r.Language,
		&r.PasswordHash, &r.BrowserDigest, &createdAt)
	if err != nil {
		return auth.Registration{}, err
	}
	r.CreatedAt = moment(createdAt)
	return r, nil
}

func (s registrations) RemoveAll(ctx context.Context, emailKey string) error {
	_, err := s.removeAll.exec(ctx, emailKey)
	return err
}
