// Package web is HTTP for people: the route table, sessions, the mapping of errors to pages, and one file per action. It asks the domain
// for every decision: no rule about accounts, keys or settings lives here, and nothing here touches a table.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/mail"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// Inbox reads the mails that a developer's portal keeps instead of sending.
type Inbox interface {
	Letters() ([]mail.Letter, error)
}

// Sessions keeps sessions, and what somebody did last in them.
type Sessions interface {
	scs.CtxStore
	// Active notes that somebody did something at a moment.
	Active(who auth.Identity, at time.Time)
}

// Options is what a server works with. Inbox may be nil: then there is no inbox page; MailHealth too: then nothing is said of mails. All
// else is required.
type Options struct {
	Auth         *auth.Service
	Environments *envswitch.Service
	Activations  *envswitch.Activations
	Settings     *settings.Service
	Keys         *keys.Service
	Log          activity.Log
	Entries      activity.Reader
	Sessions     Sessions
	Rules        auth.Rules
	Catalog      *i18n.Catalog
	Inbox        Inbox
	Ready        func(ctx context.Context) error // nil error: this node takes requests
	MailHealth   func() string                   // whether mails go out, in words for everybody
	Logger       *slog.Logger
	Now          func() time.Time

	PublicURL *url.URL
	APIs      map[ids.Environment]string // base URL of the API by environment
	// NotificationSources are the addresses that notifications come from, by environment, for the firewalls of merchants; none: nobody has named any.
	NotificationSources map[ids.Environment][]string
	OnLoopback          bool // the listen address is a loopback one
	TrustedProxies      []netip.Prefix
	Brand               templates.Brand
	SupportEmail        string
	Live                bool // pages are being worked on (make dev): nothing of them is kept
}

// Server answers requests. Make one with New.
type Server struct {
	Options
	table    []route.Route[handler]
	sessions *scs.SessionManager
	failsafe failsafe
	checkups checkups
	targets  func() targets // what search finds, indexed at its first use
	uploads  uploadSlots
}

// New makes a server, or says what its route table lacks.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, checkups: newCheckups(o.Now)}
	s.sessions = s.newSessions()
	s.table = s.routes()
	s.targets = sync.OnceValue(s.newTargets)
	if err := route.Check(s.table); err != nil {
		return nil, fmt.Errorf("route table: %w", err)
	}
	var err error
	s.failsafe, err = s.renderFailsafe()
	return s, err
}

// Handler puts everything together. From outside to inside: headers, id, log and recovery; the host; what no browser sends; other sites; the route.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.table {
		s.mount(mux, r)
	}
	fromHere := http.NewCrossOriginProtection()
	fromHere.SetDenyHandler(s.withSession(s.plain(refuseOtherSites)))
	return s.observe(s.onlyOurHosts(s.onlyPlain(fromHere.Handler(mux))))
}
