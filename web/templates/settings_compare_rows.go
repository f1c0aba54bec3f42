package templates

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// comparedRows are fields in both environments; those that differ can be chosen. It is most of the page, so it is written without templ's cost per expression.
type comparedRows struct {
	page   Page
	id     string // of the heading
	fields []ComparedField
	differ bool
}

func comparedTable(p Page, id string, fields []ComparedField, differ bool) templ.Component {
	return &comparedRows{p, id, fields, differ}
}

// Render implements templ.Component.
func (c *comparedRows) Render(_ context.Context, w io.Writer) error {
	t := c.page.T
	sandbox, production, comparison := t.T("environment.sandbox"), t.T("environment.production"), t.T("compare.comparison")
	p := pen{w: w}
	p.write(`<table class="changes compared" aria-labelledby="`, c.id)
	p.write(`"><thead><tr><th scope="col">`, t.T("compare.field"))
	p.write(`</th><th scope="col">`, sandbox)
	p.write(`</th><th scope="col">`, production)
	p.write(`</th><th scope="col">`, comparison)
	p.write(`</th></tr></thead><tbody>`, "")
	for _, f := range c.fields {
		c.head(&p, f)
		p.write(`<td data-head="`, sandbox)
		p.write(`">`, "")
		typed(&p, c.page, f.Sandbox)
		p.write(`</td><td data-head="`, production)
		p.write(`">`, "")
		typed(&p, c.page, f.Production)
		p.write(`</td><td data-head="`, comparison)
		if c.differ {
			p.write(`"><span class="differs"><svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol("alert"))
			p.write(`"></use></svg> `, t.T("compare.differs"))
			p.write(`</span></td></tr>`, "")
		} else {
			p.write(`">`, t.T("compare.same"))
			p.write(`</td></tr>`, "")
		}
	}
	p.write(`</tbody></table>`, "")
	return p.err
}

// head names a field, beside a box to choose it with where it differs.
func (c *comparedRows) head(p *pen, f ComparedField) {
	if !c.differ {
		p.write(`<tr><th scope="row">`, f.Label)
		p.write(`</th>`, "")
		return
	}
	p.write(`<tr><th scope="row"><label class="pick"><input type="checkbox" name="field" value="`, f.Name)
	p.write(`"> <span>`, f.Label)
	p.write(`</span></label></th>`, "")
}

// typed is the text of a field of settings, line by line; an empty one says so (see fieldText).
func typed(p *pen, page Page, text string) {
	if text == "" {
		p.write(`<em class="soft">`, page.T.T("history.empty"))
		p.write(`</em>`, "")
		return
	}
	p.write(`<span class="typed">`, text)
	p.write(`</span>`, "")
}
