package envswitch

import (
	"context"
	"fmt"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// DocumentLabel binds a sealed document to its row: merchant, environment, kind and id (C080). Documents are sealed with the keyset of Production.
func DocumentLabel(m ids.MerchantID, kind DocumentKind, id ids.DocumentID) []byte {
	return seal.Label("activation document", string(m), string(ids.Production), string(kind), string(id))
}

// Document is an uploaded document, without its content.
type Document struct {
	ID         ids.DocumentID
	Merchant   ids.MerchantID
	Kind       DocumentKind
	Name       string // of the file, clean: see cleanName
	MediaType  string // that the content is of
	Size       int    // of the content, in bytes
	UploadedBy ids.PersonID
	UploadedAt time.Time
}

// ErrDocumentUnreadable: the stored document does not open: moved, put under another kind, damaged, or its keyset is gone. Nothing of it is given out.
var ErrDocumentUnreadable error = fault.New(fault.Internal, "activation.unreadable")

// DocumentStore keeps documents. The merchant is in every WHERE.
type DocumentStore interface {
	// Put stores a document in place of the one of its kind.
	Put(ctx context.Context, d Document, sealed []byte) error
	// List reads a merchant's documents, in the order of their kinds' names.
	List(ctx context.Context, m ids.MerchantID) ([]Document, error)
	// Get reads a document with its sealed content, or ErrNotFound.
	Get(ctx context.Context, m ids.MerchantID, id ids.DocumentID) (Document, []byte, error)
	// Remove removes a document, or gives ErrNotFound.
	Remove(ctx context.Context, m ids.MerchantID, id ids.DocumentID) error
}

// AddDocument checks a file and stores it, sealed, in place of the one of its kind. What is wrong with it is a message about the field "file".
func (s *Activations) AddDocument(ctx context.Context, who activity.Actor, kind DocumentKind, file File) error {
	mediaType, err := file.check()
	if err != nil {
		return err
	}
	d := Document{
		ID: ids.New[ids.DocumentID](), Merchant: who.Merchant, Kind: kind, Name: cleanName(file.Name, mediaType), MediaType: mediaType,
		Size: len(file.Content), UploadedBy: who.Person,
	}
	box, err := s.Sealer.Environment(ids.Production)
	if err != nil {
		return err
	}
	sealed, err := box.Seal(file.Content, DocumentLabel(d.Merchant, d.Kind, d.ID))
	if err != nil {
		return err
	}
	return s.change(ctx, who, func(ctx context.Context, a Activation, now time.Time) error {
		if !a.Entity.asksFor(kind) {
			return ErrNotAskedFor
		}
		if err := s.Store.Touch(ctx, who.Merchant, now); err != nil {
			return err
		}
		d.UploadedAt = now
		if err := s.Documents.Put(ctx, d, sealed); err != nil {
			return err
		}
		return s.note(ctx, who, activity.DocumentAdded, string(kind), now)
	})
}

// RemoveDocument removes a document, or gives ErrNotFound.
func (s *Activations) RemoveDocument(ctx context.Context, who activity.Actor, id ids.DocumentID) error {
	return s.change(ctx, who, func(ctx context.Context, _ Activation, now time.Time) error {
		d, _, err := s.Documents.Get(ctx, who.Merchant, id)
		if err != nil {
			return err
		}
		if err := s.Store.Touch(ctx, who.Merchant, now); err != nil {
			return err
		}
		return s.remove(ctx, who, d, now)
	})
}

// remove removes a document and notes it, in the transaction of ctx.
func (s *Activations) remove(ctx context.Context, who activity.Actor, d Document, now time.Time) error {
	if err := s.Documents.Remove(ctx, d.Merchant, d.ID); err != nil {
		return err
	}
	return s.note(ctx, who, activity.DocumentRemoved, string(d.Kind), now)
}

// ReadDocument gives a document with its content after an activity entry about it is on disk; ErrNotFound where the merchant of who asks has none such.
// Nobody of the merchant asks where Person is "": the operator does.
func (s *Activations) ReadDocument(ctx context.Context, who activity.Actor, id ids.DocumentID) (d Document, content []byte, err error) {
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		if who.Person != "" {
			if err := s.mayStill(ctx, who); err != nil {
				return err
			}
		}
		if d, content, err = s.opened(ctx, who.Merchant, id); err != nil {
			return err
		}
		return s.note(ctx, who, activity.DocumentRead, string(d.Kind), s.Now())
	})
	if err != nil {
		return Document{}, nil, err
	}
	return d, content, nil
}

// opened gives a document with its content. Whoever lets a person see that notes it before.
func (s *Activations) opened(ctx context.Context, m ids.MerchantID, id ids.DocumentID) (Document, []byte, error) {
	d, sealed, err := s.Documents.Get(ctx, m, id)
	if err != nil {
		return Document{}, nil, err
	}
	box, err := s.Sealer.Environment(ids.Production)
	if err != nil {
		return Document{}, nil, fmt.Errorf("%w: %w", ErrDocumentUnreadable, err)
	}
	content, err := box.Open(sealed, DocumentLabel(m, d.Kind, id))
	if err != nil {
		return Document{}, nil, fmt.Errorf("%w: document %s: %w", ErrDocumentUnreadable, id, err)
	}
	return d, content, nil
}
