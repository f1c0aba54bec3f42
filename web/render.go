package web

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"

	"github.com/a-h/templ"

	"merchant-portal/web/templates"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps a single huge page from staying in memory for good.
const maxPooled = 256 << 10

// answer renders a page completely before its first byte goes out: a template that fails becomes an error page, not half a page.
func (s *Server) answer(w http.ResponseWriter, r *request, status int, c templ.Component) error {
	buffer := buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	buffer.Reset()
	defer func() {
		if buffer.Cap() <= maxPooled {
			buffers.Put(buffer)
		}
	}()
	if err := c.Render(r.Context(), buffer); err != nil {
		s.Logger.Error("template", "id", r.id, "path", r.URL.Path, "error", err)
		s.failsafe.write(w, r.id)
		return nil
	}
	h := w.Header()
	h["Content-Type"] = htmlHeader
	h["Content-Length"] = []string{strconv.Itoa(buffer.Len())}
	w.WriteHeader(status)
	w.Write(buffer.Bytes()) //nolint:errcheck // the visitor is gone; there is nobody to tell
	return nil
}

var htmlHeader = []string{"text/html; charset=utf-8"}

// page fills in what every page needs. title is translated, section names the navigation entry, path is where the language form and the
// environment switch come back to.
func (s *Server) page(w http.ResponseWriter, r *request, title, section, path string, crumbs ...templates.Link) templates.Page {
	p := templates.Page{
		T: r.t, Title: title, Brand: s.Brand, SupportEmail: s.SupportEmail, Path: path, Environment: string(r.env), Section: section,
		Crumbs: crumbs, Live: s.Live,
	}
	if r.who != nil {
		home := r.home()
		p.Home, p.Theme, p.Menu = string(home), r.who.Theme, r.menu(home)
		p.ProductionClosed = p.Menu.Production && s.productionClosed(r)
		p.Account = &templates.Account{Name: r.who.Name, Email: r.who.Email, Merchant: r.who.MerchantName, MerchantID: string(r.who.Merchant)}
		p.Idle, p.Left = s.Rules.IdleTimeout, s.left(r, r.at)
		if r.route == nil || r.route.NoActivity {
			p.Left = s.left(r, r.who.ActiveAt)
		}
		if path != passwordPath {
			p.PasswordEnds = s.passwordEnds(r)
		}
		if path != factorPath {
			p.FactorDue = s.factorDue(r)
		}
		s.announce(r, &p)
	}
	if value := cookieValue(r.Request, noticeCookie); value != "" {
		dropCookie(w, noticeCookie)
		words, good := noticeWords(r.t, value)
		p.Notice, p.Warns = words, !good
	}
	return p
}

// inEnvironment is the path of a page in the environment of the request.
func inEnvironment(r *request, rest string) string { return "/" + string(r.env) + rest }
