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

// The fields of a form that carry what is shown again: the password, and a code of the second factor. No other form may have one of these names.
const (
	proofField     = "proof_password"
	proofCodeField = "proof_code"
)

// prove reports whether all that the route asks for was shown lately. Else it answers with a page that asks for it and carries along what was sent: with
// the right password, and the right code where there is a second factor and the route is a strong one, the very same request goes on, POST included
// (C084, C130). What is wrong counts to the lock like anywhere else (C009).
func (s *Server) prove(w http.ResponseWriter, r *request, rt route.Route[handler]) (proven bool, err error) {
	if rt.Strong && r.who.Strong(r.at) || !rt.Strong && r.who.Fresh(r.at) {
		return true, nil
	}
	form, err := r.form()
	if err != nil {
		return false, err
	}
	if !form.Has(proofField) {
		return false, s.askProof(w, r, rt, form, templates.ProofView{})
	}
	in := auth.Proof{
		Password: form.Get(proofField), Code: form.Get(proofCodeField),
		Passkey: auth.PasskeyAnswer{Ceremony: form.Get(proofCeremonyField), Response: form.Get(proofPasskeyField)},
	}
	for _, field := range []string{proofField, proofCodeField, proofCeremonyField, proofPasskeyField} {
		form.Del(field)
	}
	if rt.Strong {
		err = s.Auth.CheckProof(r.Context(), r.actor(), r.visitor().Browser, in)
	} else {
		err = s.Auth.CheckPassword(r.Context(), r.actor(), in.Password)
	}
	switch {
	case err == nil:
		return true, s.renew(r, auth.Shown{Password: true, Factor: rt.Strong && r.who.HasFactor})
	case fault.KindOf(err) != fault.Invalid:
		return false, err
	}
	return false, s.askProof(w, r, rt, form, templates.ProofView{Error: passwordProblem(r, err), CodeError: words(r.t, err)["code"]})
}

// passwordProblem is what is wrong with a password that was typed within a session.
func passwordProblem(r *request, err error) string {
	if errors.Is(err, auth.ErrLocked) {
		return publicWords(r.t, err)
	}
	return words(r.t, err)["password"]
}

// askProof asks for what the route wants to be shown; v holds what was wrong with it.
func (s *Server) askProof(w http.ResponseWriter, r *request, rt route.Route[handler], form url.Values, v templates.ProofView) error {
	v.Purpose, v.Action, v.Field, v.Carried, v.Back = r.t.T(rt.Fresh), r.URL.Path, proofField, carried(form), cameFrom(r.Request)
	if rt.Strong && (r.who.HasFactor || v.CodeError != "") {
		v.AskCode = true
		var err error
		if v.Passkey, err = s.passkeyOf(r, r.who.Person); err != nil {
			return err
		}
	}
	return s.answer(w, r, http.StatusUnprocessableEntity, templates.Proof(s.page(w, r, r.t.T("proof.title"), "", "/"), v))
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
