package keys

import (
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// NotificationLabel binds a sealed private key to its row: merchant, environment and id (C080).
func NotificationLabel(m ids.MerchantID, env ids.Environment, id ids.NotificationKeyID) []byte {
	return seal.Label("notification key", string(m), string(env), string(id))
}
