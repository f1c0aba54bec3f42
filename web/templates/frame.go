package templates

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
)

// frameKey is all that a part of the frame depends on. None of it comes from a visitor, so there are few of them.
type frameKey struct {
	part, lang, title, environment, home, theme, section, path, support string
	signedIn, closed                                                    bool
	menu                                                                Menu
	idle                                                                time.Duration
	brand                                                               Brand
}

var frames sync.Map // frameKey → []string

// here marks, in what is rendered once, where something of the visitor stands. It needs no escaping and is nobody's name.
const here = "~~~here~~~"

// cut is the mark as a component.
var cut = leaf{{here, ""}}

// part is a piece of a page that is rendered one time for all pages that have it in common, and cut at its marks: most of a page is its frame.
type part struct {
	page Page
	name string
	make func(Page) templ.Component
}

// once is a part without marks.
func (p Page) once(name string, component func(Page) templ.Component) templ.Component {
	return part{p, name, component}
}

// Render implements templ.Component.
func (o part) Render(ctx context.Context, w io.Writer) error {
	pieces, err := o.pieces(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, pieces[0])
	return err
}

func (o part) pieces(ctx context.Context) ([]string, error) {
	p := o.page
	key := frameKey{
		o.name, p.T.Lang(), p.Title, p.Environment, p.home(), p.Theme, p.Section, p.Path, p.SupportEmail, p.Account != nil, p.ProductionClosed, p.Menu, p.Idle, p.Brand,
	}
	if ready, ok := frames.Load(key); ok && !p.Live {
		return ready.([]string), nil //nolint:forcetypeassert // nothing else is stored
	}
	var made bytes.Buffer
	if err := o.make(p).Render(ctx, &made); err != nil {
		return nil, err
	}
	pieces := strings.Split(made.String(), here)
	frames.Store(key, pieces)
	return pieces, nil
}

// layout is the frame around a page's own content, which are its children.
func layout(p Page) templ.Component { return frame{part{p, "frame", wholeFrame}} }

type frame struct{ part }

// Render implements templ.Component.
func (f frame) Render(ctx context.Context, w io.Writer) error {
	content := templ.GetChildren(ctx)
	ctx = templ.ClearChildren(ctx)
	pieces, err := f.pieces(ctx)
	if err != nil {
		return err
	}
	p := f.page
	inserts := []insert{{part: f.inside(content)}}
	if p.Account != nil {
		inserts = []insert{
			{part: refresh(p)}, {text: p.Account.Merchant}, {text: p.Account.Merchant}, {part: account(p)}, inserts[0],
			{text: strconv.FormatInt(p.Left.Milliseconds(), 10)}, {text: p.back()},
		}
	}
	if len(pieces) != len(inserts)+1 {
		return fmt.Errorf("the frame has %d marks, want %d", len(pieces)-1, len(inserts))
	}
	for i, in := range inserts {
		if _, err := io.WriteString(w, pieces[i]); err != nil {
			return err
		}
		if err := in.render(ctx, w); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, pieces[len(inserts)])
	return err
}

// insert is what stands at a mark: a component, or a text without one.
type insert struct {
	part templ.Component
	text string
}

func (in insert) render(ctx context.Context, w io.Writer) error {
	if in.part != nil {
		return in.part.Render(ctx, w)
	}
	_, err := io.WriteString(w, templ.EscapeString(in.text))
	return err
}

// inside is what stands in the frame: the notices, then the page.
func (f frame) inside(content templ.Component) templ.Component {
	if f.page.Notice == "" && f.page.Kept == "" && f.page.PasswordEnds == "" && f.page.FactorDue == "" && f.page.Activation == "" {
		return content
	}
	return templ.Join(notice(f.page), passwordNotice(f.page), factorNotice(f.page), activationNotice(f.page), keptNotice(f.page), content)
}
