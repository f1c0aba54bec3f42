package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"merchant-portal/auth"
	"merchant-portal/store"
)

// unlockOperation is support's way to end a lock (C018).
var unlockOperation = operation{
	example: "unlock name@example.com", takes: "unlock takes one e-mail address", least: 1, most: 1, run: unlock,
}

func unlock(ctx context.Context, c *Config, st *store.Store, args []string, stdout io.Writer) error {
	email := args[0]
	err := newPeople(c, st, newOnboarding(st)).Unlock(ctx, email)
	if errors.Is(err, auth.ErrNotFound) {
		return fmt.Errorf("there is no account with the address %q; nothing was changed", email)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, "unlocked", email)
	return err
}
