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
func icon(name string) templ.Component {
	return leaf{{`<svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol(name)}, {`"></use></svg>`, ""}}
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

// maskedKey is a key that shows which one it is, with the button that shows it.
func maskedKey(p Page, k KeyRow) templ.Component {
	return leaf{
		{`<p class="label">`, k.Label}, {`</p><p class="soft small">`, p.T.T("keys.server_hint")}, {` `, p.T.T("keys.created")}, {` `, k.CreatedAt},
		{`</p><div class="row"><span class="masked">`, k.Value}, {`</span><form method="post" action="`, string(templ.URL(k.RevealHref))},
		{`"><button class="button quiet">`, p.T.T("reveal.button")}, {`<span class="visually-hidden"> `, k.Label}, {`</span></button></form></div>`, ""},
	}
}

// openKey is what stands above a key that may be seen by anybody.
func openKey(p Page, k KeyRow) templ.Component {
	return leaf{
		{`<label for="`, k.Kind}, {`-key">`, k.Label}, {`</label><p class="soft small" id="`, k.Kind}, {`-key-hint">`, p.T.T("keys.client_hint")},
		{` `, p.T.T("keys.created")}, {` `, k.CreatedAt}, {`</p>`, ""},
	}
}
