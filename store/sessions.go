package store

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
)

var _ scs.CtxStore = (*Sessions)(nil)

// Sessions keeps session rows for scs, whose manager hashes tokens before they get here (HashTokenInStore). It works with the auth.Visit of
// the request: reading a session reads its person in the same statement, and no row is ever written that would bring a session back
// which was found and is gone (C028). Strangers have no row (C039).
type Sessions struct {
	find, update, insert, remove, purge *statement
	log                                 activity.Log
	tx                                  auth.Transactor
	now                                 func() time.Time
}

// purgeAtOnce is how many ended sessions a sign-in removes at most.
const purgeAtOnce = 100

func prepareSessions(p *preparer) *Sessions {
	return &Sessions{
		find: p.read(`SELECT s.data, s.created_at, p.id, p.name, p.email, p.language, p.roles, p.last_environment, m.id, m.name, m.generation
			FROM sessions s JOIN people p ON p.id = s.person_id JOIN merchants m ON m.id = p.merchant_id
			WHERE s.token_digest = $1 AND s.expires_at > $2`),
		update: p.write(`UPDATE sessions SET data = $1 WHERE token_digest = $2`),
		insert: p.write(`INSERT INTO sessions (token_digest, person_id, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`),
		remove: p.write(`DELETE FROM sessions WHERE token_digest = $1`),
		purge: p.write(`DELETE FROM sessions WHERE token_digest IN
			(SELECT token_digest FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`),
		log: p.st.activity, tx: p.st, now: p.st.options.Now,
	}
}

// FindCtx reads a session that has not ended, and who it belongs to into the visit of ctx.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data, roles string
	var createdAt, generation int64
	var who auth.Identity
	err := s.find.one(ctx, auth.ErrNotFound, []any{token, millis(s.now())}, &data, &createdAt,
		&who.Person, &who.Name, &who.Email, &who.Language, &roles, &who.LastEnvironment, &who.Merchant, &who.MerchantName, &generation)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	who.Roles, who.SignedInAt = auth.ParseRoles(roles), moment(createdAt)
	visit := auth.VisitOf(ctx)
	visit.Identity, visit.Found, visit.Generation = &who, token, generation
	return []byte(data), true, nil
}

// CommitCtx writes a session in one of two ways: a sign-in adds a row together with its activity entry; the session found is updated if it
// still exists. Anything else leaves no row. A sign-in under the token found fails on the primary key: it needs a new one (C026).
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	visit := auth.VisitOf(ctx)
	if opening := visit.Opening(); opening != nil {
		if err := s.open(ctx, token, data, expiry, *opening); err != nil {
			return err
		}
		visit.Opened(token)
		return nil
	}
	if visit.Found == "" || visit.Found != token {
		return nil
	}
	_, err := s.update.exec(ctx, string(data), token)
	return err
}

func (s *Sessions) open(ctx context.Context, token string, data []byte, expiry time.Time, opening activity.Entry) error {
	return s.tx.Do(ctx, func(ctx context.Context) error {
		now := millis(s.now())
		if _, err := s.purge.exec(ctx, now, purgeAtOnce); err != nil {
			return err
		}
		if _, err := s.insert.exec(ctx, token, opening.Person, string(data), now, millis(expiry)); err != nil {
			return err
		}
		return s.log.Record(ctx, opening)
	})
}

// DeleteCtx removes a session; with the entry that the visit left for it, if there was one to remove.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	closing := auth.VisitOf(ctx).Closing()
	return s.tx.Do(ctx, func(ctx context.Context) error {
		removed, err := s.remove.exec(ctx, token)
		if err != nil || removed == 0 || closing == nil {
			return err
		}
		return s.log.Record(ctx, *closing)
	})
}

// Find, Commit and Delete complete scs.Store. The manager uses the methods above; without a visit these read and remove, and write nothing.

// Find is FindCtx without a visit.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a visit: it leaves no row.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a visit.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
