package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

func (c *Config) speaksTLS() bool { return c.TLSCert != "" }

// checkTLS refuses half a pair, a key instead of its file, and a redirect that would lead nowhere.
func (c *Config) checkTLS() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key belong together: give both files or neither")
	}
	if holdsPrivateKey(c.TLSKey) || holdsPrivateKey(c.TLSCert) {
		return errors.New("--tls-cert and --tls-key must name files: a key itself does not belong there")
	}
	if c.ListenHTTP == "" {
		return nil
	}
	if !c.speaksTLS() {
		return errors.New("--listen-http only leads to https: give --tls-cert and --tls-key with it")
	}
	host, _, err := net.SplitHostPort(c.ListenHTTP)
	if err != nil {
		return fmt.Errorf("--listen-http %q must be an address and a port, like 0.0.0.0:80", c.ListenHTTP)
	}
	if !isLoopback(host) && c.PublicURL == "" {
		return errors.New("--public-url is required when --listen-http is open to more than this machine: redirects lead there")
	}
	return nil
}

// maxCertificateAge is how old what is known of the files may be when a handshake begins.
const maxCertificateAge = time.Second

// keyPair is the certificate of two files, which may change while the portal runs: whoever renews a certificate restarts nothing. A change
// is another modification time or size. Safe for concurrent use.
type keyPair struct {
	certFile, keyFile string
	now               func() time.Time
	logger            *slog.Logger

	mu      sync.Mutex
	looked  time.Time
	seen    [2]stamp // what the last attempt to load found, successful or not
	current *tls.Certificate
}

// stamp is how a changed file is recognised. That of a missing file is the zero one.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// newKeyPair loads the pair, or says why it is none.
func newKeyPair(certFile, keyFile string, now func() time.Time, logger *slog.Logger) (*keyPair, error) {
	p := &keyPair{certFile: certFile, keyFile: keyFile, now: now, logger: logger, looked: now()}
	return p, p.load([2]stamp{stampOf(certFile), stampOf(keyFile)})
}

// load reads both files. The stamps are from before the reading: a change during it is seen as one next time.
func (p *keyPair) load(stamps [2]stamp) error {
	p.seen = stamps
	pair, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil {
		return fmt.Errorf("--tls-cert and --tls-key are no pair that can be used: %w", err)
	}
	p.current = &pair
	return nil
}

// certificate gives the pair for a handshake. A changed pair that cannot be loaded is logged once, and the old one stays: it may be half written.
func (p *keyPair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Sub(p.looked) < maxCertificateAge {
		return p.current, nil
	}
	p.looked = now
	stamps := [2]stamp{stampOf(p.certFile), stampOf(p.keyFile)}
	if stamps == p.seen {
		return p.current, nil
	}
	if err := p.load(stamps); err != nil {
		p.logger.Error("the changed certificate is not used, the old one stays", slog.Any("error", err))
		return p.current, nil
	}
	p.logger.Info("the changed certificate is used", slog.String("file", p.certFile))
	return p.current, nil
}

// config is that of the listener. HTTP/2 is offered by the server that takes it.
func (p *keyPair) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.certificate}
}
