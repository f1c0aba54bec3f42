package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
)

// clearAllowList is the way back for a merchant whose list shuts everybody out. It holds from the next request on, beside a running portal too.
var clearAllowList = operation{
	example: "ip-allow-list clear MERCHANT", takes: "ip-allow-list clear takes one Merchant ID", least: 1, most: 1,
	run: func(ctx context.Context, c *Config, st *store.Store, args []string, stdout io.Writer) error {
		merchant := strings.TrimSpace(args[0])
		cleared, err := newPeople(c, st, newOnboarding(st)).ClearAllowList(ctx, ids.MerchantID(merchant))
		switch {
		case errors.Is(err, auth.ErrNotFound):
			return fmt.Errorf("there is no merchant with the ID %q; nothing was changed", merchant)
		case err != nil:
			return err
		case !cleared:
			_, err = fmt.Fprintln(stdout, merchant, "has no list of networks; nothing was changed")
		default:
			_, err = fmt.Fprintln(stdout, "cleared the list of networks of", merchant)
		}
		return err
	},
}
