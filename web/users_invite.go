package web

import (
	"net/http"
	"net/url"

	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

// invitePage asks whom to invite, and as what.
func (s *Server) invitePage(w http.ResponseWriter, r *request) error {
	kept, err := s.kept(r)
	if err != nil {
		return err
	}
	return s.showInvite(w, r, http.StatusOK, kept, nil, r.URL.Query().Get(keptField))
}

func (s *Server) showInvite(w http.ResponseWriter, r *request, status int, typed url.Values, said map[string]string, kept string) error {
	view := templates.InviteView{
		Email: templates.Field{Value: typed.Get("email"), Error: said["email"]}, Choice: roleChoice(r.t, typed["role"], said["role"]), Back: usersPath,
	}
	if typed == nil {
		kept = ""
	}
	return s.answer(w, r, status, templates.Invite(offering(s.usersPart(w, r, r.t.T("invite.title"), r.t.T("invite.title")), kept), view))
}

// invite mails an invitation. Whether the address has an account elsewhere shows nowhere but in its owner's mailbox (C023).
func (s *Server) invite(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	if err := s.Auth.Invite(r.Context(), r.actor(), form.Get("email"), form["role"]); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		return s.showInvite(w, r, http.StatusUnprocessableEntity, form, words(r.t, err), form.Get(keptField))
	}
	if err := s.spendKept(r, form); err != nil {
		return err
	}
	return backToUsers(w, r, "notice.invited")
}

// resendInvitation mails it once more.
func (s *Server) resendInvitation(w http.ResponseWriter, r *request) error {
	i, err := s.invitationOf(r)
	if err != nil {
		return err
	}
	if err := s.Auth.ResendInvitation(r.Context(), r.actor(), i.ID); err != nil {
		return err
	}
	return backToUsers(w, r, "notice.invited")
}
