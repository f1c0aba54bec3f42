package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/web/templates"
)

// What the web itself refuses.
var (
	errSignedOut error = fault.New(fault.SignedOut, "fault.signed_out")
	errForbidden error = fault.New(fault.Forbidden, "fault.forbidden")
	errOtherSite error = fault.New(fault.Forbidden, "fault.other_site")
	errNotFound  error = fault.New(fault.NotFound, "fault.not_found")
	// errWall: the password is too old, so nothing answers but what changes it (rules.md, Rotation).
	errWall error = fault.New(fault.Forbidden, "fault.forbidden")
	// errFactorWall: the merchant requires a second factor that is missing, so nothing answers but what sets one up.
	errFactorWall error = fault.New(fault.Forbidden, "fault.forbidden")
)

// statuses is the one place where kinds of failure become HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal:    http.StatusInternalServerError,
	fault.Invalid:     http.StatusUnprocessableEntity,
	fault.NotFound:    http.StatusNotFound,
	fault.SignedOut:   http.StatusSeeOther,
	fault.Forbidden:   http.StatusForbidden,
	fault.Conflict:    http.StatusConflict,
	fault.TooLarge:    http.StatusRequestEntityTooLarge,
	fault.Misdirected: http.StatusMisdirectedRequest,
	fault.BadMethod:   http.StatusMethodNotAllowed,
	fault.TooMany:     http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// headings name the heading of each kind's page.
var headings = map[fault.Kind]string{
	fault.Internal: "error.internal", fault.Invalid: "error.invalid", fault.NotFound: "error.not_found", fault.Forbidden: "error.forbidden",
	fault.Conflict: "error.conflict", fault.TooLarge: "error.too_large", fault.Misdirected: "error.misdirected",
	fault.BadMethod:   "error.bad_method",
	fault.TooMany:     "error.too_many",
	fault.Unavailable: "error.unavailable",
}

func refuseOtherSites(http.ResponseWriter, *request) error { return errOtherSite }

// wayOn is where to go after a failure: to the list where somebody in it was meant, otherwise to the start.
func wayOn(r *request) templates.Link {
	if r.who != nil && strings.HasPrefix(r.URL.Path, usersPath+"/") && r.who.Roles.May(auth.ManageUsers, "") {
		return templates.Link{Label: r.t.T("users.title"), Href: usersPath}
	}
	if r.who != nil && r.env != "" && strings.HasPrefix(r.URL.Path, inEnvironment(r, keysPath)+"/") && r.who.Roles.May(auth.SeeKeys, r.env) {
		return templates.Link{Label: r.t.T("keys.title"), Href: inEnvironment(r, keysPath)}
	}
	if r.who != nil && strings.HasPrefix(r.URL.Path, inEnvironment(r, copyPath)) && r.who.Roles.May(auth.CopySettings, "") {
		return templates.Link{Label: r.t.T("compare.title"), Href: comparePath}
	}
	if r.who != nil && strings.HasPrefix(r.URL.Path, activationPath) && r.who.Roles.May(auth.ActivateProduction, ids.Production) {
		return templates.Link{Label: r.t.T("activation.title"), Href: activationPath}
	}
	return templates.Link{Label: r.t.T("error.home"), Href: "/"}
}

// fail answers a request with what went wrong. It alone logs failures; the visitor sees public sentences and an id.
func (s *Server) fail(w http.ResponseWriter, r *request, err error) {
	kind := fault.KindOf(err)
	switch {
	case errors.Is(err, errWall):
		http.Redirect(w, r.Request, passwordPath, http.StatusSeeOther)
		return
	case errors.Is(err, errFactorWall):
		http.Redirect(w, r.Request, factorPath, http.StatusSeeOther)
		return
	case errors.Is(err, auth.ErrOutside):
		s.refuseAddress(w, r, err)
		return
	case kind == fault.SignedOut && s.offerKept(w, r):
		return
	case kind == fault.SignedOut:
		http.Redirect(w, r.Request, loginPath(r), http.StatusSeeOther)
		return
	}
	status := statuses[kind]
	if status >= 500 {
		s.Logger.Error("failure", slog.String("id", r.id), slog.String("method", r.Method), slog.String("path", loggable(r.URL.Path)), slog.Any("error", err))
	}
	public := fault.Message{ID: "fault.internal"}
	var known *fault.Error
	if errors.As(err, &known) && kind != fault.Internal {
		if known.Public.ID != "" {
			public = known.Public
		}
		if known.RetryAfter > 0 {
			w.Header().Set("Retry-After", wholeSeconds(known.RetryAfter))
		} else if kind == fault.Unavailable {
			w.Header().Set("Retry-After", "5")
		}
	}
	view := templates.ErrorView{
		Status: status, Heading: r.t.T(headings[kind]), Text: r.t.Format(public.ID, public.Args), RequestID: r.id,
		Actions: []templates.Link{wayOn(r)},
	}
	if err := s.explain(r, err, &view); err != nil {
		s.Logger.Error("failure", slog.String("id", r.id), slog.Any("error", err)) // the refusal stands, with fewer words
	}
	if again := pageAgain(r); kind == fault.Unavailable && again != "" {
		view.Actions = []templates.Link{{Label: r.t.T("error.again"), Href: again}}
	}
	if kind == fault.Unavailable {
		view.Again = s.formAgain(r)
	}
	page := s.page(w, r, view.Heading, "", "/")
	if r.who != nil && refused(status) {
		page.Left = s.left(r, r.who.ActiveAt)
	}
	s.answer(w, r, status, templates.ErrorPage(page, view)) //nolint:errcheck // what fails is answered there
}

// wholeSeconds writes a length as Retry-After takes it, rounded up: whoever waits that long is not refused again.
func wholeSeconds(length time.Duration) string {
	return strconv.FormatInt(int64((length+time.Second-1)/time.Second), 10)
}

// pageAgain leads to the page that was asked for, "" where a link cannot repeat that: a form that was sent, and a query, which may hold a token.
func pageAgain(r *request) string {
	if r.Method != http.MethodGet || r.URL.RawQuery != "" {
		return ""
	}
	return localPath(r.URL.RequestURI())
}

// loginPath leads to the login page and from there back to the page asked for; a form that was sent cannot be repeated by a link.
func loginPath(r *request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return "/login"
	}
	next := localPath(r.URL.RequestURI())
	if next == "" || next == "/" {
		return "/login"
	}
	return "/login?" + url.Values{"next": {next}}.Encode()
}

// words translates the messages of a refused form, by field name.
func words(t *i18n.Printer, err error) map[string]string {
	translated := map[string]string{}
	for name, m := range fault.FieldsOf(err) {
		translated[name] = t.Format(m.ID, m.Args)
	}
	return translated
}

// everyWord translates all messages of a refused form, in their order: a field may have several.
func everyWord(t *i18n.Printer, err error) (all []string) {
	var known *fault.Error
	if errors.As(err, &known) {
		for _, f := range known.Fields {
			all = append(all, t.Format(f.ID, f.Args))
		}
	}
	return all
}

// publicWords translates the sentence that a failure carries as a whole.
func publicWords(t *i18n.Printer, err error) string {
	var known *fault.Error
	if errors.As(err, &known) && known.Public.ID != "" {
		return t.Format(known.Public.ID, known.Public.Args)
	}
	return ""
}

// failsafe is the 500 page, rendered at start: it needs nothing that could be broken when it is needed.
type failsafe struct{ before, after []byte }

const idPlace = "REQUEST-ID-GOES-HERE"

func (s *Server) renderFailsafe() (failsafe, error) {
	t := s.Catalog.Printer(i18n.English)
	view := templates.ErrorView{
		Status: http.StatusInternalServerError, Heading: t.T(headings[fault.Internal]), Text: t.T("fault.internal"), RequestID: idPlace,
		Actions: []templates.Link{{Label: t.T("error.home"), Href: "/"}},
	}
	page := templates.Page{T: t, Title: view.Heading, Brand: s.Brand, SupportEmail: s.SupportEmail, Path: "/"}
	var text bytes.Buffer
	if err := templates.ErrorPage(page, view).Render(context.Background(), &text); err != nil {
		return failsafe{}, err
	}
	before, after, _ := bytes.Cut(text.Bytes(), []byte(idPlace))
	return failsafe{before, after}, nil
}

func (f failsafe) write(w http.ResponseWriter, id string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	for _, part := range [][]byte{f.before, []byte(id), f.after} {
		if _, err := w.Write(part); err != nil {
			return // the visitor is gone
		}
	}
}
