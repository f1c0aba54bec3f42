package templates

import "github.com/a-h/templ"

// textField is a labelled input with its hint and what is wrong with it. A page of settings has fourteen of them, so it costs what they need and no more.
func textField(in input, f Field) templ.Component {
	l := in.above(append(make(leaf, 0, 24), piece{`<div class="field">`, ""}))
	l = append(l, piece{`<input id="`, in.name}, piece{`" name="`, in.name}, piece{`" type="`, in.kind}, piece{`" value="`, f.Value}, piece{`"`, ""})
	for _, a := range in.attributes(f) {
		value, isText := a.Value.(string)
		l = append(l, piece{" ", a.Key})
		if isText {
			l = append(l, piece{`="`, value}, piece{`"`, ""})
		}
	}
	l = in.below(append(l, piece{">", ""}), f)
	return append(l, piece{"</div>", ""})
}

func labelAndMark(in input) templ.Component { return in.above(nil) }

func hintAndError(in input, f Field) templ.Component { return in.below(nil, f) }

// above adds the field's label and mark.
func (in input) above(l leaf) leaf {
	l = append(l, piece{`<div class="label-row"><label for="`, in.name}, piece{`">`, in.label}, piece{"</label>", ""})
	if in.mark != "" {
		l = append(l, piece{` <span class="mark" id="`, in.name}, piece{`-mark">`, in.mark}, piece{"</span>", ""})
	}
	return append(l, piece{"</div>", ""})
}

// below adds the field's hint and what is wrong with it.
func (in input) below(l leaf, f Field) leaf {
	if in.hint != "" {
		l = append(l, piece{`<p class="hint" id="`, in.name}, piece{`-hint">`, in.hint}, piece{"</p>", ""})
	}
	if f.Error != "" {
		l = append(l, piece{`<p class="error" id="`, in.name}, piece{`-error">`, ""})
		l = append(append(l, symbolOf("alert")...), piece{"<span>", f.Error}, piece{"</span></p>", ""})
	}
	return l
}
