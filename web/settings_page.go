package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/route"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// settingsPage is what one page of settings has of its own. Everything else (versions, conflicts, what is kept, notices, history) is the same for all.
type settingsPage struct {
	page    settings.Page
	path    string // below the environment
	section string // navigation entry
	title   string // message id
	// form shows the fields of the page, and what is wrong with some of them, by their names.
	form func(s *Server, r *request, frame templates.Page, sheet templates.Sheet, values settings.Values, said map[string]string) (templ.Component, error)
}

// settingsPages are all pages of settings. The message id of a field's label is the page's name, a dot and the field's.
var settingsPages = []settingsPage{
	{settings.GeneralPage, "/settings/general", "general", "general.title", generalForm},
	{settings.PaymentPage, paymentPath, "payment", "payment.title", paymentForm},
	{settings.SnapPage, snapSettingsPath, "bi-snap-notification", "bi_snap.title", snapNotificationForm},
}

// fieldLabel is what people call a field of a page.
func fieldLabel(t *i18n.Printer, p settings.Page, field string) string {
	return t.T(string(p) + "." + field)
}

func (s *Server) settingsRoutes() (table []route.Route[handler]) {
	for _, p := range settingsPages {
		pattern := "/" + route.Environment + p.path
		table = append(table,
			get(pattern, permitted, auth.EditSettings, func(w http.ResponseWriter, r *request) error { return s.settingsPage(w, r, p) }),
			keeps(post(pattern, permitted, auth.EditSettings, largeForm, func(w http.ResponseWriter, r *request) error { return s.saveSettings(w, r, p) })),
			get(pattern+"/history", permitted, auth.EditSettings, func(w http.ResponseWriter, r *request) error { return s.settingsHistory(w, r, p) }),
			get(pattern+"/history/{version}", permitted, auth.EditSettings, func(w http.ResponseWriter, r *request) error { return s.changePage(w, r, p) }),
			post(pattern+"/history/{version}", permitted, auth.EditSettings, smallForm, func(w http.ResponseWriter, r *request) error { return s.revertChange(w, r, p) }),
		)
	}
	return table
}

// shown is a form of settings as it is to be shown.
type shown struct {
	status  int
	version int64 // that it is saved upon
	values  settings.Values
	said    map[string]string // what is wrong with a field
	kept    string            // the offer that it was filled from
	clash   *templates.Clash  // somebody else has saved the page meanwhile
}

func (s *Server) settingsPage(w http.ResponseWriter, r *request, p settingsPage) error {
	state, err := s.Settings.Page(r.Context(), r.who.Merchant, r.env, p.page)
	if err != nil {
		return err
	}
	kept, err := s.kept(r)
	if err != nil {
		return err
	}
	form := shown{status: http.StatusOK, version: state.Version, values: state.Values}
	if kept != nil {
		form.version, form.kept = openedIn(kept), r.URL.Query().Get(keptField)
		form.values = over(state.Values, typedFields(p.page, kept))
	}
	return s.showSettings(w, r, p, form)
}

// saveSettings stores a page of settings of the environment in the URL. What is refused comes back as it was typed.
func (s *Server) saveSettings(w http.ResponseWriter, r *request, p settingsPage) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	typed := typedFields(p.page, form)
	done, err := s.Settings.Save(r.Context(), r.actor(), r.env, settings.Edit{Page: p.page, Opened: openedIn(form), Values: typed})
	if err != nil {
		return s.refuseSettings(w, r, p, form, typed, err)
	}
	if err := s.spendKept(r, form); err != nil {
		return err
	}
	setNotice(w, settingsNotice(done))
	http.Redirect(w, r.Request, inEnvironment(r, p.path), http.StatusSeeOther)
	return nil
}

// refuseSettings gives a form back that was not saved, with everything that was typed: its fields break rules, or somebody else was faster.
func (s *Server) refuseSettings(w http.ResponseWriter, r *request, p settingsPage, form url.Values, typed settings.Values, err error) error {
	again := shown{kept: form.Get(keptField)}
	var overtaken *settings.Overtaken
	switch {
	case errors.As(err, &overtaken):
		var differing []settings.Merged
		again.status, again.version = http.StatusConflict, overtaken.Now.Version
		again.values, differing = overtaken.Merge(typed)
		again.clash = clashOf(r, p, overtaken, differing)
	case fault.KindOf(err) == fault.Invalid:
		state, err2 := s.Settings.Page(r.Context(), r.who.Merchant, r.env, p.page)
		if err2 != nil {
			return err2
		}
		again.status, again.version, again.said = http.StatusUnprocessableEntity, openedIn(form), words(r.t, err)
		again.values = over(state.Values, typed)
	default:
		return err
	}
	return s.showSettings(w, r, p, again)
}

// openedIn is the version that a form of settings was filled from: 0, nothing was saved then, where it does not say, and none at all where it is no number.
func openedIn(form url.Values) int64 {
	text := form.Get("version")
	if text == "" {
		return 0
	}
	return number(text)
}

// typedFields takes the fields that the page has; whatever else was sent is not looked at (C095).
func typedFields(p settings.Page, form url.Values) settings.Values {
	typed := settings.Values{}
	for _, name := range settings.Fields(p) {
		if form.Has(name) {
			typed[name] = form.Get(name)
		}
	}
	return typed
}

// over is what stands on a page with what was typed over it.
func over(stored, typed settings.Values) settings.Values {
	all := maps.Clone(stored)
	maps.Copy(all, typed)
	return all
}

func (s *Server) showSettings(w http.ResponseWriter, r *request, p settingsPage, f shown) error {
	sheet := templates.Sheet{
		Version: strconv.FormatInt(f.version, 10), Unsaved: f.said != nil || f.clash != nil, Clash: f.clash,
	}
	if len(f.said) > 0 {
		for _, name := range settings.Fields(p.page) {
			if f.said[name] != "" {
				sheet.Problems = append(sheet.Problems, templates.Link{Label: fieldLabel(r.t, p.page, name), Href: "#" + name})
			}
		}
	}
	frame := offering(s.page(w, r, r.t.T(p.title), p.section, inEnvironment(r, p.path),
		templates.Link{Label: r.t.T("nav.settings")}, templates.Link{Label: r.t.T(p.title)}), f.kept)
	form, err := p.form(s, r, frame, sheet, f.values, f.said)
	if err != nil {
		return err
	}
	return s.answer(w, r, f.status, form)
}
