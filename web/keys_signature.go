package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

// Fields of the signature bench. What holds a signature, a token or a body has "secret" in its name (see secretField).
const (
	headersField   = "secret_headers"
	signatureField = "secret_signature"
	tokenField     = "secret_token"
	bodyField      = "secret_body"
)

func (s *Server) benchTokenPage(w http.ResponseWriter, r *request) error {
	return s.showBench(w, r, http.StatusOK, templates.BenchView{})
}

func (s *Server) benchRequestPage(w http.ResponseWriter, r *request) error {
	return s.showBench(w, r, http.StatusOK, templates.BenchView{Request: true, Method: templates.Field{Value: http.MethodPost}})
}

// showBench shows one of the two forms.
func (s *Server) showBench(w http.ResponseWriter, r *request, status int, v templates.BenchView) error {
	pattern := benchPath
	if v.Request {
		pattern = benchRequestPath
	}
	v.Clock = r.at.In(r.zone()).Format(time.RFC3339)
	return s.answer(w, r, status, templates.Bench(s.checkupPage(w, r, r.t.T("signature.title"), pattern), v))
}

// benchToken examines a request for an access token. The form comes back as it was filled in.
func (s *Server) benchToken(w http.ResponseWriter, r *request) error {
	form, v, err := s.benchForm(r, false)
	if err != nil {
		return err
	}
	if v.TooLong != "" {
		return s.showBench(w, r, http.StatusUnprocessableEntity, v)
	}
	report, err := s.Keys.BenchToken(r.Context(), r.asker(), r.env, keys.TokenSample{
		ClientID: form.Get("client_id"), Timestamp: form.Get("timestamp"), Signature: form.Get(signatureField),
	})
	if err != nil {
		return err
	}
	v.Report = s.reportView(r, report, false)
	return s.showBench(w, r, http.StatusOK, v)
}

// benchRequest examines a transaction request. The form comes back as it was filled in, but for the access token.
func (s *Server) benchRequest(w http.ResponseWriter, r *request) error {
	form, v, err := s.benchForm(r, true)
	if err != nil {
		return err
	}
	if v.TooLong != "" {
		return s.showBench(w, r, http.StatusUnprocessableEntity, v)
	}
	report, err := s.Keys.BenchRequest(r.Context(), r.asker(), r.env, s.APIs[r.env], keys.RequestSample{
		Method: form.Get("method"), Path: form.Get("path"), Token: form.Get(tokenField), Body: form.Get(bodyField),
		Timestamp: form.Get("timestamp"), Signature: form.Get(signatureField),
	})
	if err != nil {
		return err
	}
	v.Report = s.reportView(r, report, true)
	return s.showBench(w, r, http.StatusOK, v)
}

// benchForm reads a form of the bench, filled up from header lines where a field is empty, and counts the question.
func (s *Server) benchForm(r *request, request bool) (form url.Values, v templates.BenchView, err error) {
	if form, err = r.form(); err != nil {
		return nil, v, err
	}
	if err = s.checkups.take(r); err != nil {
		return nil, v, err
	}
	v.Request = request
	if len(form.Get(headersField)) > keys.MaxPasted {
		form.Del(headersField)
		v.TooLong = r.t.T("signature.too_long")
	}
	sent := keys.ReadHeaders(form.Get(headersField))
	for field, value := range map[string]string{
		"client_id": sent.ClientID, "timestamp": sent.Timestamp, signatureField: sent.Signature, tokenField: sent.Token, "method": sent.Method, "path": sent.Path,
	} {
		if value != "" && (form.Get(field) == "" || field == "method") { // the method is never empty: it is filled in beforehand
			form.Set(field, value)
		}
	}
	for _, field := range []string{"client_id", "timestamp", signatureField, tokenField, "method", "path", bodyField} {
		if len(form.Get(field)) > mostOf(field) {
			form.Del(field)
			v.TooLong = r.t.T("signature.too_long")
		}
	}
	v.ClientID, v.Timestamp, v.Method = again(form, "client_id"), again(form, "timestamp"), again(form, "method")
	v.Path, v.Signature, v.Body = again(form, "path"), again(form, signatureField), again(form, bodyField)
	return form, v, nil
}

// mostOf is how long a field may be, in bytes. Each part but the body is signed anew for each mistake that may have been made, and for each two of them.
func mostOf(field string) int {
	if field == bodyField {
		return keys.MaxPasted
	}
	return 4 << 10
}

// again is what a field is filled with again: what was typed, unless a secret was pasted where none belongs.
func again(form url.Values, name string) templates.Field {
	value := form.Get(name)
	if keys.HoldsSecret(value) {
		value = ""
	}
	return templates.Field{Value: value}
}

var partWords = map[keys.Part]string{
	keys.PartKey: "signature.part_key", keys.PartClientID: "signature.part_client_id", keys.PartMethod: "signature.part_method",
	keys.PartPath: "signature.part_path", keys.PartToken: "signature.part_token", keys.PartBody: "signature.part_body",
	keys.PartTimestamp: "signature.part_timestamp", keys.PartText: "signature.part_text", keys.PartSignature: "signature.part_signature",
}

// reportView puts what the bench found into words, part by part.
func (s *Server) reportView(r *request, report keys.Report, request bool) *templates.ReportView {
	if keys.HoldsSecret(report.Minified) {
		report.Minified = ""
	}
	v := &templates.ReportView{
		Right: report.Right(), Minified: report.Minified, BodyHash: report.BodyHash, Text: report.Text, Keys: report.Keys,
	}
	switch {
	case v.Right && request:
		v.Verdict, v.More = r.t.T("signature.right"), r.t.Format("signature.right_request", i18n.Args{"API": s.APIs[r.env]})
	case v.Right:
		v.Verdict = r.t.T("signature.right")
		v.More = r.t.Format("signature.right_token", i18n.Args{"API": s.APIs[r.env], "Window": s.Keys.Tolerance})
	case report.Verified:
		v.Verdict = r.t.T("signature.explained")
	default:
		v.Verdict = r.t.T("signature.unexplained")
	}
	for _, part := range keys.Parts() {
		for _, f := range report.Findings {
			if f.Part == part {
				v.Findings = append(v.Findings, templates.Finding{Part: r.t.T(partWords[part]), Text: findingWords(r, f), Fine: f.Fine})
			}
		}
	}
	return v
}

// findingWords fills in what a finding names, as people read it.
func findingWords(r *request, f keys.Finding) string {
	args := i18n.Args{}
	for name, value := range f.Args {
		switch known := value.(type) {
		case time.Time:
			args[name] = r.t.Time(known, r.zone())
		case ids.Environment:
			args[name] = environmentWords(r.t, known)
		default:
			args[name] = known
		}
	}
	return strings.TrimSpace(r.t.Format(f.Name, args))
}
