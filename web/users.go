package web

import (
	"net/http"
	"slices"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

const (
	usersPath       = "/account/users"
	personPath      = usersPath + "/{person}"
	invitationsPath = usersPath + "/invitations/{invitation}"
	invitationPath  = "/invitation" // where the mailed link leads
)

// staffRoutes are those about the people of a merchant, and the one for people who are about to join it.
func (s *Server) staffRoutes() []route.Route[handler] {
	see := func(pattern string, h handler) route.Route[handler] {
		return get(pattern, permitted, auth.ManageUsers, h)
	}
	act := func(pattern string, h handler) route.Route[handler] {
		return post(pattern, permitted, auth.ManageUsers, smallForm, h)
	}
	return []route.Route[handler]{
		see(usersPath, s.usersPage),
		see(usersPath+"/invite", s.invitePage),
		keeps(fresh("invite.title", act(usersPath+"/invite", s.invite))),
		act(invitationsPath+"/resend", s.resendInvitation),
		see(invitationsPath+"/withdraw", s.withdrawPage),
		act(invitationsPath+"/withdraw", s.withdraw),
		see(personPath+"/roles", s.rolesPage),
		keeps(fresh("roles.purpose", act(personPath+"/roles", s.saveRoles))),
		see(personPath+"/deactivate", s.deactivatePage),
		fresh("deactivate.purpose", act(personPath+"/deactivate", s.deactivate)),
		see(personPath+"/activate", s.activatePage),
		fresh("activate.purpose", act(personPath+"/activate", s.activate)),
		see(personPath+"/remove", s.removePage),
		fresh("remove.purpose", act(personPath+"/remove", s.remove)),

		get(invitationPath, anyone, "", s.invitationPage),
		post(invitationPath, anyone, "", smallForm, s.join),
	}
}

// usersPage lists the people of a merchant and whoever is invited, by address.
func (s *Server) usersPage(w http.ResponseWriter, r *request) error {
	people, err := s.Auth.MyStaff(r.Context(), r.who.Merchant)
	if err != nil {
		return err
	}
	invited, err := s.Auth.MyInvitations(r.Context(), r.who.Merchant)
	if err != nil {
		return err
	}
	view := templates.UsersView{InviteHref: usersPath + "/invite", OneAdministrator: countAdministrators(people) == 1}
	for _, p := range people {
		view.People = append(view.People, personRow(r, p))
	}
	for _, i := range invited {
		view.Invited = append(view.Invited, invitedRow(r, i))
	}
	return s.answer(w, r, http.StatusOK, templates.Users(s.accountPage(w, r, r.t.T("users.title"), "users", usersPath), view))
}

func countAdministrators(people []auth.Member) (n int) {
	for _, p := range people {
		if p.State == auth.Active && slices.Contains(p.Roles, auth.Administrator) {
			n++
		}
	}
	return n
}

func personRow(r *request, p auth.Member) templates.UserRow {
	path := usersPath + "/" + string(p.ID)
	row := templates.UserRow{
		Name: p.Name, Email: p.Email, Roles: roleNames(r.t, p.Roles), You: p.ID == r.who.Person, Inactive: p.State != auth.Active,
	}
	if p.LastSignIn.Equal(time.UnixMilli(0)) {
		row.Last = r.t.T("users.never")
	} else {
		row.Last, row.LastAt = ago(r.t, r.at.Sub(p.LastSignIn)), r.t.Time(p.LastSignIn, r.zone())
	}
	if row.You {
		return row
	}
	row.RolesHref, row.RemoveHref = path+"/roles", path+"/remove"
	if row.Inactive {
		row.ActivateHref = path + "/activate"
	} else {
		row.DeactivateHref = path + "/deactivate"
	}
	return row
}

func invitedRow(r *request, i auth.Invitation) templates.InvitedRow {
	path := usersPath + "/invitations/" + string(i.ID)
	return templates.InvitedRow{
		Email: i.Email, Roles: roleNames(r.t, i.Roles), Over: !i.Live(r.at), Mailed: r.t.Time(i.MailedAt, r.zone()),
		Until: r.t.Time(i.MailedAt.Add(auth.InvitationLife), r.zone()), ResendAction: path + "/resend", WithdrawHref: path + "/withdraw",
	}
}

// usersPart is the frame of a page that belongs to the list. crumb is short where the title names somebody.
func (s *Server) usersPart(w http.ResponseWriter, r *request, title, crumb string) templates.Page {
	return s.page(w, r, title, "users", r.URL.Path,
		templates.Link{Label: r.t.T("nav.account")}, templates.Link{Label: r.t.T("users.title"), Href: usersPath}, templates.Link{Label: crumb})
}

// backToUsers ends an act on the list, with a notice about it.
func backToUsers(w http.ResponseWriter, r *request, notice string) error {
	setNotice(w, notice)
	http.Redirect(w, r.Request, usersPath, http.StatusSeeOther)
	return nil
}

// colleague is the person whose id stands in the path: ErrNotFound for one of another merchant (C093), and auth.ErrYourself for whoever asks.
func (s *Server) colleague(r *request) (auth.Person, error) {
	p, err := s.Auth.Colleague(r.Context(), r.who.Merchant, ids.PersonID(r.PathValue("person")))
	if err == nil && p.ID == r.who.Person {
		return auth.Person{}, auth.ErrYourself
	}
	return p, err
}
