package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"merchant-portal/api"
	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/peer"
	"merchant-portal/keys"
	"merchant-portal/store"
	"merchant-portal/web"
	"merchant-portal/web/templates"
)

// maxShutdown bounds how long requests and mails under way may take to finish once the program is told to stop.
const maxShutdown = 10 * time.Second

// serveCommand serves until ctx ends, then finishes what is under way.
func serveCommand(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	c, err := parseConfig(args, environ, stderr)
	if errors.Is(err, errHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	logger := newLogger(c.LogFormat, stderr)
	door, err := listen(ctx, c, logger)
	if err != nil {
		return err
	}
	defer door.close()
	st, err := openStore(ctx, c, logger)
	if err != nil {
		return err
	}
	err = serve(ctx, c, st, door, logger, stdout)
	return errors.Join(err, st.Close())
}

func newLogger(format string, w io.Writer) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// openStore opens the database in the data folder, which belongs to this user alone (C119).
func openStore(ctx context.Context, c *Config, logger *slog.Logger) (*store.Store, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := os.Chmod(c.Data, 0o700); err != nil { //nolint:gosec // a folder needs its x
		return nil, fmt.Errorf("data folder: %w", err)
	}
	database, name := c.databaseAndName()
	key, err := masterKey(ctx, c, database)
	if err != nil {
		return nil, err
	}
	o := c.storeOptions(database, logger)
	o.MasterKey = key
	st, err := store.Open(ctx, o)
	if errors.Is(err, store.ErrMasterKey) && c.rotationBegun() {
		return nil, fmt.Errorf("%w: %w (%s is there)", err, store.ErrHalfRotated, c.nextKeyFile())
	}
	if errors.Is(err, store.ErrMasterKey) {
		return nil, fmt.Errorf("%w: %s was made with another one; nothing was changed", err, name)
	}
	if errors.Is(err, store.ErrRotating) {
		return nil, fmt.Errorf("%w: start this again when portal master-key rotate has ended", err)
	}
	return st, err
}

func (c *Config) storeOptions(database string, logger *slog.Logger) store.Options {
	return store.Options{Database: database, Now: time.Now, Logger: quiet(logger), Rules: c.rules}
}

// databaseAndName gives where the database is, and what it may be called in a sentence: the address of a PostgreSQL holds its password.
func (c *Config) databaseAndName() (database, name string) {
	if c.Database != "" {
		return c.Database, "the database"
	}
	return c.databaseFile(), c.databaseFile()
}

// databaseFile is where the database is if it is no PostgreSQL.
func (c *Config) databaseFile() string { return filepath.Join(c.Data, "portal.db") }

// quiet keeps the libraries below the store to warnings and errors.
func quiet(logger *slog.Logger) *slog.Logger { return slog.New(warnings{logger.Handler()}) }

type warnings struct{ slog.Handler }

// Enabled lets warnings and errors through.
func (h warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func serve(ctx context.Context, c *Config, st *store.Store, door *entrance, logger *slog.Logger, stdout io.Writer) error {
	catalog, err := i18n.Load()
	if err != nil {
		return err
	}
	post, err := newPost(c, catalog, logger)
	if err != nil {
		return err
	}
	var stopping atomic.Bool
	rooms := newOnboarding(st)
	people := newPeople(c, st, rooms)
	rooms.keys.Staff, rooms.keys.Tolerance = people, c.snapTolerance
	handler, err := newHandler(c, st, people, rooms, catalog, post, logger, func(ctx context.Context) error {
		if stopping.Load() {
			return errors.New("stopping")
		}
		return st.Ping(ctx)
	})
	if err != nil {
		return err
	}
	failed := door.serve(handler)
	defer door.close() // before the store does
	if _, err := fmt.Fprintf(stdout, "portal ready url=%s\n", c.publicURL); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	stopMail, err := st.Outbox().Work(ctx, deliverer(people, post.mailer)) // after the first answer can be given: nobody waits for a mail
	if err != nil {
		return err
	}
	stopClocks := st.Sessions().Work(ctx)
	stopUses := st.Uses().Work(ctx)
	stopReminders := remind(ctx, people, rooms.keys, logger)
	select {
	case err = <-failed:
	case <-ctx.Done():
		stopping.Store(true)
	}
	ending := context.WithoutCancel(ctx)
	return errors.Join(err, finish(ending, logger, door.shutdown, stopMail, stopReminders), finish(ending, logger, stopClocks, stopUses)) // what was done last is written last
}

// finish lets all parts of the program end what they have begun, at the same time, for maxShutdown at most. What takes longer is broken off: a
// slow visitor is no failure of the program.
func finish(ctx context.Context, logger *slog.Logger, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, maxShutdown)
	defer cancel()
	ended := make(chan error, len(parts))
	for _, end := range parts {
		go func() { ended <- end(ctx) }()
	}
	var failed error
	for range parts {
		failed = errors.Join(failed, <-ended)
	}
	if errors.Is(failed, context.DeadlineExceeded) {
		logger.Warn("something took too long to finish and was broken off", slog.Duration("limit", maxShutdown), slog.Any("error", failed))
		return nil
	}
	return failed
}

// newHandler wires the rooms: who stores what, and what one room does for another.
func newHandler(
	c *Config, st *store.Store, people *auth.Service, rooms onboarding, catalog *i18n.Catalog, post *post, logger *slog.Logger, ready func(context.Context) error,
) (http.Handler, error) {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, err
	}
	pages := newSettings(st, people, rooms)
	server, err := web.New(web.Options{
		Log: st.Activity(), Entries: st.Entries(),
		Auth: people, Environments: rooms.environments, Keys: rooms.keys,
		Activations: newActivations(st, people, rooms, pages),
		Settings:    pages, Sessions: st.Sessions(), Rules: c.rules, Catalog: catalog,
		Inbox: post.inbox, Ready: ready, MailHealth: post.health.Line, Logger: logger, Now: time.Now,
		PublicURL: c.publicURL, APIs: c.apiURLs(), NotificationSources: c.sources, OnLoopback: isLoopback(host), TrustedProxies: c.proxies,
		Brand: templates.Brand{Name: c.BrandName}, SupportEmail: c.SupportEmail, Live: c.live,
	})
	if err != nil {
		return nil, err
	}
	door, err := api.New(api.Options{
		Keys: rooms.keys, Hosts: c.apiHosts(), Logger: logger, Now: time.Now,
		Peers: peer.Rules{PublicURL: c.publicURL, OnLoopback: isLoopback(host), TrustedProxies: c.proxies},
	})
	if err != nil {
		return nil, err
	}
	return door.Handler(server.Handler()), nil
}

// newPeople makes the room of accounts.
func newPeople(c *Config, st *store.Store, forMerchants onboarding) *auth.Service {
	d := st.ForAuth()
	d.Onboarding, d.Hasher, d.Passkeys = forMerchants, auth.NewHasher(runtime.NumCPU(), auth.DocumentedCost()), c.relyingParty()
	d.Rules, d.Now = c.rules, time.Now
	return auth.New(d)
}

// onboarding opens a new merchant: its environments, then its Sandbox keys. Production gets none before it is activated (C091).
type onboarding struct {
	environments *envswitch.Service
	keys         *keys.Service
}

func newOnboarding(st *store.Store) onboarding {
	return onboarding{
		&envswitch.Service{Store: st.Environments(), Tx: st, Log: st.Activity(), Now: time.Now},
		&keys.Service{
			Store: st.Keys(), Current: st.CurrentKeys(), Registrations: st.SnapRegistrations(), Notifications: st.NotificationKeys(), Uses: st.Uses(), ExternalIDs: st.ExternalIDs(),
			Tx: st, Log: st.Activity(), Sealer: st.Keysets(), Reminders: st.KeyReminders(), Now: time.Now,
		},
	}
}

// MerchantCreated implements auth.Onboarding.
func (o onboarding) MerchantCreated(ctx context.Context, m ids.MerchantID, at time.Time) error {
	if err := o.environments.MerchantCreated(ctx, m, at); err != nil {
		return err
	}
	return o.keys.Issue(ctx, m, ids.Sandbox, at)
}
