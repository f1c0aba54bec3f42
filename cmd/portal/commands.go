package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// command is one thing that the program can be told to do.
type command struct {
	name, help string
	run        func(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error
}

// commands: each has a file of its own. The first one is meant when none is named.
var commands = []command{
	{"serve", "serves the portal until it is told to stop; this is what happens without a command", serveCommand},
	{"check-config", "shows every setting and where it comes from, tries what can be tried, and changes nothing", checkConfigCommand},
	{"unlock", "ends the lock of the account with the e-mail address that follows; the password stays as it is", unlockCommand},
	{"version", "says which version this is", versionCommand},
}

// run is the program: it does what the first argument says, with the rest.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return commands[0].run(ctx, args, environ, stdout, stderr)
	}
	if args[0] == "help" {
		return help(stdout)
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], environ, stdout, stderr)
		}
	}
	return fmt.Errorf("unknown command %q; the commands are %s", args[0], commandNames())
}

func help(w io.Writer) error {
	text := "The commands are " + commandNames() + "; portal -help shows the settings.\n"
	for _, c := range commands {
		text += fmt.Sprintf("  %-13s %s\n", c.name, c.help)
	}
	_, err := io.WriteString(w, text)
	return err
}

func commandNames() string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ") + " and help"
}
