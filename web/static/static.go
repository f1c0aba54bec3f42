// Package static holds what pages load: style, scripts, fonts, icons. Each file is served under a name that contains a hash of its
// content, so that browsers may keep it for ever; no other name is answered, and there is no directory to list.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed *.css *.js fonts/*.woff2 icons/*.svg
var files embed.FS

// Prefix is where assets live.
const Prefix = "/static/"

type asset struct {
	content     []byte
	contentType []string
}

type index struct {
	paths  map[string]string // file name → URL path
	assets map[string]asset  // URL path → what is served
}

// load reads and hashes everything at the first use. Style sheets come last: they name other files by their plain names, which are
// replaced by the hashed ones.
var load = sync.OnceValue(func() index {
	ix := index{map[string]string{}, map[string]asset{}}
	var sheets []string
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if path.Ext(name) == ".css" {
			sheets = append(sheets, name)
			return nil
		}
		content, err := files.ReadFile(name)
		ix.add(name, content)
		return err
	})
	for _, name := range sheets {
		content, readErr := files.ReadFile(name)
		if readErr != nil {
			err = readErr
		}
		for plain, hashed := range ix.paths {
			content = bytes.ReplaceAll(content, []byte(`url("`+plain+`")`), []byte(`url("`+hashed+`")`))
		}
		ix.add(name, content)
	}
	if err != nil {
		panic(fmt.Sprintf("static: %v", err)) // the files are part of the program
	}
	return ix
})

func (ix index) add(name string, content []byte) {
	digest := sha256.Sum256(content)
	ext := path.Ext(name)
	hashed := Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(digest[:5]) + ext
	var contentType string // not from the machine's own tables: they differ, and reading them takes longer than all the rest
	switch ext {
	case ".js":
		contentType = "text/javascript; charset=utf-8"
	case ".css":
		contentType = "text/css; charset=utf-8"
	case ".woff2":
		contentType = "font/woff2"
	case ".svg":
		contentType = "image/svg+xml; charset=utf-8"
	default:
		panic("static: no content type for " + name)
	}
	ix.paths[name] = hashed
	ix.assets[hashed] = asset{content, []string{contentType}}
}

// Path gives the URL path of a file of this folder. An unknown name is a mistake in the program and panics.
func Path(name string) string {
	hashed, ok := load().paths[name]
	if !ok {
		panic("static: no file " + name)
	}
	return hashed
}

var immutable = []string{"public, max-age=31536000, immutable"}

// Serve answers a GET or HEAD of a hashed name and reports whether there is such a file.
func Serve(w http.ResponseWriter, r *http.Request) bool {
	a, ok := load().assets[r.URL.Path]
	if !ok {
		return false
	}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = a.contentType, immutable
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
	return true
}
