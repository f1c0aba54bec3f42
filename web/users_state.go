package web

import (
	"context"
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/web/templates"
)

// The pages of this file say what an act will do before it is done; the button does it.

func (s *Server) deactivatePage(w http.ResponseWriter, r *request) error {
	return s.aboutColleague(w, r, templates.ConfirmActView{
		Title: "deactivate.title", Button: "deactivate.button", Danger: true,
		Lines: []string{"deactivate.out", "deactivate.stays", "deactivate.keys", "users.will_be_told"},
	})
}

func (s *Server) deactivate(w http.ResponseWriter, r *request) error {
	return s.onColleague(w, r, s.Auth.Disable, "notice.user_deactivated")
}

func (s *Server) activatePage(w http.ResponseWriter, r *request) error {
	return s.aboutColleague(w, r, templates.ConfirmActView{
		Title: "activate.title", Button: "activate.button", Lines: []string{"activate.in", "activate.roles", "users.will_be_told"},
	})
}

func (s *Server) activate(w http.ResponseWriter, r *request) error {
	return s.onColleague(w, r, s.Auth.Enable, "notice.user_activated")
}

func (s *Server) removePage(w http.ResponseWriter, r *request) error {
	return s.aboutColleague(w, r, templates.ConfirmActView{
		Title: "remove.title", Button: "remove.button", Danger: true,
		Lines: []string{"remove.out", "remove.for_good", "remove.log", "deactivate.keys", "users.will_be_told"},
	})
}

func (s *Server) remove(w http.ResponseWriter, r *request) error {
	return s.onColleague(w, r, s.Auth.RemoveColleague, "notice.user_removed")
}

// aboutColleague shows the page of an act on a colleague; the texts of v are ids of messages.
func (s *Server) aboutColleague(w http.ResponseWriter, r *request, v templates.ConfirmActView) error {
	p, err := s.colleague(r)
	if err != nil {
		return err
	}
	return s.showConfirmAct(w, r, v, i18n.Args{"Name": p.Name, "Email": p.Email, "Roles": roleNames(r.t, p.Roles)})
}

func (s *Server) showConfirmAct(w http.ResponseWriter, r *request, v templates.ConfirmActView, args i18n.Args) error {
	v.Title, v.Button, v.Back = r.t.Format(v.Title, args), r.t.T(v.Button), usersPath
	for i, id := range v.Lines {
		v.Lines[i] = r.t.Format(id, args)
	}
	return s.answer(w, r, http.StatusOK, templates.ConfirmAct(s.usersPart(w, r, v.Title, v.Button), v))
}

// onColleague does an act on a colleague.
func (s *Server) onColleague(
	w http.ResponseWriter, r *request, act func(context.Context, activity.Actor, ids.PersonID) error, notice string,
) error {
	p, err := s.colleague(r)
	if err != nil {
		return err
	}
	if err := act(r.Context(), r.actor(), p.ID); err != nil {
		return err
	}
	return backToUsers(w, r, notice)
}

// invitationOf is the invitation whose id stands in the path, or ErrNotFound (C093).
func (s *Server) invitationOf(r *request) (auth.Invitation, error) {
	return s.Auth.InvitationOf(r.Context(), r.who.Merchant, ids.InvitationID(r.PathValue("invitation")))
}

func (s *Server) withdrawPage(w http.ResponseWriter, r *request) error {
	i, err := s.invitationOf(r)
	if err != nil {
		return err
	}
	return s.showConfirmAct(w, r, templates.ConfirmActView{
		Title: "withdraw.title", Button: "withdraw.button", Danger: true, Lines: []string{"withdraw.link", "withdraw.again"},
	}, i18n.Args{"Email": i.Email})
}

func (s *Server) withdraw(w http.ResponseWriter, r *request) error {
	i, err := s.invitationOf(r)
	if err != nil {
		return err
	}
	if err := s.Auth.WithdrawInvitation(r.Context(), r.actor(), i.ID); err != nil {
		return err
	}
	return backToUsers(w, r, "notice.invitation_withdrawn")
}
