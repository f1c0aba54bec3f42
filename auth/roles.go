package auth

import (
	"slices"
	"strings"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// Permission names a right. Roles grant permissions, routes ask for them; no route asks for a role.
type Permission = string

// The permissions.
const (
	SeeEnvironment     Permission = "environment.see"     // that there is one, and what is in it
	EditSettings       Permission = "settings.edit"       // of an environment
	CopySettings       Permission = "settings.copy"       // from one environment into the other, having both side by side
	SeeKeys            Permission = "keys.see"            // masked
	RevealKeys         Permission = "keys.reveal"         // their secrets
	ChangeKeys         Permission = "keys.change"         // rotate, retire, register
	ActivateProduction Permission = "production.activate" // register for Production, and read the documents for that
	ManageUsers        Permission = "users.manage"        // invite, roles, deactivate, remove, and what is required of everybody
	SeeActivity        Permission = "activity.see"        // of everybody
	EditSecurity       Permission = "security.edit"       // where the portal may be used from
	SeeTransactions    Permission = "transactions.see"    // not part of the portal yet, like the two below
	ActOnTransactions  Permission = "transactions.act"    // cancel, accept, deny, refund
	SeeBilling         Permission = "billing.see"         // and payouts
)

// Role is one duty of a person (map-facts section 1).
type Role string

// The roles, as stored.
const (
	Administrator   Role = "administrator"
	OperationsStaff Role = "operations"
	FinanceStaff    Role = "finance"
	Developer       Role = "developer"
	CustomerService Role = "customer_service"
	SandboxStaff    Role = "sandbox_it"
)

// grants is the one table of what each role may do. Who is not in it may nothing.
var grants = map[Role][]Permission{
	Administrator: {
		SeeEnvironment, EditSettings, CopySettings, SeeKeys, RevealKeys, ChangeKeys, ActivateProduction, ManageUsers, SeeActivity, EditSecurity, SeeTransactions,
		ActOnTransactions, SeeBilling,
	},
	OperationsStaff: {SeeEnvironment, SeeTransactions, ActOnTransactions},
	FinanceStaff:    {SeeEnvironment, SeeBilling},
	Developer:       {SeeEnvironment, EditSettings, CopySettings, SeeKeys, RevealKeys, ChangeKeys, SeeActivity, EditSecurity},
	CustomerService: {SeeEnvironment, SeeTransactions},
	SandboxStaff:    {SeeEnvironment, EditSettings, SeeKeys, RevealKeys, ChangeKeys},
}

// AllRoles lists the roles in the order in which people see them.
func AllRoles() []Role {
	return []Role{Administrator, OperationsStaff, FinanceStaff, Developer, CustomerService, SandboxStaff}
}

// AllPermissions lists every permission that there is.
func AllPermissions() []Permission {
	return []Permission{
		SeeEnvironment, EditSettings, CopySettings, SeeKeys, RevealKeys, ChangeKeys, ActivateProduction, ManageUsers, SeeActivity, EditSecurity, SeeTransactions,
		ActOnTransactions, SeeBilling,
	}
}

// SandboxOnly reports whether a role has what it has in Sandbox alone.
func (r Role) SandboxOnly() bool { return r == SandboxStaff }

// MissingPermission is the cause of a refusal: who asked has the permission not there. Environment is empty for what belongs to none.
type MissingPermission struct {
	Permission  Permission
	Environment ids.Environment
}

// Error is for the log.
func (m *MissingPermission) Error() string { return "missing permission " + m.Permission }

// Missing is the refusal of somebody who lacks a permission.
func Missing(p Permission, env ids.Environment) error {
	return fault.Wrap(fault.Forbidden, "fault.forbidden", &MissingPermission{p, env})
}

// Roles is the set of roles of a person.
type Roles []Role

// May reports whether a person with these roles has the permission in the environment; "" stands for no environment.
// Sandbox IT Staff has what it has in Sandbox alone.
func (rs Roles) May(p Permission, env ids.Environment) bool {
	for _, r := range rs {
		if r.SandboxOnly() && env != ids.Sandbox {
			continue
		}
		for _, granted := range grants[r] {
			if granted == p {
				return true
			}
		}
	}
	return false
}

// String is the stored form: names joined by commas.
func (rs Roles) String() string {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}

// ParseRoles reads the stored form. Names that no role has are dropped: they grant nothing.
func ParseRoles(stored string) Roles {
	var rs Roles
	for name := range strings.SplitSeq(stored, ",") {
		if r := Role(name); slices.Contains(AllRoles(), r) {
			rs = append(rs, r)
		}
	}
	return rs
}
