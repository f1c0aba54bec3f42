package web

import (
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

const securityPath = "/account/security"

// securityRoutes are those about what holds for everybody of a merchant.
func (s *Server) securityRoutes() []route.Route[handler] {
	return []route.Route[handler]{get(securityPath, permitted, auth.EditSecurity, s.securityPage)}
}

func (s *Server) securityPage(w http.ResponseWriter, r *request) error {
	page := s.accountPage(w, r, r.t.T("security.title"), "security", securityPath)
	return s.answer(w, r, http.StatusOK, templates.Security(page, templates.SecurityView{Require: requireView(r)}))
}
