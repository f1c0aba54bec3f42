package web

import (
	"net/http"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
)

// handler answers one route. An error that it returns becomes a page (errors.go).
type handler func(w http.ResponseWriter, r *request) error

// Body limits in bytes.
const (
	smallForm = 16 << 10
	largeForm = 64 << 10
	keptForm  = 3 * largeForm // a large form, sealed and in base64, beside another one: what is sent as three bytes (%3C) may be six when sealed, eight in base64
)

// Who may use a route, in short.
const (
	anyone    = route.Anyone
	signedIn  = route.SignedIn
	permitted = route.Permitted
)

func get(pattern string, access route.Access, permission string, h handler) route.Route[handler] {
	return route.Route[handler]{Method: "GET", Pattern: pattern, Access: access, Permission: permission, Handler: h}
}

func post(pattern string, access route.Access, permission string, limit int64, h handler) route.Route[handler] {
	return route.Route[handler]{Method: "POST", Pattern: pattern, Access: access, Permission: permission, BodyLimit: limit, Handler: h}
}

// routes is the one table of what exists, who may use it and what else holds for it. Tests walk it.
func (s *Server) routes() []route.Route[handler] {
	const accessKey = "/{environment}" + keysPath
	table := []route.Route[handler]{
		get("/healthz", anyone, "", s.health),
		get("/readyz", anyone, "", s.ready),
		get("/static/", anyone, "", s.static),
		get("/", signedIn, "", s.home),

		get("/login", anyone, "", s.loginPage),
		post("/login", anyone, "", keptForm, s.login),
		get("/login/done", anyone, "", s.loginDone),
		get(codePath, anyone, "", s.codePage),
		post(codePath, anyone, "", keptForm, s.signInWithCode),
		pastWall(post("/logout", signedIn, "", smallForm, s.logout)),
		pastWall(noActivity(get("/session/check", anyone, "", s.sessionCheck))),
		pastWall(post("/session/extend", signedIn, "", smallForm, s.extend)),
		forFactor(post("/language", anyone, "", smallForm, s.setLanguage)),

		get("/register", anyone, "", s.registerPage),
		post("/register", anyone, "", smallForm, s.register),
		get("/register/sent", anyone, "", s.registerSent),
		get("/register/resend", anyone, "", s.resendPage),
		post("/register/resend", anyone, "", smallForm, s.resend),
		get("/register/confirm", anyone, "", s.confirmPage),
		post("/register/confirm", anyone, "", smallForm, s.confirm),

		post("/environment", signedIn, "", smallForm, s.switchEnvironment),
		get("/{environment}/dashboard", permitted, auth.SeeEnvironment, s.dashboard),
		get(accessKey, permitted, auth.SeeKeys, s.accessKeys),
		noActivity(get(accessKey+"/{key}/reveal", permitted, auth.RevealKeys, s.revealed)),
		fresh("reveal.title", post(accessKey+"/{key}/reveal", permitted, auth.RevealKeys, smallForm, s.reveal)),
	}
	table = append(table, s.settingsRoutes()...)
	table = append(table, s.integrationRoutes()...)
	table = append(table, s.activationRoutes()...)
	table = append(table, s.rotationRoutes()...)
	table = append(table, s.accountRoutes()...)
	table = append(table, s.activityRoutes()...)
	table = append(table, s.checkupRoutes()...)
	table = append(table, s.factorRoutes()...)
	table = append(table, s.snapRoutes()...)
	table = append(table, s.snapReplaceRoutes()...)
	table = append(table, s.useRoutes()...)
	table = append(table, s.passkeyRoutes()...)
	table = append(table, s.securityRoutes()...)
	table = append(table, s.requireRoutes()...)
	table = append(table, s.staffRoutes()...)
	table = append(table, s.searchRoutes()...)
	table = append(table, s.copyRoutes()...)
	if s.Inbox != nil {
		table = append(table, pastWall(get("/_dev/inbox", anyone, "", s.inbox))) // where the mail with the way out is
	}
	return table
}

// accountRoutes are those about the person who is signed in, and the way back in.
func (s *Server) accountRoutes() []route.Route[handler] {
	return []route.Route[handler]{
		pastWall(get(passwordPath, signedIn, "", s.passwordPage)),
		pastWall(post(passwordPath, signedIn, "", smallForm, s.changePassword)),
		pastWall(get("/password/forgot", anyone, "", s.forgotPage)),
		pastWall(post("/password/forgot", anyone, "", smallForm, s.forgot)),
		pastWall(get("/password/sent", anyone, "", s.resetSent)),
		pastWall(get("/password/reset", anyone, "", s.resetPage)),
		pastWall(post("/password/reset", anyone, "", smallForm, s.reset)),

		get(profilePath, signedIn, "", s.profilePage),
		keeps(post(profilePath, signedIn, "", smallForm, s.saveProfile)),
		get(sessionsPath, signedIn, "", s.sessionsPage),
		post(sessionsPath+"/{session}/end", signedIn, "", smallForm, s.endSession),
		post(sessionsPath+"/end-others", signedIn, "", smallForm, s.endOtherSessions),
	}
}

// What a route may have beside who may use it.

func pastWall(r route.Route[handler]) route.Route[handler] {
	r.PastWall = true
	return r
}

func noActivity(r route.Route[handler]) route.Route[handler] {
	r.NoActivity = true
	return r
}

func keeps(r route.Route[handler]) route.Route[handler] {
	r.Keeps = true
	return r
}

func fresh(purpose string, r route.Route[handler]) route.Route[handler] {
	r.Fresh = purpose
	return r
}

// freshLater has the password asked for by the handler, once it has looked at the form.
func freshLater(purpose string, r route.Route[handler]) route.Route[handler] {
	r.Fresh, r.Looks = purpose, true
	return r
}

// strong asks for the second factor too, of who has one.
func strong(purpose string, r route.Route[handler]) route.Route[handler] {
	r.Fresh, r.Strong = purpose, true
	return r
}

// forFactor lets a route answer while a second factor is missing that the merchant requires.
func forFactor(r route.Route[handler]) route.Route[handler] {
	r.ForFactor = true
	return r
}

// passwordPath is where everything leads once the password is too old.
const passwordPath = "/account/password"

// mount registers a route, once per environment where it belongs to one. What needs no session gets none.
func (s *Server) mount(mux *http.ServeMux, r route.Route[handler]) {
	if !r.InEnvironment() {
		method := r.Method + " "
		if r.Pattern == "/" {
			method = "" // whatever no other route takes, in any method
		}
		mux.Handle(method+r.Pattern, s.serve(r, aloneIn(r.Pattern)))
		return
	}
	for _, env := range ids.Environments() {
		mux.Handle(r.Method+" "+r.Path(string(env)), s.serve(r, env))
	}
}

// aloneIn is the environment that a pattern names, where a page exists in one of them alone; "" where it names none.
func aloneIn(pattern string) ids.Environment {
	first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
	env, _ := ids.ParseEnvironment(first)
	return env
}

// sessionless are the routes that do not care who asks: they read no session.
var sessionless = map[string]bool{"/healthz": true, "/readyz": true, "/static/": true}

func (s *Server) serve(r route.Route[handler], env ids.Environment) http.Handler {
	if r.Upload {
		return s.serveUpload(r, env)
	}
	h := s.guard(r, env)
	if !sessionless[r.Pattern] {
		h = s.withSession(h)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		observed(hr.Context()).route = &r
		if r.BodyLimit > 0 {
			hr.Body = arrived(http.MaxBytesReader(w, hr.Body, r.BodyLimit))
		}
		h.ServeHTTP(w, hr)
	})
}

// guard lets through whom the route is for, and hands the request over with all that is known about it.
func (s *Server) guard(rt route.Route[handler], env ids.Environment) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := s.newRequest(hr, env)
		if err := s.act(w, r, rt); err != nil {
			s.fail(w, r, s.noteRefusal(r, err))
		}
		s.noteActivity(r, rt.NoActivity)
	})
}

func (s *Server) act(w http.ResponseWriter, r *request, rt route.Route[handler]) error {
	if err := s.admit(w, r, rt); err != nil {
		return err
	}
	if rt.BodyLimit > 0 && !rt.Upload {
		if _, err := r.form(); err != nil { // what is no form is refused before anything looks at it
			return err
		}
	}
	if rt.Keeps {
		if done, err := s.onlyKept(w, r); done || err != nil {
			return err
		}
	}
	if rt.Fresh != "" && !rt.Looks {
		if proven, err := s.prove(w, r, rt); !proven {
			return err
		}
	}
	return rt.Handler(w, r)
}

// admit is the one place where access is decided.
func (s *Server) admit(w http.ResponseWriter, r *request, rt route.Route[handler]) error {
	if err := r.letIn(rt); err != nil {
		return err
	}
	if r.who != nil && !rt.PastWall && s.Rules.PasswordTooOld(r.who.PasswordSetAt, r.at) {
		return errWall
	}
	if r.who != nil && !rt.PastWall && !rt.ForFactor && r.who.FactorMissing(r.at) {
		return errFactorWall
	}
	switch rt.Access {
	case route.Anyone:
		return nil
	case route.SignedIn:
		if r.who == nil {
			return errSignedOut
		}
		return nil
	case route.Permitted:
		if r.who == nil {
			return errSignedOut
		}
		if !r.who.Roles.May(rt.Permission, r.env) {
			return auth.Missing(rt.Permission, r.env)
		}
		return nil
	default:
		return errForbidden
	}
}

// plain serves a handler outside the table.
func (s *Server) plain(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := s.newRequest(hr, "")
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}
