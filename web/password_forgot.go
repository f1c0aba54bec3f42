package web

import (
	"net/http"

	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

func (s *Server) forgotPage(w http.ResponseWriter, r *request) error {
	var view templates.ForgotView
	if r.who != nil {
		view.Email.Value = r.who.Email
	}
	return s.showForgot(w, r, http.StatusOK, view)
}

func (s *Server) showForgot(w http.ResponseWriter, r *request, status int, v templates.ForgotView) error {
	return s.answer(w, r, status, templates.Forgot(s.page(w, r, r.t.T("forgot.title"), "", "/password/forgot"), v))
}

// forgot takes the wish for a reset link. Whether the address has an account shows nowhere but in its mailbox (C022).
func (s *Server) forgot(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	if err := s.Auth.AskReset(r.Context(), form.Get("email"), r.visitor()); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		field := templates.Field{Value: form.Get("email"), Error: words(r.t, err)["email"]}
		return s.showForgot(w, r, statuses[fault.Invalid], templates.ForgotView{Email: field})
	}
	http.Redirect(w, r.Request, "/password/sent", http.StatusSeeOther)
	return nil
}

// resetSent says where to look next, to everybody the same.
func (s *Server) resetSent(w http.ResponseWriter, r *request) error {
	page := s.page(w, r, r.t.T("sent.title"), "", "/password/sent")
	return s.answer(w, r, http.StatusOK, templates.ResetSent(page, templates.ResetSentView{Inbox: s.showsInbox(r)}))
}
