package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// activationPath is where a merchant registers for Production: a page of Production alone.
const activationPath = "/production/activation"

func (s *Server) activationRoutes() []route.Route[handler] {
	const document = activationPath + "/documents/{document}"
	return []route.Route[handler]{
		get(activationPath, permitted, auth.ActivateProduction, s.activationPage),
		keeps(post(activationPath, permitted, auth.ActivateProduction, smallForm, s.saveActivation)),
		post(activationPath+"/submit", permitted, auth.ActivateProduction, smallForm, s.submitActivation),
		takesFile(post(activationPath+"/documents", permitted, auth.ActivateProduction, uploadForm, s.addDocument)),
		post(document, permitted, auth.ActivateProduction, smallForm, s.readDocument),
		post(document+"/remove", permitted, auth.ActivateProduction, smallForm, s.removeDocument),
	}
}

// activationForm is what the page shows beside what is stored: what was typed, and what is wrong with what was sent.
type activationForm struct {
	typed   *envswitch.Answers // nil: what is stored
	problem error
	kind    envswitch.DocumentKind // of the file that problem is about
	kept    string
}

func (s *Server) activationPage(w http.ResponseWriter, r *request) error {
	kept, err := s.kept(r)
	if err != nil {
		return err
	}
	if kept == nil {
		return s.showActivation(w, r, activationForm{})
	}
	typed := answersOf(kept)
	return s.showActivation(w, r, activationForm{typed: &typed, kept: r.URL.Query().Get(keptField)})
}

func answersOf(form url.Values) envswitch.Answers {
	return envswitch.Answers{Version: openedIn(form), Entity: envswitch.Entity(form.Get("entity")), Business: form.Get("business")}
}

// saveActivation stores the answers. What is refused, or came after somebody else's, comes back as it was typed.
func (s *Server) saveActivation(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	typed := answersOf(form)
	err = s.Activations.Save(r.Context(), r.actor(), typed)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict) {
		return s.showActivation(w, r, activationForm{typed: &typed, problem: err, kept: form.Get(keptField)})
	}
	if err != nil {
		return err
	}
	if err := s.spendKept(r, form); err != nil {
		return err
	}
	return backToActivation(w, r, "notice.activation_saved")
}

// submitActivation hands the registration in.
func (s *Server) submitActivation(w http.ResponseWriter, r *request) error {
	form, err := r.form()
	if err != nil {
		return err
	}
	return s.endActivation(w, r, s.Activations.Submit(r.Context(), r.actor(), openedIn(form)), "notice.activation_submitted", "")
}

// endActivation leads back to the page after an act, or shows it with what was wrong with that.
func (s *Server) endActivation(w http.ResponseWriter, r *request, err error, notice string, kind envswitch.DocumentKind) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.TooLarge:
		return s.showActivation(w, r, activationForm{problem: err, kind: kind})
	}
	if err != nil {
		return err
	}
	return backToActivation(w, r, notice)
}

func backToActivation(w http.ResponseWriter, r *request, notice string) error {
	setNotice(w, notice)
	http.Redirect(w, r.Request, activationPath, http.StatusSeeOther)
	return nil
}

func (s *Server) showActivation(w http.ResponseWriter, r *request, f activationForm) error {
	c, err := s.Activations.Checklist(r.Context(), r.who.Merchant)
	if err != nil {
		return err
	}
	view, err := s.activationView(r, c, f)
	if err != nil {
		return err
	}
	page := s.page(w, r, r.t.T("activation.title"), "activation", activationPath, templates.Link{Label: r.t.T("activation.title")})
	page.Activation = "" // the page says it at length
	return s.answer(w, r, statusOf(f.problem), templates.Activation(offering(page, f.kept), view))
}

func (s *Server) activationView(r *request, c envswitch.Checklist, f activationForm) (templates.ActivationView, error) {
	said := words(r.t, f.problem)
	answers := envswitch.Answers{Version: c.Version, Entity: c.Entity, Business: c.Business}
	view := templates.ActivationView{
		Stage: string(c.Progress), Open: c.Open(), Filled: c.Particulars.Filled, Total: c.Particulars.Total, General: c.Particulars.Complete(),
		GeneralError: said["general"], Reason: strings.Split(c.Reason, "\n"), Submission: c.Submission, EntityName: entityName(r.t, c.Entity),
		Saved: c.Entity != "" && c.Business != "",
	}
	view.Done, view.Steps = c.Steps()
	if f.typed != nil {
		answers = *f.typed
	}
	switch {
	case f.typed == nil:
	case !c.Open():
		view.Aside, view.AsideTitle = aside(r, *f.typed), r.t.T("activation.typed")
	case errors.Is(f.problem, envswitch.ErrChanged):
		view.Aside, view.AsideTitle = aside(r, envswitch.Answers{Entity: c.Entity, Business: c.Business}), r.t.T("activation.stored")
		answers.Version = c.Version // saving again is about what the page shows now
	}
	view.Version, view.Stored = strconv.FormatInt(answers.Version, 10), strconv.FormatInt(c.Version, 10)
	view.Entity = templates.Field{Value: string(answers.Entity), Error: said["entity"]}
	view.Business = templates.Field{Value: answers.Business, Error: said["business"]}
	for _, e := range envswitch.Entities() {
		view.Entities = append(view.Entities, templates.Option{Value: string(e), Label: entityName(r.t, e)})
	}
	view.Problem = problemWords(r, f, said)
	documentRows(r, c, f, said, &view)
	payment, err := s.Settings.Page(r.Context(), r.who.Merchant, ids.Production, settings.PaymentPage)
	if err != nil {
		return view, err
	}
	view.Notified, view.PaymentHref = settings.PaymentOf(payment.Values).NotificationURL != "", inEnvironment(r, paymentPath)
	return view, s.describeStage(r, c.Activation, &view)
}

// aside are answers to be read beside the form.
func aside(r *request, a envswitch.Answers) []templates.Told {
	return []templates.Told{
		{Label: r.t.T("activation.entity"), Value: entityName(r.t, a.Entity)}, {Label: r.t.T("activation.business"), Value: a.Business},
	}
}

// problemWords is the sentence on top of the page about what was refused.
func problemWords(r *request, f activationForm, said map[string]string) string {
	switch {
	case f.problem == nil:
		return ""
	case said[fileField] != "":
		return r.t.Format("activation.file_refused", i18n.Args{"Document": documentName(r.t, f.kind)})
	case len(said) > 0 && publicWords(r.t, f.problem) == "":
		return r.t.T("general.problems")
	}
	return publicWords(r.t, f.problem)
}

// describeStage says when it came to the stage where it is, and by whom it was handed in.
func (s *Server) describeStage(r *request, a envswitch.Activation, view *templates.ActivationView) error {
	if since := a.Since(); !since.IsZero() {
		view.Since = r.t.Time(since, r.zone())
	}
	if a.Progress != envswitch.InReview {
		return nil
	}
	by, err := s.Auth.Colleague(r.Context(), r.who.Merchant, a.SubmittedBy)
	if errors.Is(err, auth.ErrNotFound) {
		return nil // who handed it in has left
	}
	view.By = by.Name
	return err
}

// entityWords name what a merchant may be in law.
var entityWords = map[envswitch.Entity]string{
	envswitch.Individual: "activation.individual", envswitch.Company: "activation.company", envswitch.Foundation: "activation.foundation",
	envswitch.ForeignIndividual: "activation.foreign_individual", envswitch.ForeignEntity: "activation.foreign_entity",
}

func entityName(t *i18n.Printer, e envswitch.Entity) string {
	if id, known := entityWords[e]; known {
		return t.T(id)
	}
	return ""
}

// activationStep says how far the registration for Production is, among the steps of setting it up, with the way there for people who may complete it.
func (s *Server) activationStep(r *request) (templates.Step, error) {
	c, err := s.Activations.Checklist(r.Context(), r.who.Merchant)
	done, total := c.Steps()
	step := templates.Step{Title: r.t.T("activation.title"), Done: c.Progress == envswitch.Approved}
	switch c.Progress {
	case envswitch.Approved:
		step.Text = r.t.T("activation.step_done")
		return step, err
	case envswitch.InReview:
		step.Text = r.t.Format("activation.step_review", i18n.Args{"At": r.t.Time(c.SubmittedAt, r.zone())})
	case envswitch.Rejected:
		step.Text = r.t.T("activation.step_rejected")
	default:
		step.Text = r.t.Format("activation.step_draft", i18n.Args{"Done": done, "Total": total})
	}
	if r.who.Roles.May(auth.ActivateProduction, ids.Production) {
		step.Action = templates.Link{Label: r.t.T("activation.step_open"), Href: activationPath}
	} else if c.Open() {
		step.Text += " " + r.t.T("activation.step_ask")
	}
	return step, err
}

// announce puts what is still to be done for Production on a page: on each page of Production and on both dashboards, for people who may see it. What cannot
// be read is not announced.
func (s *Server) announce(r *request, p *templates.Page) {
	if r.env != ids.Production && p.Section != "dashboard" || !r.who.Roles.May(auth.SeeEnvironment, ids.Production) {
		return
	}
	a, err := s.Activations.Of(r.Context(), r.who.Merchant)
	if err != nil || a.Progress == envswitch.Approved {
		return
	}
	p.Activation, p.Activates = string(a.Progress), r.who.Roles.May(auth.ActivateProduction, ids.Production)
	p.Menu.Activation = p.Activates && r.env == ids.Production
}
