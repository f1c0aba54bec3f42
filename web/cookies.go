package web

import "net/http"

// The small cookies beside the session's. None of them signs anybody in; each dies with the browser (C029).
const (
	languageCookie     = "__Host-language"     // "en" or "id", chosen before signing in
	noticeCookie       = "__Host-notice"       // what the next page says once: an id of notices, and of a save the names of what changed
	linkCookie         = "__Host-link"         // the token of a mailed link, out of the address bar
	registrationCookie = "__Host-registration" // marks the browser that signed up
	pendingCookie      = "__Host-pending"      // a right password that waits for the second step of a log-in, sealed
)

func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func dropCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func cookieValue(hr *http.Request, name string) string {
	c, err := hr.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// notices are what a page may say once after a redirect. The cookie carries an id, never words. false: something is still to be done, so it is no good news.
var notices = map[string]bool{
	savedNotice: true, unchangedNotice: true, "notice.confirmed": true, "notice.signed_out": true,
	"notice.profile_saved": true, "notice.session_ended": true, "notice.sessions_ended": true,
	"notice.factor_added": true, "notice.factor_removed": true, "notice.codes_replaced": false, "notice.codes_few": false,
	"notice.factors_required": true, "notice.factors_optional": true,
	"notice.password_changed": true, "notice.password_reset": true,
	"notice.allow_list_saved": true,
	"notice.invited":          true, "notice.invitation_withdrawn": true, "notice.joined": true, "notice.roles_saved": true,
	"notice.key_retired": true, "notice.key_extended": true, "notice.rotation_undone": true,
	"notice.snap_replaced":    true,
	"notice.copy_undone":      true,
	"notice.activation_saved": true, "notice.activation_submitted": true, "notice.document_added": true, "notice.document_removed": true,
	"notice.user_deactivated": true, "notice.user_activated": true, "notice.user_removed": true,
}

func setNotice(w http.ResponseWriter, id string) { setCookie(w, noticeCookie, id) }
