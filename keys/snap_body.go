package keys

import (
	"encoding/json"
	"fmt"
	"iter"
	"unicode/utf16"
	"unicode/utf8"
)

// bodyForms gives the forms of a JSON body that clients hash, the likeliest first: as it was sent, without spaces, and with its texts as other encoders write
// them: JSON.stringify leaves every character that it may, Python escapes what is not ASCII, PHP the slash too. What is no JSON has the first form alone.
func bodyForms(body []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !yield(body) {
			return
		}
		minified, ok := Minify(body)
		if !ok || !yield(minified) {
			return
		}
		for _, style := range []quoting{{}, {ascii: true}, {ascii: true, slash: true}} {
			form, err := style.requote(minified)
			if err != nil || !yield(form) {
				return
			}
		}
	}
}

// quoting is what an encoder of JSON escapes beyond what it has to.
type quoting struct{ ascii, slash bool }

// requote writes each text of minified JSON anew.
func (q quoting) requote(minified []byte) ([]byte, error) {
	form := make([]byte, 0, len(minified))
	for len(minified) > 0 {
		if minified[0] != '"' {
			form, minified = append(form, minified[0]), minified[1:]
			continue
		}
		end := 1
		for minified[end] != '"' {
			if minified[end] == '\\' {
				end++
			}
			end++
		}
		var text string
		if err := json.Unmarshal(minified[:end+1], &text); err != nil {
			return nil, err
		}
		form, minified = q.quote(form, text), minified[end+1:]
	}
	return form, nil
}

// short are the characters with a short escape.
var short = map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func (q quoting) quote(to []byte, text string) []byte {
	to = append(to, '"')
	for _, r := range text {
		escaped, hasShort := short[r]
		switch {
		case hasShort:
			to = append(to, escaped...)
		case r == '/' && q.slash:
			to = append(to, `\/`...)
		case r < ' ' || (r >= utf8.RuneSelf && q.ascii):
			for _, unit := range utf16.Encode([]rune{r}) {
				to = fmt.Appendf(to, `\u%04x`, unit)
			}
		default:
			to = utf8.AppendRune(to, r)
		}
	}
	return append(to, '"')
}
