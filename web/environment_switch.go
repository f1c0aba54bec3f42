package web

import (
	"net/http"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
)

// switchEnvironment remembers the chosen environment and leads to the same page of it. It acts on nothing else: what a page does belongs to the
// environment in its URL.
func (s *Server) switchEnvironment(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	env, ok := ids.ParseEnvironment(form.Get("environment"))
	if !ok {
		return errNotFound
	}
	if !r.who.Roles.May(auth.SeeEnvironment, env) {
		return auth.Missing(auth.SeeEnvironment, env)
	}
	if err := s.Environments.Switch(r.Context(), r.actor(), env); err != nil {
		return err
	}
	http.Redirect(w, r.Request, s.existing(samePage(form.Get("path"), env), env), http.StatusSeeOther)
	return nil
}

// samePage gives the page at path in another environment; the dashboard where path belongs to none.
func samePage(path string, env ids.Environment) string {
	local := localPath(path)
	for _, from := range ids.Environments() {
		if rest, found := strings.CutPrefix(local, "/"+string(from)+"/"); found {
			return "/" + string(env) + "/" + rest
		}
	}
	return "/" + string(env) + "/dashboard"
}

// existing gives path, or the dashboard of its environment where that page exists in the other one alone.
func (s *Server) existing(path string, env ids.Environment) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	rest, _, _ = strings.Cut(rest, "?")
	for _, r := range s.table {
		other := aloneIn(r.Pattern)
		if other == "" || other == env {
			continue
		}
		page, object, _ := strings.Cut(strings.TrimPrefix(r.Pattern, "/"+string(other)+"/"), "{")
		if rest == page || object != "" && strings.HasPrefix(rest, page) {
			return "/" + string(env) + "/dashboard"
		}
	}
	return path
}

// productionClosed reports whether Production is not active yet. Where that cannot be learnt Production counts as live: who is told so takes more care.
func (s *Server) productionClosed(r *request) bool {
	state, err := s.Environments.State(r.Context(), r.who.Merchant, ids.Production)
	return err == nil && state != envswitch.Active
}
