package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"merchant-portal/store"
)

// operation is a command of the operator on the portal's database. It takes the portal's settings, and may run beside the portal.
type operation struct {
	example     string // of its use: name and arguments
	takes       string // its arguments in words
	least, most int    // how many arguments it takes
	own         []ownFlag
	run         func(ctx context.Context, c *Config, st *store.Store, args []string, stdout io.Writer) error
}

// ownFlag is a flag of one command, beside the settings: it has no variable. What was given stands in Config.own.
type ownFlag struct{ name, help string }

// command does the operation with arguments that may stand before, between and behind flags.
func (o operation) command(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	c, others, err := readArguments(args, environ, stderr, o.own...)
	switch {
	case errors.Is(err, errHelp):
		return nil
	case err != nil:
		return err
	case len(others) < o.least || len(others) > o.most:
		return fmt.Errorf("%s, not %d: portal %s", o.takes, len(others), o.example)
	}
	if err := c.check(); err != nil {
		return err
	}
	return o.onDatabase(ctx, c, others, stdout, stderr)
}

// onDatabase opens the database for the operation. One that is not there is a setting that was forgotten: none is made.
func (o operation) onDatabase(ctx context.Context, c *Config, args []string, stdout, stderr io.Writer) (err error) {
	if err := c.wantDatabase(ctx); err != nil {
		return err
	}
	st, err := openStore(ctx, c, newLogger(c.LogFormat, stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return o.run(ctx, c, st, args, stdout)
}

// wantDatabase refuses to go on where there is no database yet.
func (c *Config) wantDatabase(ctx context.Context) error {
	if c.Database != "" {
		return nil
	}
	isNew, err := store.IsNew(ctx, c.databaseFile())
	if err == nil && isNew {
		return fmt.Errorf("there is no portal's database at %s: give --data or --database as the portal has them", c.databaseFile())
	}
	return err
}
