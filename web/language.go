package web

import (
	"net/http"
)

// setLanguage stores the language that somebody chose: with the person, or in the browser of a stranger, and goes back to the same page.
func (s *Server) setLanguage(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	language := s.Catalog.Printer(form.Get("language")).Lang()
	setCookie(w, languageCookie, language)
	if r.who != nil {
		if err := s.Auth.SetLanguage(r.Context(), r.who.Merchant, r.who.Person, language); err != nil {
			return err
		}
	}
	path := localPath(form.Get("path"))
	if path == "" {
		path = "/"
	}
	http.Redirect(w, r.Request, path, http.StatusSeeOther)
	return nil
}
