package templates

import "github.com/a-h/templ"

// dateKind is the kind of a date field. One with a date that cannot be understood shows it as it was typed, which a browser's own field would not.
func dateKind(f Field) string {
	if f.Error != "" {
		return "text"
	}
	return "date"
}

// activityEntry is one line of the log. There are many on a page, so it is a leaf.
func activityEntry(p Page, e ActivityEntry) templ.Component {
	l := make(leaf, 0, 12)
	l = append(l, piece{`<li class="entry"><time datetime="`, e.Moment}, piece{`">`, e.Time}, piece{`</time><div><p class="label">`, e.What})
	if e.Refused {
		l = append(l, piece{`<span class="refused">`, ""}, piece{`<svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol("alert")},
			piece{`"></use></svg>`, p.T.T("activity.refused")}, piece{`</span>`, ""})
	}
	l = append(l, piece{`</p>`, ""})
	if e.About != "" {
		l = append(l, piece{`<p class="small">`, p.T.T("activity.about")}, piece{` `, e.About}, piece{`</p>`, ""})
	}
	l = append(l, piece{`<p class="soft small">`, e.Who})
	for _, more := range []string{e.Email, e.Environment} {
		if more != "" {
			l = append(l, piece{` · `, more})
		}
	}
	if e.Address != "" {
		l = append(l, piece{` · <span class="mono">`, e.Address}, piece{`</span>`, ""})
	}
	return append(l, piece{`</p></div></li>`, ""})
}
