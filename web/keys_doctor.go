package web

import (
	"net/http"
	"strings"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// doctorField holds what is pasted. Its name has "secret" in it, so no form that is kept or carried along ever has it (see secretField).
const doctorField = "secret_key"

func (s *Server) doctorPage(w http.ResponseWriter, r *request) error {
	return s.showDoctor(w, r, http.StatusOK, templates.DoctorView{})
}

// diagnose says what a pasted key is. The page that it answers with holds nothing of it but, of an own key, its mask.
func (s *Server) diagnose(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	if err := s.checkups.take(r); err != nil {
		return err
	}
	d, err := s.Keys.Diagnose(r.Context(), r.asker(), r.env, form.Get(doctorField))
	if err != nil {
		return err
	}
	if d.Looks == keys.LooksEmpty || d.Looks == keys.LooksTooLong {
		return s.showDoctor(w, r, http.StatusUnprocessableEntity, templates.DoctorView{Error: r.t.T(string(d.Looks))})
	}
	return s.showDoctor(w, r, http.StatusOK, s.diagnosisView(r, d))
}

func (s *Server) showDoctor(w http.ResponseWriter, r *request, status int, v templates.DoctorView) error {
	return s.answer(w, r, status, templates.Doctor(s.checkupPage(w, r, r.t.T("doctor.title"), doctorPath), v))
}

// checkupPage is the frame of a page beside the list of keys. The environment switch and the language form come back to it.
func (s *Server) checkupPage(w http.ResponseWriter, r *request, title, pattern string) templates.Page {
	p := s.keysPage(w, r, title)
	p.Path = strings.Replace(pattern, "{environment}", string(r.env), 1)
	return p
}

func (s *Server) diagnosisView(r *request, d keys.Diagnosis) templates.DoctorView {
	v := templates.DoctorView{Verdict: verdict(r, d), Facts: facts(r, d), Good: d.Whose == keys.WhoseOwn && (d.Live || !d.HasState()) && len(d.Odd) == 0}
	for _, o := range d.Odd {
		v.Odd = append(v.Odd, r.t.Format(o.Name, i18n.Args{"Count": o.Count}))
	}
	if d.Refused != nil {
		v.Refused = everyWord(r.t, d.Refused)
	}
	env := d.Environment
	if env == "" {
		env = r.env
	}
	v.Next = r.t.Format(string(d.Next), i18n.Args{"Environment": environmentWords(r.t, env), "API": s.APIs[env]})
	v.NextLink = nextLink(r, d)
	if d.Key.ID != "" {
		v.UseLink = templates.Link{Label: r.t.T("use.title"), Href: "/" + string(d.Environment) + keysPath + "/" + string(d.Key.ID)}
	}
	return v
}

// verdict names what it is in one line.
func verdict(r *request, d keys.Diagnosis) string {
	id := map[bool]string{true: "doctor.own", false: "doctor.looks"}[d.Whose == keys.WhoseOwn]
	if d.Environment != "" {
		id = map[bool]string{true: "doctor.own_in", false: "doctor.looks_in"}[d.Whose == keys.WhoseOwn]
	}
	return r.t.Format(id, i18n.Args{"What": r.t.T(string(d.Looks)), "Environment": environmentWords(r.t, d.Environment)})
}

// facts are what is known for sure, of own keys more than of others.
func facts(r *request, d keys.Diagnosis) (rows []templates.Fact) {
	add := func(label, value string) {
		if value != "" {
			rows = append(rows, templates.Fact{Label: r.t.T(label), Value: value})
		}
	}
	if d.Whose != keys.WhoseUnasked {
		add("doctor.row_whose", r.t.T(string(d.Whose)))
	}
	add("doctor.row_environment", environmentWords(r.t, d.Environment))
	if d.HasState() {
		add("use.state", stateOf(r, d))
	}
	if d.Key.ID != "" {
		if d.Key.Kind != keys.PublicKey {
			add("doctor.row_key", d.Key.Mask())
		}
		add("use.last", usedWords(r, d))
	}
	add("snap.fingerprint", d.Fingerprint)
	return rows
}

// usedWords say when an own key was used last; of a client key nobody sees it.
func usedWords(r *request, d keys.Diagnosis) string {
	switch {
	case d.Key.Kind == keys.Client:
		return r.t.T("keys.uncounted")
	case d.Used.At.IsZero():
		return r.t.T("use.never")
	}
	return r.t.Format("doctor.used", i18n.Args{"At": r.t.Time(d.Used.At, r.zone()), "From": d.Used.From})
}

func stateOf(r *request, d keys.Diagnosis) string {
	ends := i18n.Args{"Time": r.t.Time(d.Ends, r.zone())}
	switch {
	case !d.Live:
		return r.t.Format("snap.ended", ends)
	case !d.Ends.IsZero():
		return r.t.Format("snap.ends", ends)
	}
	return r.t.T("use.live")
}

// nextLink leads to where the next step is done: in the environment of an own key, else in that of the page.
func nextLink(r *request, d keys.Diagnosis) templates.Link {
	env := r.env
	if d.Whose == keys.WhoseOwn && d.Environment != "" {
		env = d.Environment
	}
	to := func(label, rest string, env ids.Environment) templates.Link {
		return templates.Link{Label: r.t.T(label), Href: "/" + string(env) + keysPath + rest}
	}
	switch d.Next {
	case keys.NextPaste:
		return templates.Link{}
	case keys.NextSnippet, keys.NextNewToken:
		return to("snippets.title", "/snippets", env)
	case keys.NextBench:
		return to("signature.title", "/signature", env)
	case keys.NextSnap, keys.NextNewPair:
		return to("keys_nav.snap", "/bi-snap", env)
	}
	if d.Key.Kind == keys.Secret || d.Key.Kind == keys.PublicKey {
		return to("keys_nav.snap", "/bi-snap", env)
	}
	return to("keys.title", "", env)
}
