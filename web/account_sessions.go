package web

import (
	"net/http"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/web/templates"
)

const sessionsPath = "/account/sessions"

// sessionsPage lists where somebody is signed in, this browser first (C037). The ids in it are no tokens.
func (s *Server) sessionsPage(w http.ResponseWriter, r *request) error {
	living, err := s.Auth.MySessions(r.Context(), r.who.Person)
	if err != nil {
		return err
	}
	view := templates.SessionsView{Most: auth.MaxSessions, PasswordHref: passwordPath, EndOthersAction: sessionsPath + "/end-others"}
	for _, found := range living {
		if found.ID == r.who.Session {
			found.ActiveAt = r.at // looking at this page is activity
			view.Sessions = append([]templates.SessionRow{sessionRow(r, found)}, view.Sessions...)
			continue
		}
		row := sessionRow(r, found)
		row.EndAction = sessionsPath + "/" + string(found.ID) + "/end"
		view.Sessions = append(view.Sessions, row)
		view.Others++
	}
	return s.answer(w, r, http.StatusOK, templates.Sessions(s.accountPage(w, r, r.t.T("sessions.title"), "sessions", sessionsPath), view))
}

func sessionRow(r *request, found auth.Session) templates.SessionRow {
	return templates.SessionRow{
		Browser: browserWords(r.t, found.Browser), Mobile: onMobile(found.Browser), Address: found.Address,
		Since: r.t.Time(found.CreatedAt, r.zone()), Active: ago(r.t, r.at.Sub(found.ActiveAt)), ActiveAt: r.t.Time(found.ActiveAt, r.zone()),
	}
}

// ago says how long something is past, rounded down.
func ago(t *i18n.Printer, length time.Duration) string {
	if length < time.Minute {
		return t.T("sessions.now")
	}
	for _, unit := range []time.Duration{24 * time.Hour, time.Hour} {
		if length >= 2*unit {
			return t.Format("sessions.ago", i18n.Args{"Time": length.Truncate(unit)})
		}
	}
	return t.Format("sessions.ago", i18n.Args{"Time": length.Truncate(time.Minute)})
}

// endSession ends one other session of whoever asks.
func (s *Server) endSession(w http.ResponseWriter, r *request) error {
	if err := s.Auth.EndSession(r.Context(), r.actor(), r.who.Session, ids.SessionID(r.PathValue("session"))); err != nil {
		return err
	}
	setNotice(w, "notice.session_ended")
	http.Redirect(w, r.Request, sessionsPath, http.StatusSeeOther)
	return nil
}

// endOtherSessions ends all of them but this one.
func (s *Server) endOtherSessions(w http.ResponseWriter, r *request) error {
	if err := s.Auth.EndOtherSessions(r.Context(), r.actor(), r.who.Session); err != nil {
		return err
	}
	setNotice(w, "notice.sessions_ended")
	http.Redirect(w, r.Request, sessionsPath, http.StatusSeeOther)
	return nil
}
