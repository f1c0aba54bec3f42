package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"merchant-portal/internal/ids"
)

// apiHosts gives the configured API host of each environment that has one.
func (c *Config) apiHosts() map[ids.Environment]string {
	hosts := map[ids.Environment]string{}
	for env, host := range map[ids.Environment]string{ids.Sandbox: c.SandboxAPI, ids.Production: c.ProductionAPI} {
		if host != "" {
			hosts[env] = host
		}
	}
	return hosts
}

// apiURLs gives the address under which programs reach an environment: that of its own host, or the portal's.
func (c *Config) apiURLs() map[ids.Environment]string {
	urls := map[ids.Environment]string{}
	for _, env := range ids.Environments() {
		u := url.URL{Scheme: c.publicURL.Scheme, Host: c.publicURL.Host}
		if host := c.apiHosts()[env]; host != "" {
			u.Host = host
		}
		urls[env] = u.String()
	}
	return urls
}

// checkAPIHosts: a host that is two things at once would take away what keeps the environments apart.
func (c *Config) checkAPIHosts() error {
	for _, s := range []struct{ flag, host string }{{"sandbox-api-host", c.SandboxAPI}, {"production-api-host", c.ProductionAPI}} {
		u, err := url.Parse("https://" + s.host)
		switch {
		case s.host == "":
		case err != nil || u.Host != s.host || u.Hostname() == "" || strings.ToLower(s.host) != s.host:
			return fmt.Errorf("--%s %q must be a host name in lower case, like api.example.com", s.flag, quotable(s.host))
		case c.publicURL != nil && strings.EqualFold(s.host, c.publicURL.Host):
			return fmt.Errorf("--%s %q is the portal's own host: give the API another name", s.flag, quotable(s.host))
		}
	}
	if c.SandboxAPI != "" && c.SandboxAPI == c.ProductionAPI {
		return errors.New("--sandbox-api-host and --production-api-host must be two names: the host says which environment is meant")
	}
	return nil
}
