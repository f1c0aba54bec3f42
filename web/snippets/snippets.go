// Package snippets is code that merchants paste: per language one program for each call, with the host and the public names of a merchant filled in. It
// refuses to hold a secret: programs read secrets from their environment. Each file is a whole program; its tests run what the machine has tools for.
package snippets

import (
	"embed"
	"strings"
	"text/template"
)

//go:embed *.txt
var files embed.FS

var templates = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "*.txt"))

// Language is one that there are snippets in.
type Language struct {
	Name  string // as in the address and in the files' names
	Title string
	Needs string // what has to be there for the programs to run
}

// Languages lists them, in the order in which they are offered.
func Languages() []Language {
	return []Language{
		{"curl", "curl", "curl, openssl"}, {"go", "Go", "Go 1.24"}, {"node", "Node.js", "Node.js 18"},
		{"php", "PHP", "PHP 8, curl, openssl"}, {"python", "Python", "Python 3.8, cryptography"}, {"java", "Java", "Java 17"},
	}
}

// The calls that there are snippets for.
const (
	Status = "status" // of a transaction, by the legacy API: Basic authentication
	Token  = "token"  // BI-SNAP: an access token
	Debit  = "debit"  // BI-SNAP: the status of a payment, signed
)

// Names are what is filled in: none of it is a secret.
type Names struct {
	API       string // base URL
	ClientID  string
	PartnerID string
}

// Code gives the program of a language for a call. Asking for one that does not exist is an error.
func Code(language, call string, names Names) (string, error) {
	var code strings.Builder
	err := templates.ExecuteTemplate(&code, call+"."+language+".txt", names)
	return code.String(), err
}
