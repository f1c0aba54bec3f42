package templates

import (
	"strconv"

	"github.com/a-h/templ"
)

// comparedPage is a page of settings in the comparison, drawn because there are dozens of fields.
func comparedPage(p Page, page ComparedPage) templ.Component {
	return drawn(func(w *pen) {
		w.write(`<section class="card" aria-labelledby="`, page.ID)
		w.write(`"><h2 id="`, page.ID)
		w.write(`">`, page.Title)
		w.write(`</h2><p class="soft">`, counted(p, len(page.Different), len(page.Different)+len(page.Equal)))
		w.write(` `, p.T.T("compare.open"))
		linkTo(w, ` <a href="`, page.Sandbox, p.T.T("environment.sandbox"), page.Title)
		linkTo(w, `, <a href="`, page.Production, p.T.T("environment.production"), page.Title)
		w.write(`</p>`, "")
		if len(page.Different) > 0 {
			comparedTable(w, p, page.ID, page.Different, true)
		}
		if len(page.Equal) > 0 {
			w.write(`<details class="folded"><summary><svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol("chevron"))
			w.write(`"></use></svg> `, p.T.Format("compare.equal", map[string]any{"Count": strconv.Itoa(len(page.Equal))}))
			w.write(`<span class="visually-hidden">: `, page.Title)
			w.write(`</span></summary>`, "")
			comparedTable(w, p, page.ID, page.Equal, false)
			w.write(`</details>`, "")
		}
		w.write(`</section>`, "")
	})
}

func counted(p Page, different, all int) string {
	return p.T.Format("compare.counted", map[string]any{"Different": strconv.Itoa(different), "All": strconv.Itoa(all)})
}

// linkTo leads to a page in an environment, which is what is read; the page's title is heard too.
func linkTo(w *pen, before markup, href, label, title string) {
	w.write(before, string(templ.URL(href)))
	w.write(`">`, label)
	w.write(`<span class="visually-hidden">: `, title)
	w.write(`</span></a>`, "")
}

// comparedTable shows fields in both environments; those that differ can be chosen.
func comparedTable(w *pen, p Page, id string, fields []ComparedField, differ bool) {
	sandbox, production, comparison := p.T.T("environment.sandbox"), p.T.T("environment.production"), p.T.T("compare.comparison")
	w.write(`<table class="changes compared" aria-labelledby="`, id)
	w.write(`"><thead><tr><th scope="col">`, p.T.T("compare.field"))
	w.write(`</th><th scope="col">`, sandbox)
	w.write(`</th><th scope="col">`, production)
	w.write(`</th><th scope="col">`, comparison)
	w.write(`</th></tr></thead><tbody>`, "")
	for _, f := range fields {
		comparedHead(w, f, differ)
		w.write(`<td data-head="`, sandbox)
		w.write(`">`, "")
		typed(w, p, f.Sandbox)
		w.write(`</td><td data-head="`, production)
		w.write(`">`, "")
		typed(w, p, f.Production)
		w.write(`</td><td data-head="`, comparison)
		if differ {
			w.write(`"><span class="differs"><svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol("alert"))
			w.write(`"></use></svg> `, p.T.T("compare.differs"))
			w.write(`</span></td></tr>`, "")
		} else {
			w.write(`">`, p.T.T("compare.same"))
			w.write(`</td></tr>`, "")
		}
	}
	w.write(`</tbody></table>`, "")
}

// comparedHead names a field, beside a box to choose it with where it differs.
func comparedHead(w *pen, f ComparedField, differ bool) {
	if !differ {
		w.write(`<tr><th scope="row">`, f.Label)
		w.write(`</th>`, "")
		return
	}
	w.write(`<tr><th scope="row"><label class="pick"><input type="checkbox" name="field" value="`, f.Name)
	w.write(`"> <span>`, f.Label)
	w.write(`</span></label></th>`, "")
}

// typed is the text of a field of settings, line by line; an empty one says so (see fieldText).
func typed(w *pen, p Page, text string) {
	if text == "" {
		w.write(`<em class="soft">`, p.T.T("history.empty"))
		w.write(`</em>`, "")
		return
	}
	w.write(`<span class="typed">`, text)
	w.write(`</span>`, "")
}
