package store

import (
	"context"
	"database/sql"

	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
)

var _ envswitch.DocumentStore = activationDocuments{}

type activationDocuments struct {
	add, replaced, remove, list, get *statement
	tx                               envswitch.Transactor
}

const activationDocumentColumns = `id, kind, name, media_type, size, uploaded_by, uploaded_at`

func prepareActivationDocuments(p *preparer) activationDocuments {
	return activationDocuments{
		add: p.write(`INSERT INTO activation_documents (id, merchant_id, kind, name, media_type, size, sealed, uploaded_by, uploaded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`),
		replaced: p.write(`DELETE FROM activation_documents WHERE merchant_id = $1 AND kind = $2`),
		remove:   p.write(`DELETE FROM activation_documents WHERE merchant_id = $1 AND id = $2`),
		list:     p.read(`SELECT ` + activationDocumentColumns + ` FROM activation_documents WHERE merchant_id = $1 ORDER BY kind`),
		get:      p.read(`SELECT ` + activationDocumentColumns + `, sealed FROM activation_documents WHERE merchant_id = $1 AND id = $2`),
		tx:       p.st,
	}
}

func (s activationDocuments) Put(ctx context.Context, d envswitch.Document, sealed []byte) error {
	return s.tx.Do(ctx, func(ctx context.Context) error {
		if _, err := s.replaced.exec(ctx, d.Merchant, d.Kind); err != nil {
			return err
		}
		_, err := s.add.exec(ctx, d.ID, d.Merchant, d.Kind, d.Name, d.MediaType, d.Size, sealed, d.UploadedBy, millis(d.UploadedAt))
		return err
	})
}

func (s activationDocuments) List(ctx context.Context, m ids.MerchantID) (found []envswitch.Document, err error) {
	err = s.list.each(ctx, func(rows *sql.Rows) error {
		d, err := scanDocument(m, rows.Scan)
		found = append(found, d)
		return err
	}, m)
	return found, err
}

// scanDocument reads activationDocumentColumns, and what follows them.
func scanDocument(m ids.MerchantID, scan func(dest ...any) error, more ...any) (envswitch.Document, error) {
	d := envswitch.Document{Merchant: m}
	var uploadedAt int64
	err := scan(append([]any{&d.ID, &d.Kind, &d.Name, &d.MediaType, &d.Size, &d.UploadedBy, &uploadedAt}, more...)...)
	d.UploadedAt = moment(uploadedAt)
	return d, err
}

func (s activationDocuments) Get(ctx context.Context, m ids.MerchantID, id ids.DocumentID) (d envswitch.Document, sealed []byte, err error) {
	d, err = scanDocument(m, func(dest ...any) error {
		return s.get.one(ctx, envswitch.ErrNotFound, []any{m, id}, dest...)
	}, &sealed)
	return d, sealed, err
}

func (s activationDocuments) Remove(ctx context.Context, m ids.MerchantID, id ids.DocumentID) error {
	touched, err := s.remove.exec(ctx, m, id)
	if err == nil && touched == 0 {
		return envswitch.ErrNotFound
	}
	return err
}
