package auth

import (
	"strings"

	"merchant-portal/internal/ids"
)

// Permission names a right. Roles grant permissions, routes ask for them; no route asks for a role.
type Permission = string

// The permissions.
const (
	EditSettings Permission = "settings.edit"
	SeeKeys      Permission = "keys.see"
	RevealKeys   Permission = "keys.reveal"
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
	Administrator: {EditSettings, SeeKeys, RevealKeys},
	Developer:     {EditSettings, SeeKeys, RevealKeys},
	SandboxStaff:  {EditSettings, SeeKeys, RevealKeys},
}

// Roles is the set of roles of a person.
type Roles []Role

// May reports whether a person with these roles has the permission in the environment; "" stands for no environment.
// Sandbox IT Staff has what it has in Sandbox alone.
func (rs Roles) May(p Permission, env ids.Environment) bool {
	for _, r := range rs {
		if r == SandboxStaff && env != ids.Sandbox {
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
		switch r := Role(name); r {
		case Administrator, OperationsStaff, FinanceStaff, Developer, CustomerService, SandboxStaff:
			rs = append(rs, r)
		}
	}
	return rs
}
