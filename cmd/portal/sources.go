package main

import (
	"fmt"

	"merchant-portal/internal/ids"
)

// checkSources reads the addresses that notifications come from, for the pages of merchants. A network with more than its own bits set is taken for a
// mistyped one: a firewall rule made of it would let others in.
func (c *Config) checkSources() error {
	c.sources = map[ids.Environment][]string{}
	for _, s := range []struct {
		env         ids.Environment
		flag, texts string
	}{{ids.Sandbox, "sandbox-notification-addresses", c.SandboxSources}, {ids.Production, "production-notification-addresses", c.ProductionSources}} {
		all, err := networks(s.flag, s.texts)
		if err != nil {
			return err
		}
		for _, network := range all {
			if network != network.Masked() {
				return fmt.Errorf("--%s: %s is no network: %s is, or %s alone", s.flag, network, network.Masked(), network.Addr())
			}
			c.sources[s.env] = append(c.sources[s.env], network.String())
		}
	}
	return nil
}
