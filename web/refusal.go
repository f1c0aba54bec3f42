package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/web/templates"
)

// permissionWords name what each permission allows, as in "you may not …".
var permissionWords = map[auth.Permission]string{
	auth.SeeEnvironment: "permission.environment.see", auth.EditSettings: "permission.settings.edit", auth.SeeKeys: "permission.keys.see",
	auth.CopySettings: "permission.settings.copy", auth.RevealKeys: "permission.keys.reveal", auth.ChangeKeys: "permission.keys.change",
	auth.ActivateProduction: "permission.production.activate", auth.ManageUsers: "permission.users.manage", auth.SeeActivity: "permission.activity.see",
	auth.EditSecurity: "permission.security.edit", auth.SeeTransactions: "permission.transactions.see",
	auth.ActOnTransactions: "permission.transactions.act", auth.SeeBilling: "permission.billing.see",
}

// roleWords name the roles.
var roleWords = map[auth.Role]string{
	auth.Administrator: "role.administrator", auth.OperationsStaff: "role.operations", auth.FinanceStaff: "role.finance",
	auth.Developer: "role.developer", auth.CustomerService: "role.customer_service", auth.SandboxStaff: "role.sandbox_it",
}

// roleNames lists the names of roles in words.
func roleNames(t *i18n.Printer, roles auth.Roles) string {
	var names []string
	for _, role := range auth.AllRoles() {
		if slices.Contains(roles, role) {
			names = append(names, t.T(roleWords[role]))
		}
	}
	return strings.Join(names, ", ")
}

// noteRefusal writes down that a form was sent without the permission for it (auth.MissingPermission), or in a session from where the merchant does not
// allow it, and gives the error back. Looking at a page that is not for somebody leaves no entry (C069).
func (s *Server) noteRefusal(r *request, err error) error {
	if r.Method != http.MethodPost {
		return err
	}
	var failed error
	var missing *auth.MissingPermission
	switch {
	case r.outside != nil && r.route.Access != anyone && errors.Is(err, auth.ErrOutside):
		failed = s.Auth.NoteOutside(r.Context(), activity.Actor{Merchant: r.outside.Merchant, Person: r.outside.Person, Address: r.from})
	case r.who != nil && errors.As(err, &missing):
		failed = s.Auth.NoteRefusal(r.Context(), r.actor(), *missing)
	}
	if failed != nil {
		return failed
	}
	return err
}

// explain says on the page of a refusal which permission is missing, and who can give it: names and addresses of the merchant's own Administrators, and
// nothing else of them (C098). Other failures stay as they are.
func (s *Server) explain(r *request, err error, view *templates.ErrorView) error {
	var missing *auth.MissingPermission
	if r.who == nil || !errors.As(err, &missing) {
		return nil
	}
	may := r.t.T(permissionWords[missing.Permission])
	words := i18n.Args{"Permission": may, "Roles": roleNames(r.t, r.who.Roles)}
	view.Text = r.t.Format("refusal.permission", words)
	if missing.Environment == ids.Production && r.who.Roles.May(missing.Permission, ids.Sandbox) {
		view.Text = r.t.Format("refusal.environment", words)
	}
	if !r.who.Roles.May(auth.SeeEnvironment, r.env) {
		r.env = "" // nothing of that environment is shown, its colour included
	}
	givers, err := s.Auth.Administrators(r.Context(), r.who.Merchant)
	if err != nil {
		return err
	}
	for _, p := range givers {
		view.Givers = append(view.Givers, templates.Contact{Name: p.Name, Email: p.Email})
	}
	return nil
}
