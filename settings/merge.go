package settings

// Merged is one field of a page that two people had before them at once, where what one of them typed is not what stands there now.
type Merged struct {
	Field             string
	Opened, Now, Mine string // when it was opened, as it was saved meanwhile, as it was typed
	Touched           bool   // whoever typed changed it: Mine is to be kept. Otherwise only the other one did
	Both              bool   // both changed it, each to something else
}

// Merge puts together what somebody typed and what was saved meanwhile. A field that they left as it was when they opened the page takes what stands there
// now, one that they touched keeps what they typed, letter by letter. The list has the fields in which the two differ, in the order of the form.
func (o *Overtaken) Merge(typed Values) (Values, []Merged) {
	merged := Values{}
	var list []Merged
	mine := settled(o.Page, typed)
	for _, name := range Fields(o.Page) {
		opened, now := o.Opened.Values[name], o.Now.Values[name]
		text, sent := typed[name]
		touched := sent && mine[name] != opened
		merged[name] = now
		if touched {
			merged[name] = text
		}
		if sent && mine[name] != now {
			list = append(list, Merged{name, opened, now, text, touched, touched && now != opened})
		}
	}
	return merged, list
}

// settled are fields as they would be stored if their rules accepted them: what differs from what is stored only in how it is written is no change.
func settled(p Page, typed Values) Values {
	filled := blank[p]()
	fill(filled, typed)
	trim(filled)
	settle(filled)
	return ValuesOf(filled)
}
