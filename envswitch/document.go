package envswitch

import (
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// DocumentLabel binds a sealed document to its row: merchant and id (C080). Documents are sealed with the keyset of Production.
func DocumentLabel(m ids.MerchantID, id ids.DocumentID) []byte {
	return seal.Label("activation document", string(m), string(id))
}
