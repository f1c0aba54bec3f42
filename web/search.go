package web

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"merchant-portal/auth"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/internal/search"
	"merchant-portal/web/templates"
)

const searchPath = "/search"

// Bounds of a search.
const (
	maxQuery   = 100 // characters
	maxResults = 20
)

func (s *Server) searchRoutes() []route.Route[handler] {
	return []route.Route[handler]{get("/{environment}"+searchPath, permitted, auth.SeeEnvironment, s.search)}
}

// target is a place with what stands in the route table about its page.
type target struct {
	place
	route route.Route[handler]
	under []string
	often bool
}

// targets is all that can be found, with its index, entry by entry.
type targets struct {
	all   []target
	index *search.Index
}

// newTargets indexes the words of both languages, whichever is shown.
func (s *Server) newTargets() targets {
	pages := map[string]route.Route[handler]{}
	for _, r := range s.table {
		if r.Method == http.MethodGet {
			pages[r.Pattern] = r
		}
	}
	var found targets
	var entries []search.Entry
	add := func(p searchPage, at place, under []string, often bool) {
		found.all = append(found.all, target{at, pages[p.pattern], under, often})
		entries = append(entries, search.Entry{Titles: s.inEveryLanguage(at.title), Keywords: s.inEveryLanguage(append(under, at.words)...)})
	}
	for _, p := range searchPages() {
		add(p, p.place, p.under, p.often)
		within := append(append([]string{}, p.under...), p.title)
		for _, field := range p.fields {
			add(p, field, within, false)
		}
	}
	found.index = search.New(entries)
	return found
}

func (s *Server) inEveryLanguage(messages ...string) []string {
	var texts []string
	for _, lang := range []string{i18n.English, i18n.Indonesian} {
		for _, id := range messages {
			texts = append(texts, s.Catalog.Printer(lang).T(id))
		}
	}
	return texts
}

// environment is the one that a place belongs to for somebody who searches in env; "" where it belongs to none.
func (t target) environment(env ids.Environment) ids.Environment {
	if t.route.InEnvironment() {
		return env
	}
	return aloneIn(t.route.Pattern)
}

func (t target) opensFor(r *request) bool {
	return t.route.Access != permitted || r.who.Roles.May(t.route.Permission, t.environment(r.env))
}

// search shows what of the portal fits the words of the query, as far as whoever asks may open it. It works on words in memory: nothing of the query is
// stored or logged.
func (s *Server) search(w http.ResponseWriter, r *request) error {
	view := templates.SearchView{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	all := s.targets()
	var found []int
	switch n := utf8.RuneCountInString(view.Query); {
	case !isText(view.Query):
		view.Query, view.Problem = "", r.t.T("search.not_text")
	case n > maxQuery:
		view.Query, view.Problem = string([]rune(view.Query)[:maxQuery]), r.t.Format("search.too_long", i18n.Args{"Max": maxQuery, "Length": n})
	default:
		found, view.Typo = all.index.Find(view.Query, func(i int) bool { return all.all[i].opensFor(r) })
	}
	if view.Query == "" || view.Problem != "" {
		found = all.usual(r)
	}
	view.Found = len(found)
	for _, i := range found[:min(len(found), maxResults)] {
		view.Results = append(view.Results, r.result(all.all[i]))
	}
	page := s.page(w, r, r.t.T("search.title"), "search", inEnvironment(r, searchPath), templates.Link{Label: r.t.T("search.title")})
	return s.answer(w, r, http.StatusOK, templates.Search(page, view))
}

// usual are the places that most people look for.
func (all targets) usual(r *request) []int {
	var found []int
	for i, t := range all.all {
		if t.often && t.opensFor(r) {
			found = append(found, i)
		}
	}
	return found
}

func (r *request) result(t target) templates.SearchResult {
	result := templates.SearchResult{Title: r.t.T(t.title), About: r.t.T(t.about), Href: t.route.Path(string(r.env))}
	if t.anchor != "" {
		result.Href += "#" + t.anchor
	}
	var where []string
	for _, id := range t.under {
		where = append(where, r.t.T(id))
	}
	result.Where = strings.Join(where, " › ")
	switch t.environment(r.env) {
	case ids.Sandbox:
		result.Environment, result.Color = r.t.T("environment.sandbox"), "sandbox"
	case ids.Production:
		result.Environment, result.Color = r.t.T("environment.production"), "production"
	}
	return result
}
