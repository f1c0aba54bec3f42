package templates

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// markup is trusted as it is. Only constants become one: a text that somebody typed is a string, which the compiler keeps out.
type markup string

// piece is constant markup and the text that follows it; the text is always escaped.
type piece struct {
	markup markup
	text   string
}

// leaf is a component without children for places that many pages share: it writes what templ would, without its cost per expression.
type leaf []piece

// Render implements templ.Component.
func (l leaf) Render(_ context.Context, w io.Writer) error {
	for _, p := range l {
		if _, err := io.WriteString(w, string(p.markup)); err != nil {
			return err
		}
		if p.text == "" {
			continue
		}
		if _, err := io.WriteString(w, templ.EscapeString(p.text)); err != nil {
			return err
		}
	}
	return nil
}

// refresh is when and where a page looks whether its session has ended, if no script does.
func refresh(p Page) templ.Component {
	return leaf{{"", strconv.FormatInt(int64(p.Left/time.Second)+2, 10)}, {";url=/session/check?next=", p.backEscaped()}}
}

// icon draws a symbol of the sprite; a person hears nothing of it.
func icon(name string) templ.Component { return symbolOf(name) }

func symbolOf(name string) leaf {
	return leaf{{`<svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol(name)}, {`"></use></svg>`, ""}}
}

// optionList are the options of a drop-down, of which one may be chosen.
type optionList struct {
	options []Option
	chosen  string
}

// Render implements templ.Component.
func (l optionList) Render(_ context.Context, w io.Writer) error {
	p := pen{w: w}
	l.write(&p)
	return p.err
}

func (l optionList) write(p *pen) {
	for _, o := range l.options {
		p.write(`<option value="`, o.Value)
		if o.Value == l.chosen {
			p.write(`" selected>`, o.Label)
		} else {
			p.write(`">`, o.Label)
		}
		p.write(`</option>`, "")
	}
}

// copyable is a text to take away: selectable without script, with a copy button where a script runs.
func copyable(p Page, id, value string) templ.Component {
	return leaf{
		{`<div class="row"><input class="secret" readonly autocomplete="off" spellcheck="false" id="`, id}, {`" value="`, value},
		{`" aria-describedby="`, id}, {`-hint" data-copy="`, p.T.T("copy.button")}, {`" data-copied="`, p.T.T("copy.done")},
		{`" data-failed="`, p.T.T("copy.failed")}, {`"></div>`, ""},
	}
}

// account says who is signed in.
func account(p Page) templ.Component {
	a := p.Account
	return leaf{
		{`<div><p><strong>`, a.Name}, {`</strong></p><p class="soft small">`, a.Email}, {`</p></div><div><p>`, a.Merchant},
		{`</p><p class="soft small">`, p.T.T("keys.merchant_id")}, {` <span class="mono">`, a.MerchantID}, {`</span></p></div>`, ""},
	}
}

// keyHead says which key it is, since when it is there and when it was used last.
func keyHead(p Page, k KeyRow) templ.Component {
	all := make(leaf, 0, 10)
	if k.Masked {
		all = append(all, piece{`<p class="label">`, k.Label})
	} else {
		all = append(all, piece{`<label for="`, k.ID}, piece{`">`, k.Label})
	}
	if k.Tag != "" {
		all = append(all, piece{` <span class="tag">`, k.Tag}, piece{`</span>`, ""})
	}
	if k.Masked {
		all = append(all, piece{`</p><p class="soft small">`, k.Hint})
	} else {
		all = append(all, piece{`</label><p class="soft small" id="`, k.ID}, piece{`-hint">`, k.Hint})
	}
	all = append(all, piece{` `, p.T.T("keys.created")}, piece{` `, k.CreatedAt})
	if k.Used != "" {
		all = append(all, piece{`. `, k.Used})
	}
	return append(all, piece{`</p>`, ""})
}

// maskedKey is a key that shows which one it is.
func maskedKey(k KeyRow) templ.Component {
	return leaf{{`<p><span class="masked">`, k.Value}, {`</span></p>`, ""}}
}

// keyActs are the buttons of a key: to show it, to copy it without showing it, to rotate it, to look at its use.
func keyActs(p Page, k KeyRow) templ.Component {
	all := make(leaf, 0, 16)
	all = append(all, piece{`<div class="actions">`, ""})
	if k.RevealHref != "" {
		all = append(all,
			piece{`<form method="post" class="actions" action="`, string(templ.URL(k.RevealHref))}, piece{`"><button class="button quiet">`, p.T.T("reveal.button")},
			piece{`<span class="visually-hidden"> `, k.Label}, piece{` `, k.LastFour},
			piece{`</span></button><button class="button quiet" name="only" value="copy">`, p.T.T("reveal.copy_button")},
			piece{`<span class="visually-hidden"> `, k.Label}, piece{` `, k.LastFour}, piece{`</span></button></form>`, ""})
	}
	if k.RotateHref != "" {
		all = append(all,
			piece{`<a class="button quiet" href="`, string(templ.URL(k.RotateHref))}, piece{`">`, p.T.T("rotate.link")},
			piece{`<span class="visually-hidden"> `, k.Label}, piece{` `, k.LastFour}, piece{`</span></a>`, ""})
	}
	return append(all,
		piece{`<a class="button quiet" href="`, string(templ.URL(k.UseHref))}, piece{`">`, p.T.T("use.link")},
		piece{`<span class="visually-hidden"> `, k.Label}, piece{` `, k.LastFour}, piece{`</span></a></div>`, ""})
}
