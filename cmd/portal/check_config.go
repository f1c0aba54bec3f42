package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"merchant-portal/internal/mail"
	"merchant-portal/internal/seal"
)

// checkConfigCommand shows the settings that serve would take, without a secret, and tries whatever leaves no trace: it makes no file and
// opens neither the network nor the database.
func checkConfigCommand(_ context.Context, args, environ []string, stdout, stderr io.Writer) error {
	c, err := readConfig(args, environ, stderr)
	if errors.Is(err, errHelp) {
		return nil
	}
	if c == nil {
		return err
	}
	if err == nil {
		err = c.check()
	}
	if err == nil {
		err = c.try()
	}
	if err := errors.Join(c.show(stdout), err); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, "configuration ok")
	return err
}

// show prints one line per setting: its name, its value, where that comes from.
func (c *Config) show(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range c.settings {
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\n", s.name, s.shown(), s.source); err != nil {
			return err
		}
	}
	return table.Flush()
}

// try does what a start does with the settings, as far as it only reads.
func (c *Config) try() error {
	return errors.Join(c.tryTLS(), c.tryData(), c.tryMasterKey(), c.tryMail())
}

func (c *Config) tryTLS() error {
	if !c.speaksTLS() {
		return nil
	}
	_, err := newKeyPair(c.TLSCert, c.TLSKey, time.Now, slog.New(slog.DiscardHandler))
	return err
}

func (c *Config) tryData() error {
	info, err := os.Stat(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the first start makes it
	}
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("--data: %s is no folder", c.Data)
	}
	return nil
}

func (c *Config) tryMasterKey() error {
	if c.MasterKey != "" {
		_, err := seal.ParseMasterKey(c.MasterKey)
		return err
	}
	_, err := readMasterKey(c.MasterKeyFile)
	if errors.Is(err, fs.ErrNotExist) && c.Database != "" {
		return noSharedMasterKey(c.MasterKeyFile)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the first start makes it
	}
	return err
}

func (c *Config) tryMail() error {
	if c.SMTP == "" {
		return nil
	}
	if _, err := mail.NewSMTP(c.SMTP); err != nil {
		return fmt.Errorf("--smtp: %w", err)
	}
	return nil
}
