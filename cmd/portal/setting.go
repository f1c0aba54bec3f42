package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// setting is one tagged field of Config: its names, and once it is resolved where its value comes from. A secret may stand in a file, which
// the variable with _FILE at its end names. Where another setting has that name already (PORTAL_MASTER_KEY_FILE), that setting is the form.
type setting struct {
	name, variable string
	fileVariable   string // empty: no such form
	fallback       string
	unset          string // what an empty value means, if that is more than none
	help           string
	secret         bool
	flagless       bool
	value          *string
	source         string
}

const (
	fromFlag    = "flag"
	fromDefault = "default"
)

// settingsOf lists the settings that point into c, in the order of its fields. A tagged field that is no text is a mistake of the program.
func settingsOf(c *Config) []setting {
	var all []setting
	fields := reflect.ValueOf(c).Elem()
	for i := range fields.NumField() {
		tag := fields.Type().Field(i).Tag
		name, isSetting := tag.Lookup("flag")
		if !isSetting {
			continue
		}
		value := fields.Field(i).Addr().Interface().(*string) //nolint:forcetypeassert // the mistake shows at start
		s := setting{
			name: name, variable: "PORTAL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")),
			fallback: tag.Get("default"), unset: tag.Get("unset"), help: tag.Get("help"),
			secret: tag.Get("secret") != "", flagless: tag.Get("flagless") != "",
			value: value,
		}
		*s.value = s.fallback
		all = append(all, s)
	}
	for i := range all {
		file := all[i].variable + "_FILE"
		if all[i].secret && !slices.ContainsFunc(all, func(other setting) bool { return other.variable == file }) {
			all[i].fileVariable = file
		}
	}
	return all
}

// register makes the flag. Its default is the program's, never the variable's value: the help prints defaults.
func (s setting) register(flags *flag.FlagSet) {
	if s.flagless {
		return
	}
	variables := s.variable
	if s.fileVariable != "" {
		variables += ", or the name of a file in " + s.fileVariable
	}
	flags.StringVar(s.value, s.name, s.fallback, s.help+" ("+variables+")")
}

// resolve takes the value from the variables, unless the flag was given, and removes from variables what it knows.
func (s *setting) resolve(flagGiven bool, variables map[string]string) error {
	value, inVariable := variables[s.variable]
	file, inFile := variables[s.fileVariable]
	delete(variables, s.variable)
	delete(variables, s.fileVariable)
	switch {
	case inFile && flagGiven:
		return fmt.Errorf("give either --%s or %s, not both", s.name, s.fileVariable)
	case inFile && inVariable:
		return fmt.Errorf("give either %s or %s, not both", s.variable, s.fileVariable)
	case flagGiven:
		s.source = fromFlag
	case inVariable:
		*s.value, s.source = value, s.variable
	case inFile:
		s.source = s.fileVariable
		return s.readFile(file)
	default:
		s.source = fromDefault
	}
	return nil
}

// readFile takes the value from a file, without the line's end. An empty file is refused: it would silently be no value at all.
func (s *setting) readFile(name string) error {
	if strings.Contains(name, "://") {
		return fmt.Errorf("%s must name a file: the value itself belongs into %s", s.fileVariable, s.variable)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("%s names a file that cannot be read: %w", s.fileVariable, withoutSecret(err))
	}
	*s.value = strings.TrimRight(string(text), "\r\n")
	if *s.value == "" {
		return errors.New(s.fileVariable + " names a file that is empty: " + name)
	}
	return nil
}

// withoutSecret leaves the name out of an error about a file, unless it leads to a folder that is there: it may be the secret itself.
func withoutSecret(err error) error {
	var about *fs.PathError
	if !errors.As(err, &about) {
		return err
	}
	if _, missing := os.Stat(filepath.Dir(about.Path)); missing == nil && strings.ContainsRune(about.Path, filepath.Separator) {
		return err
	}
	return about.Err
}

// portalVariables gives those of the environment that are meant for this program.
func portalVariables(environ []string) map[string]string {
	variables := map[string]string{}
	for _, line := range environ {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, "PORTAL_") {
			variables[name] = value
		}
	}
	return variables
}
