package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/alexedwards/scs/v2"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

var (
	_ scs.CtxStore  = (*Sessions)(nil)
	_ auth.Sessions = (*Sessions)(nil)
)

// Sessions keeps session rows for scs, whose manager hashes tokens before they get here (HashTokenInStore). It works with the auth.Visit of
// the request: reading a session finds out whose it is and whether it still lives, and no row is ever written that would bring a session back
// which was found and is gone (C028). Strangers have no row (C039). A session that has ended keeps its row for a day: it signs nobody in, but
// says whose form was cut off.
type Sessions struct {
	find, owner, passwordSet                *statement
	update, renew, insert, remove, purge    *statement
	removeFound, signedIn                   *statement
	live, end, endAll, timeOut, writeActive *statement

	clocks *clocks
	rules  auth.Rules
	locks  locks
	known  *memory
	log    activity.Log
	tx     auth.Transactor
	now    func() time.Time
	logger *slog.Logger
}

const (
	// purgeAtOnce is how many old rows a sign-in removes at most.
	purgeAtOnce = 100
	// rowLife is for how long the row of an ended session stays.
	rowLife = 24 * time.Hour
)

func prepareSessions(p *preparer) *Sessions {
	return &Sessions{
		find: p.read(`SELECT s.id, s.data, s.created_at, s.expires_at, s.active_at, s.proved_at, s.factor_at, COALESCE(s.ended_at, 0), p.id, m.id, m.generation
			FROM sessions s JOIN people p ON p.id = s.person_id JOIN merchants m ON m.id = p.merchant_id WHERE s.token_digest = $1`),
		owner: p.read(`SELECT p.name, p.email, p.language, p.roles, p.last_environment, p.timezone, p.theme, p.password_set_at, m.name,
			m.second_factor_from, m.ip_allow_list, EXISTS (SELECT 1 FROM second_factors f WHERE f.person_id = p.id)
			FROM people p JOIN merchants m ON m.id = p.merchant_id WHERE m.id = $1 AND p.id = $2 AND p.state = 'active'`),
		passwordSet: p.read(`SELECT password_set_at FROM people WHERE id = $1 AND state = 'active'`),
		update:      p.write(`UPDATE sessions SET data = $1 WHERE token_digest = $2 AND ended_at IS NULL`),
		renew:       p.write(`UPDATE sessions SET token_digest = $1, data = $2, proved_at = $3, factor_at = $4 WHERE token_digest = $5 AND ended_at IS NULL`),
		insert: p.write(`INSERT INTO sessions (token_digest, id, person_id, data, browser, address, created_at, expires_at, active_at, proved_at, factor_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9, $10)`),
		remove:      p.write(`DELETE FROM sessions WHERE token_digest = $1`),
		removeFound: p.write(`DELETE FROM sessions WHERE id = $1 AND id <> ''`),
		purge: p.write(`DELETE FROM sessions WHERE token_digest IN
			(SELECT token_digest FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`),
		signedIn: p.write(`INSERT INTO last_sign_ins (person_id, at) VALUES ($1, $2) ON CONFLICT (person_id) DO UPDATE SET at = excluded.at`),
		live: p.read(`SELECT id, browser, address, created_at, active_at FROM sessions
			WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC`),
		end:         p.write(`UPDATE sessions SET ended_at = $1 WHERE id = $2 AND person_id = $3 AND ended_at IS NULL AND expires_at > $1`),
		endAll:      p.write(`UPDATE sessions SET ended_at = $1 WHERE person_id = $2 AND id <> $3 AND ended_at IS NULL`),
		timeOut:     p.write(`UPDATE sessions SET ended_at = $1 WHERE token_digest = $2 AND ended_at IS NULL AND active_at = $3`),
		writeActive: p.write(`UPDATE sessions SET active_at = $1 WHERE id = $2 AND active_at < $1 AND ended_at IS NULL`),
		clocks:      newClocks(p.st.options.Rules.IdleTimeout), rules: p.st.options.Rules, locks: p.st.locks,
		known: p.st.known, log: p.st.activity, tx: p.st, now: p.st.options.Now, logger: p.st.options.Logger,
	}
}

// row is a session as stored.
type row struct {
	id, person, merchant                                        string
	data                                                        []byte
	created, expires, active, proved, factor, ended, generation int64
}

// FindCtx reads a session that lives, and who it belongs to into the visit of ctx. One that was idle for too long ends here and now, so that
// no request that is still under way can bring it back (C030).
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var r row
	err := s.find.one(ctx, auth.ErrNotFound, []any{token},
		&r.id, &r.data, &r.created, &r.expires, &r.active, &r.proved, &r.factor, &r.ended, &r.person, &r.merchant, &r.generation)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	now := s.now()
	lives := r.ended == 0 && now.Before(moment(r.expires))
	active := s.clocks.latest(ids.SessionID(r.id), moment(r.active))
	if lives && s.rules.Idle(active, now) {
		ended, err := s.timeOut.exec(ctx, millis(now), token, r.active)
		if err != nil {
			return nil, false, err
		}
		if ended == 0 { // another node knows of an activity, or was faster
			return s.FindCtx(ctx, token)
		}
		lives = false
	}
	if !lives {
		auth.VisitOf(ctx).Former = ids.PersonID(r.person)
		return nil, false, nil
	}
	err = s.identify(ctx, token, r, active)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, false, nil
	}
	return r.data, err == nil, err
}

// identify says in the visit whose session was found. Who somebody is changes rarely: it is remembered.
func (s *Sessions) identify(ctx context.Context, token string, r row, active time.Time) error {
	m, p := ids.MerchantID(r.merchant), ids.PersonID(r.person)
	who, err := recallAt(s.known, m, r.generation, personOf{p}, func() (auth.Identity, error) {
		who := auth.Identity{Merchant: m, Person: p}
		var roles, allowed string
		var setAt, factorFrom int64
		err := s.owner.one(ctx, auth.ErrNotFound, []any{m, p},
			&who.Name, &who.Email, &who.Language, &roles, &who.LastEnvironment, &who.Timezone, &who.Theme, &setAt, &who.MerchantName,
			&factorFrom, &allowed, &who.HasFactor)
		who.Roles, who.PasswordSetAt, who.FactorFrom = auth.ParseRoles(roles), moment(setAt), moment(factorFrom)
		who.AllowedFrom = auth.ParseAllowList(allowed)
		return who, err
	})
	if err != nil {
		return err
	}
	who.Session, who.SignedInAt, who.EndsAt, who.ProvedAt = ids.SessionID(r.id), moment(r.created), moment(r.expires), moment(r.proved)
	who.StoredAt, who.ActiveAt, who.FactorAt = moment(r.active), active, moment(r.factor)
	visit := auth.VisitOf(ctx)
	visit.Identity, visit.Found, visit.Generation = &who, token, r.generation
	return nil
}

// personOf is the key of a remembered person.
type personOf struct{ id ids.PersonID }

// CommitCtx writes a session in one of three ways: a sign-in adds a row together with its activity entry; the session found gets another token, or
// is updated, if it still lives. Anything else leaves no row. A sign-in under the token found fails on the primary key: it needs a new one (C026).
// The manager's expiry is not looked at: it goes by the machine's clock and starts again with every renewal (C033).
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	visit := auth.VisitOf(ctx)
	if opening := visit.Opening(); opening != nil {
		if err := s.open(ctx, token, data, *opening); err != nil {
			return err
		}
		visit.Opened(token)
		return nil
	}
	if visit.Found == "" {
		return nil
	}
	if visit.Renewed() {
		_, err := s.renew.exec(ctx, token, string(data), millis(visit.Identity.ProvedAt), millis(visit.Identity.FactorAt), visit.Found)
		visit.Opened(token)
		return err
	}
	if visit.Found != token {
		return nil
	}
	_, err := s.update.exec(ctx, string(data), token)
	return err
}

// open adds a session. A lock that began after the password was found right still holds (C010), and a password that was replaced since opens nothing.
func (s *Sessions) open(ctx context.Context, token string, data []byte, o auth.Opening) error {
	now := s.now()
	end := now.Add(s.rules.SessionLifetime)
	factorAt := int64(0) // never
	if o.Factor {
		factorAt = millis(now)
	}
	if _, err := s.purge.exec(ctx, millis(now.Add(-rowLife)), purgeAtOnce); err != nil { // by itself: acts that look at all sessions would meet
		return err
	}
	err := s.tx.Do(ctx, func(ctx context.Context) error {
		lock, _, err := s.locks.Load(ctx, auth.LockOf(o.Person))
		if err != nil {
			return err
		}
		var setAt int64
		if err := s.passwordSet.one(ctx, auth.ErrBadCredentials, []any{o.Person}, &setAt); err != nil { // disabled or removed meanwhile
			return err
		}
		if now.Before(lock.Until) || setAt != millis(o.PasswordSetAt) {
			return auth.ErrBadCredentials
		}
		if _, err := s.insert.exec(ctx, token, ids.New[ids.SessionID](), o.Person, string(data), o.Browser, o.Address, millis(now), millis(end),
			millisOrZero(o.TypedAt), factorAt); err != nil {
			return err
		}
		if _, err := s.signedIn.exec(ctx, o.Person, millis(now)); err != nil {
			return err
		}
		return s.log.Record(ctx, o.Entry)
	})
	if err != nil {
		return err
	}
	return s.endOldest(ctx, o.Actor)
}

// endOldest ends what is more than a person may have. It comes after the new session, one row at a time: sign-ins of one person at the same
// moment do not meet in it, and the last of them to look sees all.
func (s *Sessions) endOldest(ctx context.Context, who activity.Actor) error {
	living, err := s.Live(ctx, who.Person)
	if err != nil || len(living) <= auth.MaxSessions {
		return err
	}
	for _, oldest := range living[auth.MaxSessions:] {
		err := s.tx.Do(ctx, func(ctx context.Context) error {
			ended, err := s.End(ctx, who.Person, oldest.ID)
			if err != nil || !ended {
				return err
			}
			return s.log.Record(ctx, activity.Entry{
				Actor: who, Action: activity.SessionEnded, Target: string(oldest.ID), Outcome: activity.Done, At: s.now(),
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteCtx removes a session; with the entry that the visit left for it, if there was one to remove. The manager also removes a session that it is
// about to renew: that one stays until CommitCtx gives it its new token. The session found goes whatever its token is by now: another request that was
// under way may have renewed it (C028).
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	visit := auth.VisitOf(ctx)
	if visit.Renewed() && token == visit.Found {
		return nil
	}
	closing, remove, which := visit.Closing(), s.remove, token
	if visit.Found == token && visit.Identity != nil {
		remove, which = s.removeFound, string(visit.Identity.Session)
	}
	return s.tx.Do(ctx, func(ctx context.Context) error {
		removed, err := remove.exec(ctx, which)
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
