package web

import (
	"fmt"
	"net/http"
	"net/url"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/zone"
	"merchant-portal/web/templates"
)

const profilePath = "/account/profile"

// profilePage shows what somebody may change about themselves.
func (s *Server) profilePage(w http.ResponseWriter, r *request) error {
	stored, err := s.Auth.MyProfile(r.Context(), r.actor())
	if err != nil {
		return err
	}
	kept, err := s.kept(r)
	if err != nil {
		return err
	}
	if kept != nil {
		return s.showProfile(w, r, http.StatusOK, typedProfile(kept), nil, r.URL.Query().Get(keptField))
	}
	return s.showProfile(w, r, http.StatusOK, stored, nil, "")
}

// saveProfile stores it. What is refused comes back as it was typed. The page that follows is in the language chosen.
func (s *Server) saveProfile(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	typed := typedProfile(form)
	if err := s.Auth.SaveProfile(r.Context(), r.actor(), typed); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		return s.showProfile(w, r, http.StatusUnprocessableEntity, typed, words(r.t, err), form.Get(keptField))
	}
	if err := s.spendKept(r, form); err != nil {
		return err
	}
	setCookie(w, languageCookie, typed.Language) // what was chosen in this browser before must not win at the next sign-in
	setNotice(w, "notice.profile_saved")
	http.Redirect(w, r.Request, profilePath, http.StatusSeeOther)
	return nil
}

// typedProfile takes the fields that the form has; whatever else was sent is not looked at (C095).
func typedProfile(form url.Values) auth.Profile {
	return auth.Profile{
		FullName: form.Get("full_name"), Phone: form.Get("phone"),
		Language: form.Get("language"), Timezone: form.Get("timezone"), Theme: form.Get("theme"),
	}
}

func (s *Server) showProfile(w http.ResponseWriter, r *request, status int, p auth.Profile, said map[string]string, kept string) error {
	field := func(name, value string) templates.Field { return templates.Field{Value: value, Error: said[name]} }
	view := templates.ProfileView{
		Email: r.who.Email, FullName: field("full_name", p.FullName), Phone: field("phone", p.Phone),
		Language: field("language", p.Language), Timezone: field("timezone", p.Timezone), Theme: field("theme", p.Theme),
		Languages: []templates.Option{{Value: "en", Label: "English"}, {Value: "id", Label: "Bahasa Indonesia"}},
		Themes: []templates.Option{
			{Value: "system", Label: r.t.T("profile.theme_system")}, {Value: "light", Label: r.t.T("profile.theme_light")},
			{Value: "dark", Label: r.t.T("profile.theme_dark")},
		},
		Refused: len(said) > 0,
	}
	for _, z := range zone.All() {
		view.Zones = append(view.Zones, templates.Option{Value: z.Name, Label: fmt.Sprintf("%s (UTC+%d)", z.Short, z.Hours)})
	}
	page := offering(s.accountPage(w, r, r.t.T("profile.title"), "profile", profilePath), kept)
	return s.answer(w, r, status, templates.Profile(page, view))
}

// accountPage is the frame of a page about whoever is signed in. It belongs to no environment.
func (s *Server) accountPage(w http.ResponseWriter, r *request, title, section, path string) templates.Page {
	return s.page(w, r, title, section, path, templates.Link{Label: r.t.T("nav.account")}, templates.Link{Label: title})
}
