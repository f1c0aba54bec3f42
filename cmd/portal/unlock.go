package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"merchant-portal/auth"
	"merchant-portal/store"
)

// unlockCommand is support's way to end a lock (C018). It may run beside the portal, on the same database.
func unlockCommand(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	c, others, err := readArguments(args, environ, stderr)
	switch {
	case errors.Is(err, errHelp):
		return nil
	case err != nil:
		return err
	case len(others) != 1:
		return fmt.Errorf("unlock takes one e-mail address, not %d: portal unlock name@example.com", len(others))
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := unlock(ctx, c, others[0], stderr); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, "unlocked", others[0])
	return err
}

// unlock ends the lock of an account. A database that is not there is a setting that was forgotten: none is made.
func unlock(ctx context.Context, c *Config, email string, log io.Writer) (err error) {
	if c.Database == "" {
		isNew, err := store.IsNew(ctx, c.databaseFile())
		if err != nil {
			return err
		}
		if isNew {
			return fmt.Errorf("there is no portal's database at %s: give --data or --database as the portal has them", c.databaseFile())
		}
	}
	st, err := openStore(ctx, c, newLogger(c.LogFormat, log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	err = newPeople(c, st, newOnboarding(st)).Unlock(ctx, email)
	if errors.Is(err, auth.ErrNotFound) {
		return fmt.Errorf("there is no account with the address %q; nothing was changed", email)
	}
	return err
}
