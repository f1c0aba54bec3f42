package web

import (
	"net/http"
)

// home leads to the dashboard of the environment last used. Its route also takes whatever no other route takes: a page that does not exist
// looks like one that does until somebody has signed in (C025).
func (s *Server) home(w http.ResponseWriter, r *request) error {
	if r.URL.Path != "/" || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return errNotFound
	}
	http.Redirect(w, r.Request, "/"+string(r.home())+"/dashboard", http.StatusSeeOther)
	return nil
}
