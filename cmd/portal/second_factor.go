package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"merchant-portal/auth"
	"merchant-portal/store"
)

// clearFactorsOperation is the way back in for somebody who has lost the second factor and all recovery codes.
var clearFactorsOperation = operation{
	example: "second-factor clear name@example.com", takes: "second-factor clear takes one e-mail address", least: 1, most: 1, run: clearFactors,
}

func clearFactors(ctx context.Context, c *Config, st *store.Store, args []string, stdout io.Writer) error {
	email := args[0]
	removed, err := newPeople(c, st, newOnboarding(st)).ClearFactors(ctx, email)
	if errors.Is(err, auth.ErrNotFound) {
		return fmt.Errorf("there is no account with the address %q; nothing was changed", email)
	}
	if err != nil {
		return err
	}
	if removed == 0 {
		_, err = fmt.Fprintln(stdout, email, "has no second factor; nothing was changed")
		return err
	}
	_, err = fmt.Fprintf(stdout, "removed every second factor of %s (%d) and the recovery codes; the password stays as it is\n", email, removed)
	return err
}
