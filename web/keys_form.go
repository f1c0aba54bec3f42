package web

import (
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// keyForm is what the forms about a key ask for.
type keyForm struct {
	overlap keys.Overlap
	typed   string // the Merchant ID, typed to confirm what cannot be taken back
}

func keyFormOf(r *request) (keyForm, error) {
	form, err := r.form()
	if err != nil {
		return keyForm{}, err
	}
	return keyForm{keys.Overlap(form.Get("overlap")), form.Get("typed_merchant")}, nil
}

// overlapWords are the words of each overlap: its name, and what it is for.
var overlapWords = map[keys.Overlap][2]string{
	keys.AtOnce: {"overlap.now", "overlap.now_means"}, keys.Hour: {"overlap.hour", "overlap.hour_means"},
	keys.Day: {"overlap.day", "overlap.day_means"}, keys.Week: {"overlap.week", "overlap.week_means"},
}

// overlapChoice are the overlaps to choose from.
func overlapChoice(r *request, offered []keys.Overlap, chosen keys.Overlap, problem error) templates.OverlapChoice {
	choice := templates.OverlapChoice{Error: words(r.t, problem)["overlap"]}
	for _, o := range offered {
		choice.Options = append(choice.Options, templates.OverlapOption{
			Value: string(o), Label: r.t.T(overlapWords[o][0]), Means: r.t.T(overlapWords[o][1]), Chosen: o == chosen,
		})
	}
	return choice
}

// confirmField asks for the Merchant ID where that may be needed.
func confirmField(r *request, in keyForm, problem error) templates.ConfirmField {
	return templates.ConfirmField{
		Asked: keys.AsksToConfirm(r.env, keys.AtOnce), MerchantID: string(r.who.Merchant),
		Field: templates.Field{Value: in.typed, Error: words(r.t, problem)["typed_merchant"]},
	}
}

// keysPath is the list of keys, below an environment.
const keysPath = "/settings/access-keys"

// keyPath is a page about one key.
func keyPath(r *request, id ids.KeyID, page string) string {
	return "/" + string(r.env) + keysPath + "/" + string(id) + page
}
