package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
)

// sessionCookie is the session's cookie. The prefix makes browsers refuse it without Secure, with a Domain, or from a subdomain (C029).
const sessionCookie = "__Host-session"

// newSessions makes scs's manager. IdleTimeout stays 0: with it scs writes on every request and brings ended sessions back (C028).
func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.Sessions
	m.Codec = jsonCodec{}
	m.HashTokenInStore = true
	m.Lifetime = s.Rules.SessionLifetime
	m.Cookie = scs.SessionCookie{Name: sessionCookie, HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode, Secure: true, Persist: false}
	m.ErrorFunc = func(w http.ResponseWriter, hr *http.Request, err error) {
		w.Header().Del("Location") // of a redirect that does not come about
		s.fail(w, s.newRequest(hr, ""), err)
	}
	return m
}

// withSession reads the session of a request. Two session cookies are none: one of them was planted (C042).
func (s *Server) withSession(next http.Handler) http.Handler {
	managed := s.sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		ctx, _ := auth.WithVisit(hr.Context())
		hr = hr.WithContext(ctx)
		if len(hr.CookiesNamed(sessionCookie)) > 1 {
			keep := hr.Cookies()
			hr.Header = hr.Header.Clone()
			hr.Header.Del("Cookie")
			for _, c := range keep {
				if c.Name != sessionCookie {
					hr.AddCookie(c)
				}
			}
		}
		managed.ServeHTTP(w, hr)
	})
}

// signIn gives this browser a new session of the entry's person; whatever session it came with is over (C026).
func (s *Server) signIn(r *request, opening auth.Opening) error {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	r.visit.SignIn(opening)
	s.sessions.Put(r.Context(), "signed_in", true)
	return nil
}

// renew gives the session another token after something was shown again (C027).
func (s *Server) renew(r *request, what auth.Shown) error {
	r.visit.Renew(r.at, what)
	return s.sessions.RenewToken(r.Context())
}

// signOut ends the session on the server.
func (s *Server) signOut(r *request) error {
	r.visit.SignOut(activity.Entry{Actor: r.actor(), Action: activity.SignedOut, Outcome: activity.Done, At: s.Now()})
	return s.sessions.Destroy(r.Context())
}

// jsonCodec stores session data as JSON: readable, and cheaper than gob.
type jsonCodec struct{}

type storedSession struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

// Encode implements scs.Codec.
func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	text, err := json.Marshal(storedSession{deadline, values})
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	return text, nil
}

// Decode implements scs.Codec.
func (jsonCodec) Decode(text []byte) (time.Time, map[string]any, error) {
	var stored storedSession
	if err := json.Unmarshal(text, &stored); err != nil {
		return time.Time{}, nil, fmt.Errorf("decode session: %w", err)
	}
	if stored.Values == nil {
		stored.Values = map[string]any{}
	}
	return stored.Deadline, stored.Values, nil
}
