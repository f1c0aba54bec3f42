package web

import (
	"errors"
	"net/http"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/web/templates"
)

// factorPath is where everything about second factors is, and where everything leads while one is missing that the merchant requires.
const factorPath = "/account/second-factor"

const (
	enrolPath = factorPath + "/authenticator"
	codesPath = factorPath + "/recovery-codes"
)

// factorRoutes are those about one's own second factors. What changes them needs the password and a present factor (C130).
func (s *Server) factorRoutes() []route.Route[handler] {
	return []route.Route[handler]{
		forFactor(get(factorPath, signedIn, "", s.factorsPage)),
		forFactor(strong("second.add", post(enrolPath+"/new", signedIn, "", smallForm, s.newAuthenticator))),
		forFactor(strong("second.add", post(enrolPath, signedIn, "", smallForm, s.addAuthenticator))),
		forFactor(strong("second.new_codes", post(codesPath, signedIn, "", smallForm, s.newRecoveryCodes))),
		forFactor(strong("second.remove_title", post(factorPath+"/{factor}/remove", signedIn, "", smallForm, s.removeFactor))),
	}
}

func (s *Server) factorsPage(w http.ResponseWriter, r *request) error {
	mine, err := s.Auth.MyFactors(r.Context(), r.who.Person)
	if err != nil {
		return err
	}
	view := templates.SecondFactorView{
		Has: len(mine.Factors) > 0, Kept: r.who.FactorRequired() && len(mine.Factors) == 1, CodesLeft: mine.CodesLeft,
		CodesFew: mine.CodesLeft <= auth.FewRecoveryCodes, Mark: mine.CodesMark, AddAction: enrolPath + "/new", CodesAction: codesPath,
	}
	if f, has := mine.Authenticator(); has {
		view.Authenticator = templates.FactorRow{
			Since: r.t.Time(f.CreatedAt, r.zone()), Used: s.lastUse(r, f), RemoveAction: factorPath + "/" + string(f.ID) + "/remove",
		}
	}
	view.Passkeys = s.passkeysView(r, mine.Factors, view.Kept)
	if r.who.FactorMissing(r.at) {
		view.Wall = r.t.T("second.wall")
	}
	return s.answer(w, r, http.StatusOK, templates.SecondFactor(s.accountPage(w, r, r.t.T("second.title"), "second-factor", factorPath), view))
}

// lastUse says when a factor was last shown.
func (s *Server) lastUse(r *request, f auth.Factor) string {
	if f.UsedAt.UnixMilli() <= 0 {
		return r.t.T("second.never")
	}
	return r.t.Time(f.UsedAt, r.zone())
}

// factorPart is the frame of the pages that answer a form of it: the language form comes back to the one that can be looked at.
func (s *Server) factorPart(w http.ResponseWriter, r *request, title string) templates.Page {
	return s.page(w, r, title, "second-factor", factorPath,
		templates.Link{Label: r.t.T("nav.account")}, templates.Link{Label: r.t.T("second.title"), Href: factorPath}, templates.Link{Label: title})
}

// newAuthenticator shows the QR code of a new authenticator. Nothing is stored before its first code is right.
func (s *Server) newAuthenticator(w http.ResponseWriter, r *request) error {
	e, err := s.Auth.NewAuthenticator(*r.who, s.Brand.Name)
	if err != nil {
		return err
	}
	return s.showEnrol(w, r, http.StatusOK, e, "")
}

func (s *Server) showEnrol(w http.ResponseWriter, r *request, status int, e auth.Enrolment, problem string) error {
	code, err := qrCode(e.URI)
	if err != nil {
		return err
	}
	view := templates.EnrolView{
		QR: code, Secret: e.Secret, Sealed: e.Sealed, Account: r.who.Email, Error: problem, Action: enrolPath, Back: factorPath,
	}
	return s.answer(w, r, status, templates.Enrol(s.factorPart(w, r, r.t.T("enrol.title")), view))
}

// addAuthenticator takes the first code of a new authenticator, and answers with the recovery codes that come with the first factor.
func (s *Server) addAuthenticator(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	sealed := form.Get("authenticator")
	codes, err := s.Auth.AddAuthenticator(r.Context(), r.actor(), r.visitor().Browser, sealed, form.Get("code"))
	switch {
	case errors.Is(err, auth.ErrEnrolOver):
		return s.enrolAgain(w, r, err)
	case fault.KindOf(err) == fault.Invalid:
		e, again := s.Auth.PendingAuthenticator(*r.who, s.Brand.Name, sealed)
		if again != nil {
			return s.enrolAgain(w, r, again)
		}
		return s.showEnrol(w, r, statuses[fault.Invalid], e, codeProblem(r, err))
	case err != nil:
		return err
	}
	return s.factorAdded(w, r, codes)
}

// enrolAgain begins with another QR code where the one before waited too long.
func (s *Server) enrolAgain(w http.ResponseWriter, r *request, err error) error {
	if !errors.Is(err, auth.ErrEnrolOver) {
		return err
	}
	e, again := s.Auth.NewAuthenticator(*r.who, s.Brand.Name)
	if again != nil {
		return again
	}
	return s.showEnrol(w, r, statuses[fault.Conflict], e, publicWords(r.t, err))
}

// codeProblem is what is wrong with the first code of an authenticator.
func codeProblem(r *request, err error) string {
	if errors.Is(err, auth.ErrLocked) {
		return publicWords(r.t, err)
	}
	if errors.Is(err, auth.ErrWrongCode) {
		return r.t.T("enrol.wrong")
	}
	return words(r.t, err)["code"]
}

// factorAdded answers a new factor of whatever kind, which counts as shown: with the recovery codes that came with it, if it was the first.
func (s *Server) factorAdded(w http.ResponseWriter, r *request, codes []string) error {
	if err := s.renew(r, auth.Shown{Factor: true}); err != nil {
		return err
	}
	if len(codes) > 0 {
		return s.showCodes(w, r, codes, true)
	}
	setNotice(w, "notice.factor_added")
	http.Redirect(w, r.Request, factorPath, http.StatusSeeOther)
	return nil
}

// showCodes shows recovery codes, in this answer alone (C129).
func (s *Server) showCodes(w http.ResponseWriter, r *request, codes []string, first bool) error {
	view := templates.CodesView{Codes: strings.Join(codes, "\n"), First: first, Back: factorPath, SessionsHref: sessionsPath}
	return s.answer(w, r, http.StatusOK, templates.RecoveryCodes(s.factorPart(w, r, r.t.T("codes.title")), view))
}

// newRecoveryCodes makes new ones in place of those that the page told of: sent again, it makes none.
func (s *Server) newRecoveryCodes(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	codes, err := s.Auth.NewRecoveryCodes(r.Context(), r.actor(), r.visitor().Browser, form.Get("mark"))
	if errors.Is(err, auth.ErrCodesReplaced) {
		setNotice(w, "notice.codes_replaced")
		http.Redirect(w, r.Request, factorPath, http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	return s.showCodes(w, r, codes, false)
}

func (s *Server) removeFactor(w http.ResponseWriter, r *request) error {
	if err := s.Auth.RemoveFactor(r.Context(), r.actor(), r.visitor().Browser, ids.FactorID(r.PathValue("factor"))); err != nil {
		return err
	}
	setNotice(w, "notice.factor_removed")
	http.Redirect(w, r.Request, factorPath, http.StatusSeeOther)
	return nil
}

// factorDue says on every page that a second factor has to be set up soon; "" while none is required.
func (s *Server) factorDue(r *request) string {
	left, due := r.who.FactorDue(r.at)
	if !due {
		return ""
	}
	return r.t.Format("second.due", map[string]any{"Left": left})
}
