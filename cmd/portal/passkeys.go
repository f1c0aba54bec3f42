package main

import "merchant-portal/auth"

// relyingParty is the portal as passkeys know it; nil for a command that answers no requests.
func (c *Config) relyingParty() *auth.RelyingParty {
	if c.publicURL == nil {
		return nil
	}
	return auth.NewRelyingParty(c.publicURL, c.BrandName)
}
