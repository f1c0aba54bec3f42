package templates

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"
)

// frameKey is all that a part of the frame depends on. None of it comes from a visitor, so there are few of them.
type frameKey struct {
	part, lang, title, environment, section, path, support string
	brand                                                  Brand
}

var frames sync.Map // frameKey → []byte

// once renders a part of the frame (head, sidebar, language form, foot) one time for all pages that have it in common: most of a page is
// its frame. Whatever depends on who is signed in must not be in it.
func (p Page) once(part string, c templ.Component) templ.Component {
	key := frameKey{part, p.T.Lang(), p.Title, p.Environment, p.Section, p.Path, p.SupportEmail, p.Brand}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if ready, ok := frames.Load(key); ok {
			_, err := w.Write(ready.([]byte)) //nolint:forcetypeassert // nothing else is stored
			return err
		}
		var made bytes.Buffer
		if err := c.Render(ctx, &made); err != nil {
			return err
		}
		frames.Store(key, made.Bytes())
		_, err := w.Write(made.Bytes())
		return err
	})
}
