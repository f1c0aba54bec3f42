package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// command is one thing that the program can be told to do. Its name is a word, or several with a space between them.
type command struct {
	name, help string
	run        func(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error
}

// commands: each has a file of its own. The first one is meant when none is named.
var commands = []command{
	{"serve", "serves the portal until it is told to stop; this is what happens without a command", serveCommand},
	{"check-config", "shows every setting and where it comes from, tries what can be tried, and changes nothing", checkConfigCommand},
	{"unlock", "ends the lock of the account with the e-mail address that follows; the password stays as it is", unlockOperation.command},
	{"activity verify", "says whether the activity log is complete, of every merchant or of the one that follows; fails where it is not", verifyOperation.command},
	{"second-factor clear", "removes every second factor of the account with the e-mail address that follows, recovery codes too; the owner is mailed", clearFactorsOperation.command},
	{"ip-allow-list clear", "empties the list of networks of the merchant whose ID follows: the way back for who has shut themselves out", clearAllowList.command},
	{"master-key rotate", "seals the whole database anew with another master key, while no portal runs on it; broken off, it goes on when it is run again", rotateCommand},
	{"activation list", "lists the registrations for Production, those that wait for a review first", listActivations.command},
	{"activation show", "shows all that the merchant whose ID follows has handed in; with --to FOLDER it writes the documents there", showActivation.command},
	{"activation approve", "activates Production of the merchant whose ID follows, with its keys, at once; a number behind it means that submission and no other", approveActivation.command},
	{"activation reject", "gives the registration of the merchant whose ID follows back with a reason: --reason TEXT, which the merchant reads", rejectActivation.command},
	{"version", "says which version this is", versionCommand},
}

// run is the program: it does what the first arguments say, with the rest.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return commands[0].run(ctx, args, environ, stdout, stderr)
	}
	if args[0] == "help" {
		return help(stdout)
	}
	for _, c := range commands {
		if rest, named := c.namedBy(args); named {
			return c.run(ctx, rest, environ, stdout, stderr)
		}
	}
	if begun := commandsThatBegin(args[0]); len(begun) > 0 {
		return fmt.Errorf("%q is only the beginning of a command: %s; portal help says what each does", args[0], strings.Join(begun, ", "))
	}
	return fmt.Errorf("unknown command %q; the commands are %s", args[0], commandNames())
}

// namedBy reports whether the arguments begin with the command's name, and gives those behind it.
func (c command) namedBy(args []string) (rest []string, named bool) {
	words := strings.Fields(c.name)
	if len(args) < len(words) || !slices.Equal(args[:len(words)], words) {
		return nil, false
	}
	return args[len(words):], true
}

// commandsThatBegin are the commands of several words of which this is the first.
func commandsThatBegin(word string) []string {
	var names []string
	for _, c := range commands {
		if strings.HasPrefix(c.name, word+" ") {
			names = append(names, c.name)
		}
	}
	return names
}

func help(w io.Writer) error {
	text := "The commands are " + commandNames() + "; portal -help shows the settings.\n"
	width := 0
	for _, c := range commands {
		width = max(width, len(c.name))
	}
	for _, c := range commands {
		text += fmt.Sprintf("  %-*s  %s\n", width, c.name, c.help)
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
