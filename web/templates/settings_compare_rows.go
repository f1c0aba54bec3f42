package templates

import "github.com/a-h/templ"

// comparedTable shows fields in both environments; those that differ can be chosen. What a page has most of is written without templ's cost per expression.
func comparedTable(p Page, page string, fields []ComparedField, differ bool) templ.Component {
	all := make(leaf, 0, 12+16*len(fields))
	field, sandbox, production, comparison := p.T.T("compare.field"), p.T.T("environment.sandbox"), p.T.T("environment.production"), p.T.T("compare.comparison")
	all = append(all,
		piece{`<table class="changes compared" aria-labelledby="`, page}, piece{`"><thead><tr><th scope="col">`, field}, piece{`</th><th scope="col">`, sandbox},
		piece{`</th><th scope="col">`, production}, piece{`</th><th scope="col">`, comparison}, piece{`</th></tr></thead><tbody>`, ""})
	for _, f := range fields {
		if differ {
			all = append(all, piece{`<tr><th scope="row"><label class="pick"><input type="checkbox" name="field" value="`, f.Name}, piece{`"> <span>`, f.Label},
				piece{`</span></label></th><td data-head="`, sandbox})
		} else {
			all = append(all, piece{`<tr><th scope="row">`, f.Label}, piece{`</th><td data-head="`, sandbox})
		}
		all = append(fieldPieces(p, append(all, piece{`">`, ""}), f.Sandbox), piece{`</td><td data-head="`, production}, piece{`">`, ""})
		all = append(fieldPieces(p, all, f.Production), piece{`</td><td data-head="`, comparison})
		if differ {
			all = append(all, piece{`"><span class="differs"><svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol("alert")},
				piece{`"></use></svg> `, p.T.T("compare.differs")}, piece{`</span></td></tr>`, ""})
		} else {
			all = append(all, piece{`">`, p.T.T("compare.same")}, piece{`</td></tr>`, ""})
		}
	}
	return append(all, piece{`</tbody></table>`, ""})
}

// fieldPieces is the text of a field of settings, line by line; an empty one says so.
func fieldPieces(p Page, all leaf, text string) leaf {
	if text == "" {
		return append(all, piece{`<em class="soft">`, p.T.T("compare.empty")}, piece{`</em>`, ""})
	}
	return append(all, piece{`<span class="typed">`, text}, piece{`</span>`, ""})
}
