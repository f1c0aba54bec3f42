package settings

import (
	"context"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// Page names a page of settings, as stored.
type Page string

// GeneralPage holds the General Settings.
const GeneralPage Page = "general"

// ErrNotFound: nothing was saved for this page yet.
var ErrNotFound error = fault.New(fault.NotFound, "fault.not_found")

// Store keeps one document per merchant, environment and page. The document is this room's JSON; the store does not look inside.
type Store interface {
	// Load reads a document, or ErrNotFound.
	Load(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page) ([]byte, error)
	// Update replaces a document by what change makes of it; change gets nil where there was none. An error from change leaves all as it was.
	Update(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, at time.Time, change func(old []byte) ([]byte, error)) error
}
