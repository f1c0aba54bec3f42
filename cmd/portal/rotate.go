package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"merchant-portal/internal/seal"
	"merchant-portal/store"
)

// rotateCommand gives the database another master key (C082, docs/adr/0024).
func rotateCommand(ctx context.Context, args, environ []string, stdout, stderr io.Writer) (err error) {
	c, err := parseConfig(args, environ, stderr)
	if errors.Is(err, errHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.wantDatabase(ctx); err != nil {
		return err
	}
	logger := newLogger(c.LogFormat, stderr)
	database, _ := c.databaseAndName()
	r, err := store.OpenToRotate(ctx, c.storeOptions(database, logger))
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("%w: stop every portal, on all machines, then run this again; nothing was changed", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	t := turnover{r, c.newKeySource(), stdout, new(int)}
	if err := t.run(ctx); err != nil {
		return err
	}
	logger.Info("the master key was rotated", slog.Int("sealed_anew", *t.anew))
	return nil
}

// keySource is where the two master keys of a rotation come from. Nothing of it is ever printed.
type keySource interface {
	// old reads the key that was used until now.
	old() (seal.MasterKey, error)
	// next reads the key that an earlier run began with, if there is one.
	next() (key seal.MasterKey, there bool, err error)
	// draw gives the key to begin with. It is safe on disk, or whoever runs the command has it.
	draw() (seal.MasterKey, error)
	// settle puts the new key in the place of the old one, and says what is left to do.
	settle() (string, error)
}

// turnover is one run of the command.
type turnover struct {
	*store.Rotation
	keys   keySource
	stdout io.Writer
	anew   *int
}

func (t turnover) run(ctx context.Context) error {
	old, err := t.keys.old()
	if err != nil {
		return err
	}
	opens, err := t.Opens(ctx, old)
	if err != nil {
		return err
	}
	switch opens {
	case store.Wholly:
		next, err := t.keys.draw()
		if err != nil {
			return err
		}
		if old.Same(next) {
			return errors.New("the new master key is the one that the database has already; nothing was changed")
		}
		if err := t.Begin(ctx, old, next); err != nil {
			return fmt.Errorf("%w; run the same command again", err)
		}
		return t.finish(ctx, next)
	case store.Halfway: // somebody has put the new key in its place already
		return t.seal(ctx, old)
	case store.Never:
	}
	next, there, err := t.keys.next()
	if err != nil {
		return err
	}
	if there {
		if opens, err = t.Opens(ctx, next); err != nil {
			return err
		}
	}
	if opens == store.Never {
		return fmt.Errorf("%w; nothing was changed", store.ErrMasterKey)
	}
	return t.finish(ctx, next)
}

func (t turnover) finish(ctx context.Context, next seal.MasterKey) error {
	if err := t.seal(ctx, next); err != nil {
		return err
	}
	left, err := t.keys.settle()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.stdout, left)
	return err
}

func (t turnover) seal(ctx context.Context, next seal.MasterKey) error {
	if err := t.Finish(ctx, next, t.tell); err != nil {
		return fmt.Errorf("%w; the database is between two master keys: run the same command again, it goes on from here", err)
	}
	_, err := fmt.Fprintln(t.stdout, "the database is sealed with the new master key; the old one opens nothing in it any more")
	return err
}

func (t turnover) tell(done store.Resealed) error {
	*t.anew += done.Anew
	text := fmt.Sprintf("%s: %s sealed anew", done.Name, thousands(int64(done.Anew)))
	if done.Before > 0 {
		text += fmt.Sprintf(", %s were already", thousands(int64(done.Before)))
	}
	if len(done.Unopened) > 0 {
		text += fmt.Sprintf("; %s do not open, as they did not before, and stay as they are: %s", thousands(int64(len(done.Unopened))), strings.Join(done.Unopened, ", "))
	}
	_, err := fmt.Fprintln(t.stdout, text)
	return err
}
