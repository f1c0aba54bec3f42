package auth_test

import (
	"testing"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

// map-facts section 1: who may do what, permission by permission. What is not listed is not allowed.
func TestRolesGrantWhatTheTableSays(t *testing.T) {
	const admin, operations, finance, developer, service, sandbox = auth.Administrator, auth.OperationsStaff, auth.FinanceStaff,
		auth.Developer, auth.CustomerService, auth.SandboxStaff
	everyRole := []auth.Role{admin, operations, finance, developer, service, sandbox, "no such role"}
	for permission, holders := range map[auth.Permission][]auth.Role{
		auth.SeeEnvironment:     {admin, operations, finance, developer, service, sandbox},
		auth.EditSettings:       {admin, developer, sandbox},
		auth.CopySettings:       {admin, developer},
		auth.SeeKeys:            {admin, developer, sandbox},
		auth.RevealKeys:         {admin, developer, sandbox},
		auth.ChangeKeys:         {admin, developer, sandbox},
		auth.ActivateProduction: {admin},
		auth.ManageUsers:        {admin},
		auth.SeeActivity:        {admin, developer},
		auth.EditSecurity:       {admin, developer},
		auth.SeeTransactions:    {admin, operations, service},
		auth.ActOnTransactions:  {admin, operations},
		auth.SeeBilling:         {admin, finance},
		"no.such":               {},
	} {
		granted := map[auth.Role]bool{}
		for _, role := range holders {
			granted[role] = true
		}
		for _, role := range everyRole {
			roles := auth.ParseRoles(string(role))
			for _, env := range []ids.Environment{ids.Sandbox, ids.Production, ""} {
				want := granted[role] && (role != sandbox || env == ids.Sandbox) // Sandbox IT Staff has nothing outside Sandbox
				if got := roles.May(permission, env); got != want {
					t.Errorf("%s may %s in %q: %v, want %v", role, permission, env, got, want)
				}
			}
		}
	}
}

func TestRolesComeBackAsTheyWereStored(t *testing.T) {
	if got := auth.ParseRoles(auth.Roles{auth.Developer, auth.FinanceStaff}.String()); len(got) != 2 {
		t.Errorf("roles came back as %v", got)
	}
}
