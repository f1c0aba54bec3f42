package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
)

// Config is everything that can be set: by flag, or by the variable PORTAL_ and the flag's name in capitals. A flag beats its variable.
// Tags: flag (the name), default, help; unset (what an empty value means); secret (never shown, and may stand in a file,
// see setting); flagless (a variable alone: a command line can be read by everybody on the machine). README.md's table is made of them.
type Config struct {
	Listen            string `flag:"listen" default:"127.0.0.1:8080" help:"address and port to listen on; port 0 takes a free one"`
	TLSCert           string `flag:"tls-cert" help:"file of the certificate and its chain; with it --listen speaks TLS; a changed file is used without a restart"`
	TLSKey            string `flag:"tls-key" help:"file of the certificate's private key"`
	ListenHTTP        string `flag:"listen-http" help:"second address, where plain http is redirected to the public URL; only with TLS"`
	PublicURL         string `flag:"public-url" unset:"from --listen on loopback" help:"address under which people reach the portal; links in mails start with it; https unless loopback"`
	Data              string `flag:"data" default:"./data" help:"folder of database, master key and mails"`
	Database          string `flag:"database" unset:"portal.db in the data folder" secret:"true" help:"PostgreSQL database, postgres://user:password@host:5432/name?sslmode=verify-full"`
	SMTP              string `flag:"smtp" secret:"true" help:"mail server, smtp://user:password@host:587 (STARTTLS) or smtps://…; required off loopback, where mails stay under the data folder without it"`
	MailFrom          string `flag:"mail-from" default:"Merchant Portal <portal@localhost>" help:"sender of mails"`
	SupportEmail      string `flag:"support-email" help:"address that people can write to, shown on pages and in mails"`
	TrustedProxies    string `flag:"trusted-proxies" help:"addresses or networks, separated by commas, whose X-Forwarded-For counts"`
	IdleTimeout       string `flag:"idle-timeout" default:"15m" help:"a session without activity for longer is logged out; durations take s, m, h, and d for 24 hours"`
	SessionLifetime   string `flag:"session-lifetime" default:"12h" help:"how long a session lasts at most, counted from logging in"`
	LockoutFailures   string `flag:"lockout-failures" default:"5" help:"which wrong password in a row locks the account"`
	LockoutDuration   string `flag:"lockout-duration" default:"15m" help:"how long a locked account stays locked"`
	PasswordMaxAge    string `flag:"password-max-age" default:"90d" help:"age at which a password must be changed"`
	ResetLinkTTL      string `flag:"reset-link-ttl" default:"1h" help:"how long a mailed link to a new password works"`
	LogFormat         string `flag:"log-format" default:"text" help:"text or json, on standard error"`
	BrandName         string `flag:"brand-name" default:"Merchant Portal" help:"name on pages and in mails"`
	SandboxAPI        string `flag:"sandbox-api-host" help:"host name, with its port if it has one, where programs reach Sandbox: there Production keys are refused, and only the API answers"`
	ProductionAPI     string `flag:"production-api-host" help:"the same for Production; without a host of its own, the key alone says which environment it is"`
	SandboxSources    string `flag:"sandbox-notification-addresses" help:"addresses or networks that notifications of Sandbox come from, separated by commas, for the firewalls of merchants; without any, their page says to ask"`
	ProductionSources string `flag:"production-notification-addresses" help:"the same for Production"`
	SnapTolerance     string `flag:"snap-timestamp-tolerance" default:"5m" help:"how far the X-TIMESTAMP of a BI-SNAP request may be from the time here, before or after, below 12 hours"`
	MasterKeyFile     string `flag:"master-key-file" unset:"master.key in the data folder" help:"file of the master key, mode 0600"`
	MasterKey         string `flag:"master-key" secret:"true" flagless:"true" help:"the master key itself, 32 bytes in base64, instead of the file"`
	NewMasterKeyFile  string `flag:"new-master-key-file" unset:"one is drawn" help:"file of the next master key, mode 0600, for portal master-key rotate alone"`
	NewMasterKey      string `flag:"new-master-key" secret:"true" flagless:"true" help:"the next master key itself, 32 bytes in base64, for portal master-key rotate alone"`

	settings  []setting
	own       map[string]string // flags of a command alone, by name
	publicURL *url.URL          // nil: made from the real listen address
	proxies   []netip.Prefix
	rules     auth.Rules
	live      bool // templ's watch runs the program (make dev)

	snapTolerance time.Duration
	sources       map[ids.Environment][]string // where notifications come from
}

// errHelp: the help was asked for and shown.
var errHelp = flag.ErrHelp

// parseConfig reads arguments and environment and refuses, with a sentence, whatever is unknown, malformed or contradictory.
func parseConfig(args, environ []string, usage io.Writer) (*Config, error) {
	c, err := readConfig(args, environ, usage)
	if err != nil {
		return nil, err
	}
	return c, c.check()
}

// readConfig finds the value of each setting. Beside an error it gives what it found, unless the arguments already make no sense.
func readConfig(args, environ []string, usage io.Writer) (*Config, error) {
	c, others, err := readArguments(args, environ, usage)
	if len(others) > 0 {
		return nil, fmt.Errorf("unknown argument %q; see portal -help", others[0])
	}
	return c, err
}

// readArguments does what readConfig does, and gives the arguments that are no flags: they may stand before, between and behind flags. own are flags of the
// command alone.
func readArguments(args, environ []string, usage io.Writer, own ...ownFlag) (c *Config, others []string, err error) {
	c = &Config{own: map[string]string{}}
	c.settings, c.live = settingsOf(c), slices.Contains(environ, "TEMPL_DEV_MODE=true")
	flags := flag.NewFlagSet("portal", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.Usage = func() {
		_, _ = io.WriteString(usage, "portal [command] [settings]; portal help shows the commands. These are the settings, each with its variable:\n")
		flags.PrintDefaults()
	}
	for _, s := range c.settings {
		s.register(flags)
	}
	for _, f := range own {
		flags.Func(f.name, f.help, func(text string) error { c.own[f.name] = text; return nil })
	}
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	for flags.NArg() > 0 { // flags stops at the first argument that is none
		others = append(others, flags.Arg(0))
		if err := flags.Parse(flags.Args()[1:]); err != nil {
			return nil, nil, err
		}
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	variables := portalVariables(environ)
	var failed []error
	for i := range c.settings {
		failed = append(failed, c.settings[i].resolve(given[c.settings[i].name], variables))
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		failed = append(failed, fmt.Errorf("unknown variable %s; see portal -help for the settings", name))
	}
	return c, others, errors.Join(failed...)
}

func (c *Config) check() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q must be an address and a port, like 127.0.0.1:8080", c.Listen)
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	if err := c.checkPublicURL(isLoopback(host)); err != nil {
		return err
	}
	if c.SMTP == "" && (!isLoopback(host) || (c.publicURL != nil && !isLoopback(c.publicURL.Hostname())) || c.TrustedProxies != "") {
		return errors.New("without --smtp mails would stay on this machine: give --smtp, or listen on loopback without a proxy and another public URL")
	}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		return fmt.Errorf("--mail-from %q must be an address, like Portal <portal@example.com>", c.MailFrom)
	}
	if c.SupportEmail != "" {
		if a, err := mail.ParseAddress(c.SupportEmail); err != nil || a.Address != c.SupportEmail {
			return fmt.Errorf("--support-email %q must be an e-mail address", c.SupportEmail)
		}
	}
	if c.Database != "" && !store.IsPostgres(c.Database) {
		return errors.New("--database must be a URL that begins with postgres://; without it the portal keeps portal.db in its data folder")
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return fmt.Errorf("--log-format %q must be text or json", c.LogFormat)
	}
	if c.BrandName == "" {
		return errors.New("--brand-name must not be empty")
	}
	if c.MasterKey != "" && c.MasterKeyFile != "" {
		return errors.New("give either PORTAL_MASTER_KEY or --master-key-file, not both")
	}
	if c.NewMasterKey != "" && c.NewMasterKeyFile != "" {
		return errors.New("give either PORTAL_NEW_MASTER_KEY or --new-master-key-file, not both")
	}
	if c.MasterKeyFile == "" {
		c.MasterKeyFile = filepath.Join(c.Data, "master.key")
	}
	if err := c.checkRules(); err != nil {
		return err
	}
	if err := c.checkAPIHosts(); err != nil {
		return err
	}
	if err := c.checkSources(); err != nil {
		return err
	}
	return c.checkProxies()
}

// checkPublicURL: links in mails and the session's cookie depend on it, so a wrong one stops the start.
func (c *Config) checkPublicURL(listensOnLoopback bool) error {
	if c.PublicURL == "" {
		if !listensOnLoopback {
			return errors.New("--public-url is required when the portal listens on more than this machine: links in mails start with it")
		}
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("--public-url %q must look like https://portal.example.com", quotable(c.PublicURL))
	}
	if u.Scheme == "http" && c.speaksTLS() {
		return fmt.Errorf("--public-url %q must be https: with --tls-cert nothing else is answered there", c.PublicURL)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return fmt.Errorf("--public-url %q must be https: browsers drop the session's cookie on plain http, so nobody could sign in", c.PublicURL)
	}
	c.publicURL = u
	return nil
}

func (c *Config) checkProxies() error {
	var err error
	c.proxies, err = networks("trusted-proxies", c.TrustedProxies)
	return err
}

// networks reads addresses and networks separated by commas.
func networks(flag, texts string) (all []netip.Prefix, err error) {
	for text := range strings.SplitSeq(texts, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("--%s: %q must be an address or a network, like 10.0.0.0/8", flag, text)
		}
		all = append(all, prefix)
	}
	return all, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
