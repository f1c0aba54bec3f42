package web

import (
	"errors"
	"net/http"
	"net/url"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/web/templates"
)

// Fields of the forms that can be had back.
const (
	keptField     = "kept"      // the id of the offer that a form was filled from
	keepOnlyField = "keep_only" // sent by an open page when its session has ended: the form is to be kept, whatever became of the session meanwhile
	sealedField   = "sealed"    // on the login page: the form itself
)

// offerKept answers a form that came after its session had ended with a login page that carries it, sealed for the person whose session it was
// (C034). It reports whether it did.
func (s *Server) offerKept(w http.ResponseWriter, r *request) bool {
	if r.route == nil || !r.route.Keeps || r.visit.Former == "" {
		return false
	}
	form, err := r.form()
	if err != nil {
		return false
	}
	sealed, err := s.Auth.SealForm(r.visit.Former, r.URL.Path, plainFields(form))
	if err != nil {
		s.fail(w, r, err)
		return true
	}
	view := templates.LoginView{Sealed: sealed, Ended: true, Next: localPath(r.URL.Path)}
	s.showLogin(w, r, http.StatusUnauthorized, view) //nolint:errcheck // what fails is answered there
	return true
}

// plainFields leaves out what may be a secret, and what is about the keeping itself.
func plainFields(form url.Values) map[string][]string {
	fields := map[string][]string{}
	for _, f := range carried(form) {
		if f.Name != keptField && f.Name != keepOnlyField {
			fields[f.Name] = append(fields[f.Name], f.Value)
		}
	}
	return fields
}

// onlyKept answers a form that an open page sent because it took its session for ended, which is not so (any more): it is offered, not acted on.
func (s *Server) onlyKept(w http.ResponseWriter, r *request) (done bool, err error) {
	form, err := r.form()
	if err != nil || !form.Has(keepOnlyField) {
		return err != nil, err
	}
	sealed, err := s.Auth.SealForm(r.who.Person, r.URL.Path, plainFields(form))
	if err != nil {
		return true, err
	}
	path, err := s.keep(r, r.who.Person, sealed)
	if err != nil {
		return true, err
	}
	http.Redirect(w, r.Request, path, http.StatusSeeOther)
	return true, nil
}

// keep takes a sealed form in for somebody who has signed in and gives the page that offers it; "" where there is nothing to offer.
func (s *Server) keep(r *request, p ids.PersonID, sealed string) (path string, err error) {
	if sealed == "" {
		return "", nil
	}
	kept, err := s.Auth.KeepForm(r.Context(), p, sealed)
	if errors.Is(err, auth.ErrNotKept) {
		return "", nil
	}
	return kept.Path + "?" + url.Values{keptField: {string(kept.ID)}}.Encode(), err
}

// kept gives what a page should show instead of what is stored: the fields of a form that was kept. Nil: there is none.
func (s *Server) kept(r *request) (url.Values, error) {
	id := r.URL.Query().Get(keptField)
	if id == "" || !isText(id) { // PostgreSQL takes nothing but text
		return nil, nil //nolint:nilnil // a page without one is the rule
	}
	f, err := s.Auth.FormOf(r.Context(), r.who.Person, ids.FormID(id))
	if errors.Is(err, auth.ErrNotKept) || (err == nil && f.Path != r.URL.Path) {
		return nil, nil //nolint:nilnil // spent, or not for this page: the page as it is
	}
	return f.Fields, err
}

// offering makes a page one whose form was filled from an offer, unless its id is "": logging in again leads to the same offer.
func offering(page templates.Page, kept string) templates.Page {
	if page.Kept = kept; kept != "" {
		page.Back = page.Path + "?" + url.Values{keptField: {kept}}.Encode()
	}
	return page
}

// spendKept ends the offer that a form was filled from, once it is saved.
func (s *Server) spendKept(r *request, form url.Values) error {
	if id := form.Get(keptField); id != "" {
		return s.Auth.SpendForm(r.Context(), r.who.Person, ids.FormID(id))
	}
	return nil
}

// formAgain is the form of a request that the portal could not answer, to be sent once more as it is.
func (s *Server) formAgain(r *request) *templates.FormAgain {
	if r.route == nil || !r.route.Keeps {
		return nil
	}
	form, err := r.form()
	if err != nil {
		return nil
	}
	return &templates.FormAgain{Action: r.URL.Path, Fields: carried(form)}
}
