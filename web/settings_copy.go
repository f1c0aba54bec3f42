package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"merchant-portal/envswitch"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// copyPath is where settings are copied to, below the environment that they are copied into.
const copyPath = "/settings/copy"

// errSameAlready: what was chosen to be copied is the same in both environments.
var errSameAlready error = fault.New(fault.Invalid, "carry.no_changes")

// reviewCopy shows what a copy would change, before anything is changed.
func (s *Server) reviewCopy(w http.ResponseWriter, r *request) error {
	picks, err := settings.ParsePicks(r.URL.Query()["field"])
	if err != nil {
		return err
	}
	return s.showCopy(w, r, picks, "", nil)
}

// copySettings copies what was reviewed, in the versions that were reviewed. Where one of them has changed since, nothing is copied and the review comes again.
func (s *Server) copySettings(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	picks, err := reviewed(form)
	if err != nil {
		return err
	}
	asked, err := s.asksToCopy(r)
	if err != nil {
		return err
	}
	typed := form.Get("typed_merchant")
	if asked {
		if err := keys.Confirm(keys.Key{Merchant: r.who.Merchant, Environment: r.env}, keys.AtOnce, typed); err != nil {
			return s.showCopy(w, r, picks, typed, err)
		}
	}
	done, err := s.Settings.Copy(r.Context(), r.actor(), r.env, picks...)
	switch kind := fault.KindOf(err); {
	case err != nil && kind == fault.Conflict:
		return s.showCopy(w, r, picks, "", settings.ErrSourceMoved)
	case err != nil && kind == fault.Invalid && len(fault.FieldsOf(err)) > 0:
		return s.showCopy(w, r, picks, "", err)
	case err != nil:
		return err
	}
	made := url.Values{}
	for _, d := range done {
		if len(d.Changes) > 0 {
			made.Add("change", string(d.Page)+"."+strconv.FormatInt(d.Version, 10))
		}
	}
	if len(made) == 0 {
		return s.showCopy(w, r, picks, "", errSameAlready)
	}
	http.Redirect(w, r.Request, inEnvironment(r, copyPath)+"/done?"+made.Encode(), http.StatusSeeOther)
	return nil
}

// reviewed reads what a form wants to copy, and which versions its review showed. What is no version is none that there ever was.
func reviewed(form url.Values) ([]settings.Pick, error) {
	picks, err := settings.ParsePicks(form["field"])
	if err != nil {
		return nil, err
	}
	for i := range picks {
		picks[i].From, picks[i].To = -1, -1
		for _, seen := range form["seen"] {
			page, versions, _ := strings.Cut(seen, ".")
			from, to, _ := strings.Cut(versions, ".")
			if page == string(picks[i].Page) {
				picks[i].From, picks[i].To = number(from), number(to)
			}
		}
	}
	return picks, nil
}

// number reads a version, -1 where there is none.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// asksToCopy reports whether copying into this environment asks for the Merchant ID: where it is Production and live.
func (s *Server) asksToCopy(r *request) (bool, error) {
	if r.env != ids.Production {
		return false, nil
	}
	state, err := s.Environments.State(r.Context(), r.who.Merchant, r.env)
	return state == envswitch.Active, err
}

// showCopy shows the review of a copy with the values of now; problem is why it was not done.
func (s *Server) showCopy(w http.ResponseWriter, r *request, picks []settings.Pick, typed string, problem error) error {
	asked, err := s.asksToCopy(r)
	if err != nil {
		return err
	}
	refused := s.Settings.Review(r.Context(), r.who.Merchant, r.env, picks...)
	if refused != nil && fault.KindOf(refused) != fault.Invalid {
		return refused
	}
	from := settings.Other(r.env)
	view := templates.CopyView{
		Action: inEnvironment(r, copyPath), From: environmentWords(r.t, from), To: environmentWords(r.t, r.env),
		Refused: refused != nil, Cancel: comparePath,
		Confirm: templates.ConfirmField{
			Asked: asked, MerchantID: string(r.who.Merchant), Field: templates.Field{Value: typed, Error: words(r.t, problem)["typed_merchant"]},
		},
	}
	said := words(r.t, refused)
	refusals := len(said)
	for _, pick := range picks {
		page, moved, err := s.copiedPage(r, pick, picks, said)
		if err != nil {
			return err
		}
		if moved {
			problem = settings.ErrSourceMoved // whatever else was wrong: what was reviewed does not stand there any more
		}
		view.Changes = view.Changes || page.Changes
		view.Pages = append(view.Pages, page)
	}
	view.Marked, view.InTheWay = len(said) < refusals, inTheWay(r, said)
	view.Problem = publicWords(r.t, problem)
	frame := s.copyFrame(w, r, r.t.Format("carry.title", map[string]any{"Environment": view.To}))
	if r.Method == http.MethodGet {
		frame.Back = r.URL.RequestURI()
	}
	return s.answer(w, r, statusOf(problem), templates.Copy(frame, view))
}

// inTheWay are the refusals of texts that stand in the target already, under rules of before, by page and field: nothing goes to their page until they are changed.
func inTheWay(r *request, said map[string]string) (all []templates.Refusal) {
	for _, p := range settingsPages {
		for _, field := range settings.Fields(p.page) {
			reason := said[string(p.page)+"."+field]
			if reason == "" {
				continue
			}
			label := fieldLabel(r.t, p.page, field)
			all = append(all, templates.Refusal{
				Words: r.t.Format("carry.in_the_way", map[string]any{"Environment": environmentWords(r.t, r.env), "Page": r.t.T(p.title), "Field": label, "Reason": reason}),
				Where: templates.Link{Label: label, Href: inEnvironment(r, p.path) + "#" + field},
			})
		}
	}
	return all
}

// copiedPage is the part of a review that is about one page; it takes what it shows out of said. moved: a form was sent whose review showed another version of it.
func (s *Server) copiedPage(
	r *request, pick settings.Pick, all []settings.Pick, said map[string]string,
) (page templates.CopiedPage, moved bool, err error) {
	c, err := s.Settings.Compare(r.Context(), r.who.Merchant, pick.Page)
	if err != nil {
		return page, false, err
	}
	from, to := c.In(settings.Other(r.env)), c.In(r.env)
	page = templates.CopiedPage{
		Title: r.t.T(pageOf(pick.Page).title), From: versionWords(r, from.Version), To: versionWords(r, to.Version),
		Seen: string(pick.Page) + "." + strconv.FormatInt(from.Version, 10) + "." + strconv.FormatInt(to.Version, 10),
	}
	for _, field := range pick.Fields {
		name := string(pick.Page) + "." + field
		row := templates.CopiedField{
			Name: name, Label: fieldLabel(r.t, pick.Page, field), Before: to.Values[field], After: from.Values[field], Same: !c.Differs(field), Error: said[name],
		}
		if row.Error != "" {
			delete(said, name)
			row.WithoutHref = withoutField(r, all, name)
		}
		page.Changes = page.Changes || !row.Same
		page.Fields = append(page.Fields, row)
	}
	return page, r.Method == http.MethodPost && (pick.From != from.Version || pick.To != to.Version), nil
}

// withoutField leads to the review of what was picked but one field; "" where nothing else was.
func withoutField(r *request, picks []settings.Pick, name string) string {
	query := url.Values{}
	for _, pick := range picks {
		for _, field := range pick.Fields {
			if other := string(pick.Page) + "." + field; other != name {
				query.Add("field", other)
			}
		}
	}
	if len(query) == 0 {
		return ""
	}
	return inEnvironment(r, copyPath) + "?" + query.Encode()
}

// pageOf is what a page of settings has of its own.
func pageOf(page settings.Page) settingsPage {
	for _, p := range settingsPages {
		if p.page == page {
			return p
		}
	}
	return settingsPage{}
}
