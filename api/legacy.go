package api

import (
	"net/http"

	"merchant-portal/keys"
)

// status answers for a transaction, of which there is none yet: as MAP does, with HTTP 200 and the code in the body (map-facts section 4). The server key is
// the user of Basic authentication, with an empty password; anywhere else it is not looked for (C088).
func (s *Server) status(r *request) (reply, error) {
	key, password, ok := r.BasicAuth()
	if !ok || password != "" || len(r.Header.Values("Authorization")) != 1 {
		return reply{}, keys.ErrUnknown
	}
	if _, err := s.Keys.Authenticate(r.Context(), key, r.aimed, r.from); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: legacyBody{"404", "Transaction doesn't exist.", r.id}}, nil
}
