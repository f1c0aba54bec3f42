package settings

import (
	"context"
	"sync"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// ErrNotFound: nothing was saved for this page yet, or there is no such version of it.
var ErrNotFound error = fault.New(fault.NotFound, "fault.not_found")

// ErrMoved: the page has another version than the one that was to be followed.
var ErrMoved error = fault.New(fault.Conflict, "settings.overtaken")

// Document is a page as it is stored: the number of its version, from 1, and this room's JSON. The zero value is a page of which nothing was saved.
type Document struct {
	Version int64
	Text    []byte
	decoded func() (Values, error) // see Remembered; nil: it is decoded whenever it is read
}

// Remembered is the document for whoever keeps it: it is decoded once, however often it is read. What is read of it is shared, so nobody may change it.
func (d Document) Remembered() Document {
	d.decoded = sync.OnceValues(d.decode)
	return d
}

// Origin says how a version came to be.
type Origin string

// The origins.
const (
	Saved    Origin = "saved"    // by its form
	Reverted Origin = "reverted" // an earlier change was taken back
	Copied   Origin = "copied"   // from the other environment
)

// Version is a page as it once was saved.
type Version struct {
	Document
	Origin Origin
	Source int64 // with Reverted: the version whose change was taken back
	Person ids.PersonID
	By     activity.Person // who saved it; empty where that is not known
	At     time.Time
}

// Store keeps the pages of settings and all of their versions. Merchant and environment are in every WHERE; the store does not look into a document.
type Store interface {
	// Load reads a page, or ErrNotFound.
	Load(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page) (Document, error)
	// Put makes v the version that follows v.Version-1, in the transaction of ctx; ErrMoved where that is not the present one.
	Put(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, v Version) error
	// Versions reads at most limit versions before a number, newest first.
	Versions(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, before int64, limit int) ([]Version, error)
}
