package auth

import (
	"context"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

// Identity is who is signed in, read with the session on every request: roles, names and language are never older than that.
type Identity struct {
	Person          ids.PersonID
	Name            string
	Email           string
	Language        string
	Roles           Roles
	Merchant        ids.MerchantID
	MerchantName    string
	LastEnvironment ids.Environment
	Timezone        string // IANA name
	Theme           string // "system", "light" or "dark"
	PasswordSetAt   time.Time
	HasFactor       bool      // has a second factor
	FactorFrom      time.Time // the merchant requires one of everybody from then on; zero Unix time: it does not
	AllowedFrom     AllowList // where the merchant allows the portal to be used from

	Session    ids.SessionID
	SignedInAt time.Time
	ProvedAt   time.Time // when the password was last typed in this session
	FactorAt   time.Time // when a second factor was last shown in this session; zero Unix time: never
	ActiveAt   time.Time // last activity
	StoredAt   time.Time // last activity as far as it is stored; for the store alone
	EndsAt     time.Time // end of the session, whatever is done in it
}

// Opening is a sign-in: the entry about it, and the browser that it was made in, as in Visitor.
type Opening struct {
	activity.Entry
	Browser       string
	PasswordSetAt time.Time // of the password that was found right: with another one meanwhile, nothing is opened (C036)
	TypedAt       time.Time // when the password was typed, which may be long before the second step; zero: a passkey stood for it
	Factor        bool      // a second factor was shown
}

// Visit is what one request knows of its session. The session store fills it when it reads the row and obeys it when it writes,
// which is how a session row gets its person and why a request in flight cannot bring a dead session back (C028).
// It belongs to one request and is not for concurrent use.
type Visit struct {
	// Identity is who the session found belongs to; nil for a stranger.
	Identity *Identity
	// Former is whose session the request came with, if that has ended by itself or was ended from elsewhere. Nobody is signed in by that: it
	// decides alone who may have back a form that the end cut off. Set by the store.
	Former ids.PersonID
	// Found is the digest of the token whose row was found, "" if none. Set by the store.
	Found string
	// Generation is that of the person's merchant when the session was read: the store answers from memory what did not change since.
	// 0: it does not. Set by the store.
	Generation int64

	opening *Opening
	closing *activity.Entry
	renewed bool
}

type visitKey struct{}

// WithVisit starts a visit in ctx.
func WithVisit(ctx context.Context) (context.Context, *Visit) {
	v := new(Visit)
	return context.WithValue(ctx, visitKey{}, v), v
}

// VisitOf gives the visit of ctx, or a stranger's.
func VisitOf(ctx context.Context) *Visit {
	if v, ok := ctx.Value(visitKey{}).(*Visit); ok {
		return v
	}
	return new(Visit)
}

// SignIn makes the session that this request will commit the session of the entry's person. It follows a fresh proof of who
// somebody is, so it does not matter what became of the session that the request came with.
func (v *Visit) SignIn(o Opening) { v.opening = &o }

// Shown is what somebody has shown within a session.
type Shown struct{ Password, Factor bool }

// Renew gives the session found another token when this request commits: after something was shown at that moment (C027). It must be called
// before the session manager renews. The session's end stays where it was (C033), and one that is gone meanwhile stays gone.
func (v *Visit) Renew(at time.Time, what Shown) {
	v.renewed = true
	if v.Identity == nil {
		return
	}
	if what.Password {
		v.Identity.ProvedAt = at
	}
	if what.Factor {
		v.Identity.FactorAt = at
	}
}

// Renewed reports whether the session is to get another token, with ProvedAt and FactorAt as they are in Identity.
func (v *Visit) Renewed() bool { return v.renewed && v.Identity != nil }

// SignOut leaves word of why the session is removed: the entry is written with the removal.
func (v *Visit) SignOut(e activity.Entry) { v.closing = &e }

// Opening is the entry of SignIn, nil if nobody signed in. The store writes it together with the new session row.
func (v *Visit) Opening() *Opening { return v.opening }

// Opened says that the session of SignIn, or the renewed one, is stored under the digest of its token: from now on it is the session found.
func (v *Visit) Opened(digest string) { v.opening, v.renewed, v.Found = nil, false, digest }

// Closing is the entry of SignOut, nil if nobody signed out. The store writes it together with the removal, if there was a row.
func (v *Visit) Closing() *activity.Entry { return v.closing }
