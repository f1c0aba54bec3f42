package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

// proofField is the field of a form that carries the password typed again. No other form may have one of this name.
const proofField = "proof_password"

// prove reports whether the password was typed lately enough for the route. Else it answers with a page that asks for it and carries along what was
// sent: with the right password the very same request goes on, POST included (C084). The wrong one counts to the lock like any other (C009).
func (s *Server) prove(w http.ResponseWriter, r *request, rt route.Route[handler]) (proven bool, err error) {
	if r.who.Fresh(r.at) {
		return true, nil
	}
	form, err := r.form()
	if err != nil {
		return false, err
	}
	if !form.Has(proofField) {
		return false, s.askProof(w, r, rt, http.StatusUnprocessableEntity, form, "")
	}
	err = s.Auth.CheckPassword(r.Context(), r.actor(), form.Get(proofField))
	form.Del(proofField)
	switch {
	case err == nil:
		return true, s.renew(r)
	case fault.KindOf(err) != fault.Invalid:
		return false, err
	}
	return false, s.askProof(w, r, rt, http.StatusUnprocessableEntity, form, passwordProblem(r, err))
}

// passwordProblem is what is wrong with a password that was typed within a session.
func passwordProblem(r *request, err error) string {
	if errors.Is(err, auth.ErrLocked) {
		return publicWords(r.t, err)
	}
	return words(r.t, err)["password"]
}

func (s *Server) askProof(w http.ResponseWriter, r *request, rt route.Route[handler], status int, form url.Values, problem string) error {
	view := templates.ProofView{
		Purpose: r.t.T(rt.Fresh), Error: problem, Action: r.URL.Path, Field: proofField, Carried: carried(form), Back: cameFrom(r.Request),
	}
	return s.answer(w, r, status, templates.Proof(s.page(w, r, r.t.T("proof.title"), "", "/"), view))
}

// cameFrom is the page of the portal that a request came from, the start where that does not show.
func cameFrom(hr *http.Request) string {
	from, err := url.Parse(hr.Referer())
	if err != nil || localPath(from.Path) == "" {
		return "/"
	}
	return from.Path
}

// carried lists the fields of a form to be sent once more. What may be a secret is never among them.
func carried(form url.Values) (fields []templates.Hidden) {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if secretField(name) {
			continue
		}
		for _, value := range form[name] {
			fields = append(fields, templates.Hidden{Name: name, Value: value})
		}
	}
	return fields
}

func secretField(name string) bool {
	for _, part := range []string{"password", "secret", "code"} {
		if strings.Contains(strings.ToLower(name), part) {
			return true
		}
	}
	return false
}
