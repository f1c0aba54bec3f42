package web

import (
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

func (s *Server) registerPage(w http.ResponseWriter, r *request) error {
	return s.showRegister(w, r, http.StatusOK, templates.RegisterView{})
}

func (s *Server) showRegister(w http.ResponseWriter, r *request, status int, v templates.RegisterView) error {
	return s.answer(w, r, status, templates.Register(s.page(w, r, r.t.T("register.title"), "", "/register"), v))
}

// register takes a sign-up. Whether the address is taken shows nowhere but in its owner's mailbox (C023).
func (s *Server) register(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	browser := cookieValue(r.Request, registrationCookie)
	if browser == "" {
		browser = auth.NewToken()
	}
	in := auth.SignUp{
		BusinessName: form.Get("business_name"), FullName: form.Get("full_name"), Email: form.Get("email"), Phone: form.Get("phone"),
		Password: form.Get("password"), Confirm: form.Get("confirm_password"), Language: r.t.Lang(), Browser: browser, Address: r.from,
	}
	if err := s.Auth.Register(r.Context(), in); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		said := words(r.t, err)
		return s.showRegister(w, r, http.StatusUnprocessableEntity, templates.RegisterView{
			BusinessName: templates.Field{Value: in.BusinessName, Error: said["business_name"]},
			FullName:     templates.Field{Value: in.FullName, Error: said["full_name"]},
			Email:        templates.Field{Value: in.Email, Error: said["email"]},
			Phone:        templates.Field{Value: in.Phone, Error: said["phone"]},
			Password:     said["password"], Confirm: said["confirm_password"],
		})
	}
	setCookie(w, registrationCookie, browser)
	http.Redirect(w, r.Request, "/register/sent", http.StatusSeeOther)
	return nil
}

// registerSent says where to look next, after signing up and after asking for another mail alike.
func (s *Server) registerSent(w http.ResponseWriter, r *request) error {
	page := s.page(w, r, r.t.T("sent.title"), "", "/register/sent")
	return s.answer(w, r, http.StatusOK, templates.MailSent(page, templates.MailSentView{Inbox: s.showsInbox(r)}))
}

func (s *Server) resendPage(w http.ResponseWriter, r *request) error {
	return s.showResend(w, r, http.StatusOK, templates.ResendView{})
}

func (s *Server) showResend(w http.ResponseWriter, r *request, status int, v templates.ResendView) error {
	return s.answer(w, r, status, templates.Resend(s.page(w, r, r.t.T("resend.title"), "", "/register/resend"), v))
}

// resend mails the confirmation link again, if there is one to mail; the answer is the same.
func (s *Server) resend(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	if err := s.Auth.Resend(r.Context(), form.Get("email"), r.from); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		field := templates.Field{Value: form.Get("email"), Error: words(r.t, err)["email"]}
		return s.showResend(w, r, http.StatusUnprocessableEntity, templates.ResendView{Email: field})
	}
	http.Redirect(w, r.Request, "/register/sent", http.StatusSeeOther)
	return nil
}
