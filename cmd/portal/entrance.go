package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"merchant-portal/api"
)

// entrance is where requests come in: the address of the portal, and with TLS what leads from plain http to it.
type entrance struct {
	main     net.Listener
	http     net.Listener // answers with redirects; nil: there is none
	pair     *keyPair     // nil: the portal speaks plain http
	url      *url.URL
	logger   *slog.Logger
	portal   *http.Server
	redirect *http.Server // nil without TLS
}

// listen takes the addresses and settles the public URL, so that who comes early waits, but nobody is answered before serve.
func listen(ctx context.Context, c *Config, logger *slog.Logger) (*entrance, error) {
	e := &entrance{logger: logger}
	scheme := "http"
	if c.speaksTLS() {
		pair, err := newKeyPair(c.TLSCert, c.TLSKey, time.Now, logger)
		if err != nil {
			return nil, err
		}
		e.pair, scheme = pair, "https"
	}
	var err error
	if e.main, err = listenOn(ctx, c.Listen); err != nil {
		return nil, err
	}
	if c.publicURL == nil {
		c.publicURL = &url.URL{Scheme: scheme, Host: e.main.Addr().String()}
	}
	e.url = c.publicURL
	if c.ListenHTTP != "" {
		if e.http, err = listenOn(ctx, c.ListenHTTP); err != nil {
			return nil, errors.Join(err, e.main.Close())
		}
	}
	return e, nil
}

func listenOn(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	return listener, nil
}

// serve begins to answer, with h and redirects. What it gives back holds an error once a server ends.
func (e *entrance) serve(h http.Handler) <-chan error {
	failed := make(chan error, 3) // one per server and listener: nobody has to read more than the first
	e.portal = newHTTPServer(h, e.logger, peers)
	if e.pair == nil {
		go func() { failed <- e.portal.Serve(e.main) }()
		return failed
	}
	e.portal.TLSConfig = e.pair.config()
	e.redirect = newHTTPServer(redirectTo(e.url), e.logger, peers)
	secure, plain := splitByFirstByte(e.main)
	go func() { failed <- e.portal.ServeTLS(secure, "", "") }()
	go func() { failed <- e.redirect.Serve(plain) }()
	if e.http != nil {
		go func() { failed <- e.redirect.Serve(e.http) }()
		e.logger.Info("plain http is redirected", slog.String("from", e.http.Addr().String()), slog.String("to", e.url.String()))
	}
	return failed
}

// shutdown lets answers under way finish, until ctx ends. Redirects are broken off: they lead to a portal that is ending, and a stranger who
// sends one slowly must not hold up the end.
func (e *entrance) shutdown(ctx context.Context) error {
	var err error
	if e.redirect != nil {
		err = e.redirect.Close()
	}
	return errors.Join(err, e.portal.Shutdown(ctx))
}

// close gives the addresses free, whatever was begun. It may come after shutdown.
func (e *entrance) close() {
	for _, server := range []*http.Server{e.portal, e.redirect} {
		if server != nil {
			server.Close() //nolint:errcheck // it ends anyway
		}
	}
	for _, listener := range []net.Listener{e.main, e.http} {
		if listener != nil {
			listener.Close() //nolint:errcheck // its server closed it first
		}
	}
}

// redirectTo leads every request to the same path of the portal, but those of programs with keys. The host comes from the configuration, never from the
// request (C063).
func redirectTo(portal *url.URL) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api.Owns(r.URL.Path) {
			api.InClear(w, r)
			return
		}
		to := url.URL{Scheme: portal.Scheme, Host: portal.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
	})
}
