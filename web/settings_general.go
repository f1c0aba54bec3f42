package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"merchant-portal/internal/fault"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

func (s *Server) generalPage(w http.ResponseWriter, r *request) error {
	state, err := s.Settings.Page(r.Context(), r.who.Merchant, r.env, settings.GeneralPage)
	if err != nil {
		return err
	}
	kept, err := s.kept(r)
	if err != nil {
		return err
	}
	if kept != nil {
		return s.showGeneral(w, r, http.StatusOK, openedIn(kept), generalOf(kept), nil, r.URL.Query().Get(keptField))
	}
	return s.showGeneral(w, r, http.StatusOK, state.Version, settings.GeneralOf(state.Values), nil, "")
}

// saveGeneral stores the General Settings of the environment in the URL. What is refused comes back as it was typed.
func (s *Server) saveGeneral(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	typed := generalOf(form)
	_, err = s.Settings.Save(r.Context(), r.actor(), r.env, settings.Edit{
		Page: settings.GeneralPage, Opened: openedIn(form), Values: settings.ValuesOf(&typed),
	})
	if err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		return s.showGeneral(w, r, http.StatusUnprocessableEntity, openedIn(form), typed, words(r.t, err), form.Get(keptField))
	}
	if err := s.spendKept(r, form); err != nil {
		return err
	}
	setNotice(w, "notice.settings_saved")
	http.Redirect(w, r.Request, inEnvironment(r, "/settings/general"), http.StatusSeeOther)
	return nil
}

// openedIn is the version that a form of settings was filled from. What is no number is no version.
func openedIn(form url.Values) int64 {
	version, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return 0
	}
	return version
}

// generalOf takes the fields that the form has; whatever else was sent is not looked at (C095).
func generalOf(form url.Values) settings.General {
	return settings.General{
		MerchantName: form.Get("merchant_name"), OfficialMerchantName: form.Get("official_merchant_name"),
		DirectorName: form.Get("director_name"), DirectorPhone: form.Get("director_phone"),
		NPWP: form.Get("npwp"), NPWPName: form.Get("npwp_name"),
		MerchantURL: form.Get("merchant_url"), MerchantEmail: form.Get("merchant_email"), Timezone: form.Get("timezone"),
		BusinessAddress: form.Get("business_address"), BranchAddress: form.Get("branch_address"),
		CustomField1: form.Get("custom_field1"), CustomField2: form.Get("custom_field2"), CustomField3: form.Get("custom_field3"),
	}
}

func (s *Server) showGeneral(
	w http.ResponseWriter, r *request, status int, version int64, g settings.General, said map[string]string, kept string,
) error {
	field := func(name, value string) templates.Field { return templates.Field{Value: value, Error: said[name]} }
	filled, total := g.Completeness()
	view := templates.GeneralView{
		Version:              strconv.FormatInt(version, 10),
		MerchantName:         field("merchant_name", g.MerchantName),
		OfficialMerchantName: field("official_merchant_name", g.OfficialMerchantName),
		DirectorName:         field("director_name", g.DirectorName),
		DirectorPhone:        field("director_phone", g.DirectorPhone),
		NPWP:                 field("npwp", g.NPWP),
		NPWPName:             field("npwp_name", g.NPWPName),
		MerchantURL:          field("merchant_url", g.MerchantURL),
		MerchantEmail:        field("merchant_email", g.MerchantEmail),
		Timezone:             field("timezone", g.Timezone),
		BusinessAddress:      field("business_address", g.BusinessAddress),
		BranchAddress:        field("branch_address", g.BranchAddress),
		CustomField1:         field("custom_field1", g.CustomField1),
		CustomField2:         field("custom_field2", g.CustomField2),
		CustomField3:         field("custom_field3", g.CustomField3),
		Complete:             filled, Total: total, Problems: len(said),
	}
	for _, z := range settings.Zones() {
		view.Zones = append(view.Zones, templates.Option{Value: z.Name, Label: fmt.Sprintf("%s (UTC+%d)", z.Short, z.Hours)})
	}
	page := s.page(w, r, r.t.T("general.title"), "general", inEnvironment(r, "/settings/general"),
		templates.Link{Label: r.t.T("nav.settings")}, templates.Link{Label: r.t.T("general.title")})
	return s.answer(w, r, status, templates.General(offering(page, kept), view))
}
