package store

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

var _ scs.CtxStore = (*Sessions)(nil)

// Sessions keeps session rows for scs, whose manager hashes tokens before they get here (HashTokenInStore). It works with the auth.Visit of
// the request: reading a session finds out whose it is, and no row is ever written that would bring a session back
// which was found and is gone (C028). Strangers have no row (C039).
type Sessions struct {
	find, owner, update, insert, remove, purge *statement

	known *memory
	log   activity.Log
	tx    auth.Transactor
	now   func() time.Time
}

// purgeAtOnce is how many ended sessions a sign-in removes at most.
const purgeAtOnce = 100

func prepareSessions(p *preparer) *Sessions {
	return &Sessions{
		find: p.read(`SELECT s.data, s.created_at, p.id, m.id, m.generation
			FROM sessions s JOIN people p ON p.id = s.person_id JOIN merchants m ON m.id = p.merchant_id
			WHERE s.token_digest = $1 AND s.expires_at > $2`),
		owner: p.read(`SELECT p.name, p.email, p.language, p.roles, p.last_environment, m.name
			FROM people p JOIN merchants m ON m.id = p.merchant_id WHERE m.id = $1 AND p.id = $2`),
		update: p.write(`UPDATE sessions SET data = $1 WHERE token_digest = $2`),
		insert: p.write(`INSERT INTO sessions (token_digest, person_id, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`),
		remove: p.write(`DELETE FROM sessions WHERE token_digest = $1`),
		purge: p.write(`DELETE FROM sessions WHERE token_digest IN
			(SELECT token_digest FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`),
		known: p.st.known, log: p.st.activity, tx: p.st, now: p.st.options.Now,
	}
}

// FindCtx reads a session that has not ended, and who it belongs to into the visit of ctx.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	var createdAt, generation int64
	var person, merchant string
	err := s.find.one(ctx, auth.ErrNotFound, []any{token, millis(s.now())}, &data, &createdAt, &person, &merchant, &generation)
	if err == nil {
		err = s.identify(ctx, token, ids.MerchantID(merchant), ids.PersonID(person), generation, moment(createdAt))
	}
	if errors.Is(err, auth.ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// identify says in the visit whose session was found. Who somebody is changes rarely: it is remembered.
func (s *Sessions) identify(ctx context.Context, token string, m ids.MerchantID, p ids.PersonID, generation int64, since time.Time) error {
	known, err := recallAt(s.known, m, generation, personOf{p}, func() (auth.Identity, error) {
		who := auth.Identity{Merchant: m, Person: p}
		var roles string
		err := s.owner.one(ctx, auth.ErrNotFound, []any{m, p}, &who.Name, &who.Email, &who.Language, &roles, &who.LastEnvironment, &who.MerchantName)
		who.Roles = auth.ParseRoles(roles)
		return who, err
	})
	if err != nil {
		return err
	}
	known.SignedInAt = since
	visit := auth.VisitOf(ctx)
	visit.Identity, visit.Found, visit.Generation = &known, token, generation
	return nil
}

// personOf is the key of a remembered person.
type personOf struct{ id ids.PersonID }

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
	now := millis(s.now())
	if _, err := s.purge.exec(ctx, now, purgeAtOnce); err != nil { // by itself: acts that look at all sessions would meet
		return err
	}
	return s.tx.Do(ctx, func(ctx context.Context) error {
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
