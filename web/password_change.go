package web

import (
	"net/http"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/web/templates"
)

func (s *Server) passwordPage(w http.ResponseWriter, r *request) error {
	return s.showPassword(w, r, http.StatusOK, templates.ChangePasswordView{})
}

// showPassword is what answers also when the password is too old; it then says that nothing else does (rules.md, Rotation).
func (s *Server) showPassword(w http.ResponseWriter, r *request, status int, v templates.ChangePasswordView) error {
	if s.Rules.PasswordTooOld(r.who.PasswordSetAt, r.at) {
		v.Wall = r.t.Format("change.wall", map[string]any{"Age": s.Rules.PasswordMaxAge})
	}
	page := s.accountPage(w, r, r.t.T("change.title"), "password", passwordPath)
	return s.answer(w, r, status, templates.ChangePassword(page, v))
}

// changePassword gives whoever is signed in a new password, and this session another token.
func (s *Server) changePassword(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	err = s.Auth.ChangePassword(r.Context(), auth.Change{
		Who: r.actor(), Browser: r.visitor().Browser, Session: r.who.Session,
		Current: form.Get("current_password"), New: form.Get("new_password"), Confirm: form.Get("confirm_password"),
	})
	if err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		said := words(r.t, err)
		view := templates.ChangePasswordView{Current: said["current_password"], New: said["new_password"], Confirm: said["confirm_password"]}
		if view.Current == "" {
			view.Current = passwordProblem(r, err)
		}
		return s.showPassword(w, r, statuses[fault.Invalid], view)
	}
	if err := s.renew(r, auth.Shown{Password: true}); err != nil {
		return err
	}
	setNotice(w, "notice.password_changed")
	http.Redirect(w, r.Request, passwordPath, http.StatusSeeOther)
	return nil
}

// passwordEnds says on every page that the password has to be changed soon; "" while there is time.
func (s *Server) passwordEnds(r *request) string {
	left, soon := s.Rules.PasswordEndsSoon(r.who.PasswordSetAt, r.at)
	if !soon {
		return ""
	}
	return r.t.Format("change.ends", map[string]any{"Left": left})
}
