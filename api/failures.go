package api

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// failure is what can go wrong, in the terms of both APIs.
type failure struct {
	status int
	number string // the case, the last two digits of a responseCode
	text   string
}

// Error is for the log.
func (f failure) Error() string { return f.text }

// What the API itself refuses. The texts with a code of their own are those of the BI-SNAP standard.
var (
	errNoRoute     error = failure{http.StatusNotFound, "00", "There is nothing at this address"}
	errBadMethod   error = failure{http.StatusMethodNotAllowed, "00", "This address does not take this method"}
	errMisdirected error = failure{http.StatusMisdirectedRequest, "00", "This server does not answer for this host"}
	errInClear     error = failure{http.StatusForbidden, "00", "This API is spoken over https alone. A key that was sent in clear should be rotated"}
	errTooLarge    error = failure{http.StatusRequestEntityTooLarge, "00", "The body is too large"}
	errBadType     error = failure{http.StatusUnsupportedMediaType, "00", "The body must be application/json, without a content encoding"}
	errBadBody     error = failure{http.StatusBadRequest, "00", "Bad Request. The body must be a JSON object in UTF-8"}
)

func missingField(name string) error {
	return failure{http.StatusBadRequest, "02", "Invalid Mandatory Field " + name}
}

func badField(name string) error {
	return failure{http.StatusBadRequest, "01", "Invalid Field Format " + name}
}

// Where nothing that was shown is valid, nothing more is said (C088). The first one is what merchants know from MAP.
const (
	deniedLegacy = "Access denied due to unauthorized transaction, please check client or server key"
	deniedSnap   = "Unauthorized. Client ID, key and signature do not match"
)

// failure writes an error in the form of the API that was asked.
func (r *request) failure(err error) reply {
	f := r.explain(err)
	answer := r.answer(f.status, f.number, f.text)
	if f.status == http.StatusUnauthorized {
		scheme := `Basic realm="merchant API"`
		if r.snap() {
			scheme = "Bearer"
		}
		answer.header = http.Header{"Www-Authenticate": {scheme}}
	}
	if f.status == http.StatusServiceUnavailable {
		answer.header = http.Header{"Retry-After": {"5"}}
	}
	return answer
}

// explain is the one place where errors get a status and words.
func (r *request) explain(err error) failure {
	var own failure
	var field *keys.FieldError
	var refused *keys.RefusedError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &field):
		return failure{http.StatusBadRequest, "01", "Invalid Field Format " + field.Name}
	case errors.Is(err, keys.ErrToken):
		return failure{http.StatusUnauthorized, "01", "Invalid Token (B2B)"}
	case errors.As(err, &refused) && refused.Reason == keys.SameExternalID:
		return failure{http.StatusConflict, "00", "Conflict. This X-EXTERNAL-ID was used in the last 24 hours"}
	case errors.As(err, &refused):
		return r.denied(mistakes(refused))
	case errors.Is(err, keys.ErrUnknown):
		return r.denied("")
	case fault.KindOf(err) == fault.Unavailable:
		return failure{http.StatusServiceUnavailable, "00", "Service Unavailable. Please try again"}
	}
	return failure{http.StatusInternalServerError, "00", "General Error"}
}

// denied is a refusal that names the mistake, if there is one to name.
func (r *request) denied(mistake string) failure {
	f := failure{http.StatusUnauthorized, "00", deniedLegacy}
	switch {
	case mistake == "" && r.snap():
		f.text = deniedSnap
	case mistake != "" && r.snap():
		f.text = "Unauthorized. " + mistake
	case mistake != "":
		f.text = "Access denied. " + mistake
	}
	return f
}

// mistakes names what was done wrong with something that is itself valid; "" where it is not: an ended key gets the answer of one that never was.
func mistakes(refused *keys.RefusedError) string {
	switch refused.Reason {
	case keys.WrongKind:
		if refused.Key.Kind == keys.Client {
			return "This is a client key; this request takes the server key"
		}
		return "This is a BI-SNAP credential; this request takes the server key"
	case keys.OtherEnvironment:
		own, here := "Sandbox", "Production"
		if refused.Key.Environment == ids.Production {
			own, here = here, own
		}
		return "This key belongs to " + own + ", and this host is for " + here + "; use the " + here + " key here, or the " + own + " host"
	case keys.StaleTimestamp:
		return "X-TIMESTAMP is too far from the time of this server"
	case keys.WrongPartner:
		return "X-PARTNER-ID is not that of this Client ID"
	case keys.WrongChannel:
		return "CHANNEL-ID is not that of this Client ID"
	}
	return ""
}

// logFailure logs what is our fault. A flood makes failures too, so they are bounded like requests, and counted apart from them (C118).
func (s *Server) logFailure(r *request, err error) {
	status := r.explain(err).status
	if status < http.StatusInternalServerError {
		return
	}
	if left, ok := s.failures.next(s.Now()); ok {
		s.Logger.Error("failure", slog.String("id", r.id), slog.String("route", r.route.Pattern), slog.String("status", strconv.Itoa(status)),
			slog.Any("error", err), slog.Int("left_out", left))
	}
}
