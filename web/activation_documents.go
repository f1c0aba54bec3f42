package web

import (
	"mime"
	"net/http"
	"strconv"

	"merchant-portal/envswitch"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/web/templates"
)

// documentWords name the kinds of documents.
var documentWords = map[envswitch.DocumentKind]string{
	envswitch.IdentityCard: "document.identity_card", envswitch.TaxNumber: "document.tax_number", envswitch.Deed: "document.deed",
	envswitch.MinistryDecree: "document.ministry_decree", envswitch.DirectorIdentity: "document.director_identity",
	envswitch.DirectorTaxNumber: "document.director_tax_number", envswitch.CompanyTaxNumber: "document.company_tax_number",
	envswitch.BusinessLicence: "document.business_licence", envswitch.ChairmanIdentity: "document.chairman_identity",
	envswitch.ChairmanTaxNumber: "document.chairman_tax_number", envswitch.FoundationTaxNumber: "document.foundation_tax_number",
	envswitch.Passport: "document.passport", envswitch.StayPermit: "document.stay_permit", envswitch.ForeignTaxNumber: "document.foreign_tax_number",
	envswitch.ForeignRegistration: "document.foreign_registration", envswitch.ForeignDeed: "document.foreign_deed",
	envswitch.ForeignLicence: "document.foreign_licence",
}

func documentName(t *i18n.Printer, k envswitch.DocumentKind) string {
	if id, known := documentWords[k]; known {
		return t.T(id)
	}
	return t.T("document.other")
}

// addDocument takes one file. What is wrong with it stands at its place on the page; all else stays.
func (s *Server) addDocument(w http.ResponseWriter, r *request) error {
	sent := observed(r.Context()).upload
	kind := envswitch.DocumentKind(sent.fields.Get("kind"))
	err := sent.err
	if _, known := documentWords[kind]; err == nil && !known {
		return errNotFound
	}
	if err == nil {
		err = s.Activations.AddDocument(r.Context(), r.actor(), kind, sent.file)
	}
	return s.endActivation(w, r, err, "notice.document_added", kind)
}

func (s *Server) removeDocument(w http.ResponseWriter, r *request) error {
	return s.endActivation(w, r, s.Activations.RemoveDocument(r.Context(), r.actor(), documentID(r)), "notice.document_removed", "")
}

// readDocument gives a document to be saved, never to be shown here: it is as whoever uploaded it made it. It is a form that is sent and no link, as each reading
// is written down.
func (s *Server) readDocument(w http.ResponseWriter, r *request) error {
	d, content, err := s.Activations.ReadDocument(r.Context(), r.actor(), documentID(r))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.Write(content) //nolint:errcheck // the visitor is gone; there is nobody to tell
	return nil
}

// documentID is the document that the URL names.
func documentID(r *request) ids.DocumentID { return ids.DocumentID(r.PathValue("document")) }

// documentRows are the documents that are asked for, and those that are not.
func documentRows(r *request, c envswitch.Checklist, f activationForm, said map[string]string, view *templates.ActivationView) {
	for _, kind := range c.Entity.Documents() {
		row := templates.DocumentRow{Kind: string(kind), Label: documentName(r.t, kind), Error: said[string(kind)]}
		if f.kind == kind && said[fileField] != "" {
			row.Error = said[fileField]
		}
		if d, there := c.Document(kind); there {
			describeDocument(r, d, &row)
		}
		view.Documents = append(view.Documents, row)
	}
	for _, d := range c.Surplus() {
		row := templates.DocumentRow{Kind: string(d.Kind), Label: documentName(r.t, d.Kind)}
		describeDocument(r, d, &row)
		view.Surplus = append(view.Surplus, row)
	}
}

func describeDocument(r *request, d envswitch.Document, row *templates.DocumentRow) {
	row.Name, row.Size, row.At = d.Name, sizeWords(d.Size), r.t.Time(d.UploadedAt, r.zone())
	row.Href = activationPath + "/documents/" + string(d.ID)
}

// sizeWords writes a number of bytes as people say it; what has begun counts.
func sizeWords(bytes int) string {
	const kB, mB = 1 << 10, 1 << 20
	if bytes >= mB {
		tenths := (bytes*10 + mB - 1) / mB
		return strconv.Itoa(tenths/10) + "." + strconv.Itoa(tenths%10) + " MB"
	}
	return strconv.Itoa((bytes+kB-1)/kB) + " kB"
}
