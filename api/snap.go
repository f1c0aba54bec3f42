package api

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"merchant-portal/keys"
)

// The services of BI-SNAP that there are, as in a responseCode.
const (
	tokenService  = "73"
	statusService = "55"
)

// tokenBody is the answer to a request for an access token. expiresIn is a text.
type tokenBody struct {
	snapBody
	AccessToken string `json:"accessToken"`
	TokenType   string `json:"tokenType"`
	ExpiresIn   string `json:"expiresIn"`
}

// accessToken gives an access token for a signature by the merchant's private key. The standard writes grantType, the official clients grant_type.
func (s *Server) accessToken(r *request) (reply, error) {
	header, err := r.headers("X-CLIENT-KEY", "X-TIMESTAMP", "X-SIGNATURE")
	if err != nil {
		return reply{}, err
	}
	fields, err := r.fields()
	if err != nil {
		return reply{}, err
	}
	const name, other, only = "grantType", "grant_type", "client_credentials"
	grant, err := text(fields, name)
	if err != nil {
		return reply{}, err
	}
	otherGrant, err := text(fields, other)
	switch {
	case err != nil:
		return reply{}, err
	case grant == "" && otherGrant == "":
		return reply{}, missingField(name)
	case cmp.Or(grant, only) != only || cmp.Or(otherGrant, only) != only:
		return reply{}, badField(name)
	}
	token, err := s.Keys.IssueToken(r.Context(), keys.TokenRequest{ClientID: header[0], Timestamp: header[1], Signature: header[2]}, r.aimed, r.from)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: tokenBody{
		snapBody{"200" + tokenService + "00", "Successful"}, token, "Bearer", strconv.Itoa(int(keys.TokenLife.Seconds())),
	}}, nil
}

// debitStatus answers for a transaction, of which there is none yet.
func (s *Server) debitStatus(r *request) (reply, error) {
	header, err := r.headers("Authorization", "X-PARTNER-ID", "CHANNEL-ID", "X-EXTERNAL-ID", "X-TIMESTAMP", "X-SIGNATURE")
	if err != nil {
		return reply{}, err
	}
	if err := r.namesTransaction(); err != nil {
		return reply{}, err
	}
	scheme, token, ok := strings.Cut(header[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return reply{}, keys.ErrToken
	}
	if _, err := s.Keys.CheckRequest(r.Context(), keys.SignedRequest{
		Method: r.Method, Path: r.URL.EscapedPath(), Body: r.body, Token: token,
		PartnerID: header[1], ChannelID: header[2], ExternalID: header[3], Timestamp: header[4], Signature: header[5],
	}, r.aimed, r.from); err != nil {
		return reply{}, err
	}
	return r.answer(http.StatusNotFound, "01", "Transaction Not Found"), nil
}

// namesTransaction refuses a body that asks for no transaction. It does so before anything is proved: the X-EXTERNAL-ID stays free.
func (r *request) namesTransaction() error {
	fields, err := r.fields()
	if err != nil {
		return err
	}
	const reference = "originalPartnerReferenceNo"
	named := ""
	for _, name := range []string{reference, "originalReferenceNo", "originalExternalId"} {
		value, err := text(fields, name)
		if err != nil {
			return err
		}
		named = cmp.Or(named, value)
	}
	if named == "" {
		return missingField(reference)
	}
	return nil
}
