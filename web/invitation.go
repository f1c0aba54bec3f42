package web

import (
	"errors"
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/i18n"
	"merchant-portal/web/templates"
)

// invitationPage is where the mailed link leads. With the token in the URL it moves it into a cookie and comes back without: out of the address
// bar, the history and every Referer (C062). Looking consumes nothing (C060).
func (s *Server) invitationPage(w http.ResponseWriter, r *request) error {
	if r.URL.Query().Has("token") {
		w.Header().Set("Referrer-Policy", "no-referrer")
		setCookie(w, linkCookie, cookieSafe(r.URL.Query().Get("token")))
		http.Redirect(w, r.Request, invitationPath, http.StatusSeeOther)
		return nil
	}
	return s.showInvitation(w, r, http.StatusOK, auth.Joining{}, nil)
}

// showInvitation shows the form of the invitation whose link was opened. Address and roles are the invitation's, whatever was sent (C056).
func (s *Server) showInvitation(w http.ResponseWriter, r *request, status int, typed auth.Joining, said map[string]string) error {
	i, merchant, err := s.Auth.Invited(r.Context(), cookieValue(r.Request, linkCookie))
	if errors.Is(err, auth.ErrBadLink) {
		page := s.page(w, r, r.t.T("link.title"), "", invitationPath)
		return s.answer(w, r, statuses[fault.Invalid], templates.InvitationInvalid(page, templates.InvitationInvalidView{}))
	}
	if err != nil {
		return err
	}
	view := templates.InvitationView{
		Lead:  r.t.Format("invitation.lead", i18n.Args{"Merchant": merchant, "Roles": roleNames(r.t, i.Roles)}),
		Email: i.Email, FullName: templates.Field{Value: typed.FullName, Error: said["full_name"]},
		Phone: templates.Field{Value: typed.Phone, Error: said["phone"]}, Password: said["password"], Confirm: said["confirm_password"],
	}
	return s.answer(w, r, status, templates.Invitation(s.page(w, r, r.t.T("invitation.title"), "", invitationPath), view))
}

// join makes the invited person one of the merchant's people. It ends on the login page with nobody signed in, whoever was in this browser.
func (s *Server) join(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	in := auth.Joining{
		Token: cookieValue(r.Request, linkCookie), FullName: form.Get("full_name"), Phone: form.Get("phone"),
		Password: form.Get("password"), Confirm: form.Get("confirm_password"), Language: r.t.Lang(), Address: r.from,
	}
	if err := s.Auth.Join(r.Context(), in); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		return s.showInvitation(w, r, statuses[fault.Invalid], in, words(r.t, err))
	}
	if r.who != nil {
		if err := s.signOut(r); err != nil {
			return err
		}
	}
	dropCookie(w, linkCookie)
	setNotice(w, "notice.joined")
	http.Redirect(w, r.Request, "/login", http.StatusSeeOther)
	return nil
}
