package web

import (
	"errors"
	"net/http"
	"slices"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/web/templates"
)

// duties are the columns of the role matrix: permissions that only come together. To see an environment goes with every role.
var duties = []struct {
	words       string
	permissions []auth.Permission
}{
	{"matrix.settings", []auth.Permission{auth.EditSettings, auth.SeeKeys, auth.RevealKeys, auth.ChangeKeys}},
	{"matrix.users", []auth.Permission{auth.ManageUsers}},
	{"matrix.activate", []auth.Permission{auth.ActivateProduction}},
	{"matrix.security", []auth.Permission{auth.SeeActivity, auth.EditSecurity, auth.CopySettings}},
	{"matrix.transactions", []auth.Permission{auth.SeeTransactions}},
	{"matrix.act", []auth.Permission{auth.ActOnTransactions}},
	{"matrix.billing", []auth.Permission{auth.SeeBilling}},
}

// roleMeans say what each role is for.
var roleMeans = map[auth.Role]string{
	auth.Administrator: "role.administrator_means", auth.OperationsStaff: "role.operations_means", auth.FinanceStaff: "role.finance_means",
	auth.Developer: "role.developer_means", auth.CustomerService: "role.customer_service_means", auth.SandboxStaff: "role.sandbox_it_means",
}

// roleChoice is the part of a form where roles are given, with the matrix of what they grant. problem is the message about it, "" for none.
func roleChoice(t *i18n.Printer, chosen []string, problem string) templates.RoleChoice {
	v := templates.RoleChoice{Error: problem}
	for _, d := range duties {
		v.Duties = append(v.Duties, t.T(d.words))
	}
	for _, role := range auth.AllRoles() {
		name := t.T(roleWords[role])
		v.Roles = append(v.Roles, templates.RoleOption{
			Value: string(role), Label: name, Means: t.T(roleMeans[role]), Chosen: slices.Contains(chosen, string(role)),
		})
		row := templates.MatrixRow{Role: name}
		for _, d := range duties {
			row.Cells = append(row.Cells, templates.MatrixCell{
				Duty: t.T(d.words), Granted: grantsAll(role, d.permissions), SandboxOnly: role.SandboxOnly(),
			})
		}
		v.Matrix = append(v.Matrix, row)
	}
	return v
}

func grantsAll(role auth.Role, permissions []auth.Permission) bool {
	return !slices.ContainsFunc(permissions, func(p auth.Permission) bool { return !(auth.Roles{role}).May(p, ids.Sandbox) })
}

func roleValues(roles auth.Roles) []string {
	values := make([]string, len(roles))
	for i, role := range roles {
		values[i] = string(role)
	}
	return values
}

// rolesPage shows the roles of a colleague.
func (s *Server) rolesPage(w http.ResponseWriter, r *request) error {
	p, err := s.colleague(r)
	if err != nil {
		return err
	}
	kept, err := s.kept(r)
	if err != nil {
		return err
	}
	if kept != nil {
		return s.showRoles(w, r, http.StatusOK, p, kept["role"], "", r.URL.Query().Get(keptField))
	}
	return s.showRoles(w, r, http.StatusOK, p, roleValues(p.Roles), "", "")
}

func (s *Server) showRoles(w http.ResponseWriter, r *request, status int, p auth.Person, chosen []string, problem, kept string) error {
	page := offering(s.usersPart(w, r, r.t.Format("roles.title", i18n.Args{"Name": p.Name}), r.t.T("users.roles")), kept)
	view := templates.RolesView{Email: p.Email, Name: p.Name, Choice: roleChoice(r.t, chosen, problem), Back: usersPath}
	return s.answer(w, r, status, templates.Roles(page, view))
}

// saveRoles gives a colleague the roles that were chosen.
func (s *Server) saveRoles(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	p, err := s.colleague(r)
	if err != nil {
		return err
	}
	roles, err := auth.ChooseRoles(form["role"])
	if errors.Is(err, auth.ErrNoRole) {
		return s.showRoles(w, r, statuses[fault.Invalid], p, form["role"], words(r.t, err)["role"], form.Get(keptField))
	}
	if err := s.Auth.SetRoles(r.Context(), r.actor(), p.ID, roles); err != nil {
		return err
	}
	if err := s.spendKept(r, form); err != nil {
		return err
	}
	return backToUsers(w, r, "notice.roles_saved")
}
