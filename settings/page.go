package settings

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Page names a page of settings, as stored.
type Page string

// The pages.
const (
	GeneralPage Page = "general" // General Settings
	PaymentPage Page = "payment" // where notifications go, and where customers come back to
	SnapPage    Page = "bi_snap" // where BI-SNAP notifications go
)

// Pages lists all pages, in the order in which people see them.
func Pages() []Page { return []Page{GeneralPage, PaymentPage, SnapPage} }

// Values are the fields of a page by the name that they have in its form. A field that is not there is empty.
type Values map[string]string

// sheet is a page's form: a pointer to a struct of texts, whose tags name each field and its rules.
type sheet interface {
	// normalise turns what the rules accept into the form in which it is stored, each field being in one Unicode form with one kind of line ending.
	normalise()
}

// blank makes an empty form of each page.
var blank = map[Page]func() sheet{
	GeneralPage: func() sheet { return new(General) },
	PaymentPage: func() sheet { return new(Payment) },
	SnapPage:    func() sheet { return new(SnapNotification) },
}

// Fields are the names of a page's fields, in the order of its form. Whoever gets them leaves them as they are.
func Fields(p Page) []string {
	if blank[p] == nil {
		return nil
	}
	return tagsOf(reflect.TypeOf(blank[p]()).Elem())
}

// eachField calls see with the name of every field of a form, and where its text is.
func eachField(s sheet, see func(name string, text *string)) {
	v := reflect.ValueOf(s).Elem()
	for i, name := range tagsOf(v.Type()) {
		see(name, v.Field(i).Addr().Interface().(*string)) //nolint:forcetypeassert // a sheet holds texts
	}
}

var tags sync.Map // type of a sheet → the names of its fields

func tagsOf(sheet reflect.Type) []string {
	if names, ok := tags.Load(sheet); ok {
		return names.([]string) //nolint:forcetypeassert // nothing else is stored
	}
	var names []string
	for i := range sheet.NumField() {
		names = append(names, sheet.Field(i).Tag.Get("form"))
	}
	tags.Store(sheet, names)
	return names
}

// ValuesOf are the fields of a form that are not empty.
func ValuesOf(s sheet) Values {
	values := Values{}
	eachField(s, func(name string, text *string) {
		if *text != "" {
			values[name] = *text
		}
	})
	return values
}

// fill writes values into a form. What the form has no field for stays behind.
func fill(s sheet, values Values) {
	eachField(s, func(name string, text *string) { *text = values[name] })
}

// trim takes surrounding space off every field: it is never meant.
func trim(s sheet) {
	eachField(s, func(_ string, text *string) { *text = strings.TrimSpace(*text) })
}

// settle gives a form that its rules accept the form in which it is stored.
func settle(s sheet) {
	eachField(s, func(_ string, text *string) { *text = norm.NFC.String(strings.ReplaceAll(*text, "\r\n", "\n")) })
	s.normalise()
}

// values reads what is stored of a page. Fields that a later version of the program wrote are in it too, so that nobody loses them.
func (d Document) values() (Values, error) {
	if d.decoded != nil {
		return d.decoded()
	}
	return d.decode()
}

func (d Document) decode() (Values, error) {
	values := Values{}
	if d.Version == 0 {
		return values, nil
	}
	if err := json.Unmarshal(d.Text, &values); err != nil {
		return nil, fmt.Errorf("decode settings: %w", err)
	}
	return values, nil
}
