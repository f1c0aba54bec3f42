package templates

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// drawn is a component that writes itself with a pen: for what pages consist of, in dozens. It costs what it needs and no more.
type drawn func(*pen)

// Render implements templ.Component.
func (d drawn) Render(_ context.Context, w io.Writer) error {
	p := pen{w: w}
	d(&p)
	return p.err
}

// pen writes constant markup and then text, which is always escaped. It remembers the first failure.
type pen struct {
	w   io.Writer
	err error
}

func (p *pen) write(m markup, text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, string(m))
	}
	if p.err == nil && text != "" {
		_, p.err = io.WriteString(p.w, templ.EscapeString(text))
	}
}

// textField is a labelled input with its hint and what is wrong with it.
func textField(in input, f Field) templ.Component {
	return drawn(func(p *pen) {
		in.above(p, `<div class="field">`)
		in.open(p, `<input id="`)
		p.write(` type="`, in.kind)
		p.write(`" value="`, f.Value)
		p.write(`"`, "")
		in.said(p, f)
		p.write(`>`, "")
		in.below(p, f)
		p.write(`</div>`, "")
	})
}

func areaField(in input, f Field) templ.Component {
	return drawn(func(p *pen) {
		in.above(p, `<div class="field">`)
		in.open(p, `<textarea id="`)
		p.write(` rows="3"`, "")
		in.said(p, f)
		p.write(`>`, f.Value)
		p.write(`</textarea>`, "")
		in.below(p, f)
		p.write(`</div>`, "")
	})
}

// choiceField is a drop-down; without empty, one of the options is always chosen.
func choiceField(in input, f Field, empty string, options []Option) templ.Component {
	return drawn(func(p *pen) {
		in.above(p, `<div class="field">`)
		in.open(p, `<select id="`)
		in.said(p, f)
		p.write(`>`, "")
		if empty != "" {
			p.write(`<option value="">`, empty)
			p.write(`</option>`, "")
		}
		optionList{options, f.Value}.write(p)
		p.write(`</select>`, "")
		in.below(p, f)
		p.write(`</div>`, "")
	})
}

func labelAndMark(in input) templ.Component { return drawn(func(p *pen) { in.above(p, "") }) }

func hintAndError(in input, f Field) templ.Component { return drawn(func(p *pen) { in.below(p, f) }) }

// above writes the field's label and mark.
func (in input) above(p *pen, before markup) {
	p.write(before, "")
	p.write(`<div class="label-row"><label for="`, in.name)
	p.write(`">`, in.label)
	p.write(`</label>`, "")
	if in.mark != "" {
		p.write(` <span class="mark" id="`, in.name)
		p.write(`-mark">`, in.mark)
		p.write(`</span>`, "")
	}
	p.write(`</div>`, "")
}

// open writes the beginning of the field itself.
func (in input) open(p *pen, tag markup) {
	p.write(tag, in.name)
	p.write(`" name="`, in.name)
	p.write(`"`, "")
}

// said are the attributes that depend on what there is to say about the field (see attributes).
func (in input) said(p *pen, f Field) {
	if in.autocomplete != "" {
		p.write(` autocomplete="`, in.autocomplete)
		p.write(`"`, "")
	}
	if in.required {
		p.write(` required`, "")
	}
	if f.Error != "" {
		p.write(` aria-invalid="true"`, "")
	}
	before := markup(` aria-describedby="`)
	for _, part := range [...]struct{ text, name string }{{in.mark, "-mark"}, {in.hint, "-hint"}, {f.Error, "-error"}} {
		if part.text != "" {
			p.write(before, in.name)
			p.write("", part.name)
			before = ` `
		}
	}
	if before == ` ` {
		p.write(`"`, "")
	}
}

// below writes the field's hint and what is wrong with it.
func (in input) below(p *pen, f Field) {
	if in.hint != "" {
		p.write(`<p class="hint" id="`, in.name)
		p.write(`-hint">`, in.hint)
		p.write(`</p>`, "")
	}
	if f.Error != "" {
		p.write(`<p class="error" id="`, in.name)
		p.write(`-error"><svg class="icon" aria-hidden="true" focusable="false"><use href="`, symbol("alert"))
		p.write(`"></use></svg> <span>`, f.Error)
		p.write(`</span></p>`, "")
	}
}
