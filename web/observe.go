package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"merchant-portal/internal/route"
	"merchant-portal/keys"
)

// observation is what is known of a request from its first moment on.
type observation struct {
	http.ResponseWriter
	id      string
	address string
	status  int
	route   *route.Route[handler] // nil until one is reached
	upload  *upload               // of a route that takes a file
}

type observationKey struct{}

func observed(ctx context.Context) *observation {
	o, _ := ctx.Value(observationKey{}).(*observation)
	return o
}

// WriteHeader notes the status.
func (o *observation) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write notes that an answer has begun.
func (o *observation) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	return o.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (o *observation) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// observe gives every request an id and every answer its headers, logs what was changed or refused, and turns a panic into the error page (C112).
// Answers to plain reads are not logged: their number is up to the visitors.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		o := &observation{ResponseWriter: w, id: rand.Text()[:16], address: s.peers().Address(hr)}
		s.setHeaders(w.Header(), o.id)
		defer func() {
			if cause := recover(); cause != nil {
				s.panicked(o, hr, cause)
			}
			if o.status >= 400 || hr.Method == http.MethodPost {
				s.Logger.Info("request", slog.String("id", o.id), slog.String("method", hr.Method), slog.String("path", loggable(hr.URL.Path)),
					slog.Int("status", o.status), slog.String("address", o.address))
			}
		}()
		next.ServeHTTP(o, hr.WithContext(context.WithValue(hr.Context(), observationKey{}, o)))
	})
}

// loggable is a path as it may stand in a log: people put keys into addresses (C115).
func loggable(path string) string {
	if keys.HoldsSecret(path) {
		return "(holds a key)"
	}
	return path
}

// panicked answers what can still be answered. The log gets the stack, the visitor an id.
func (s *Server) panicked(o *observation, hr *http.Request, cause any) {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	s.Logger.Error("panic", slog.String("id", o.id), slog.String("method", hr.Method), slog.String("path", loggable(hr.URL.Path)),
		slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	if o.status != 0 {
		panic(http.ErrAbortHandler) // half an answer is out: break it off visibly
	}
	s.failsafe.write(o, o.id)
}

// The policy for what a page may load and do: from this portal alone, no inline script or style (C071, C078).
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

const permissionsPolicy = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), usb=()"

// setHeaders sets what stands on every answer, whatever becomes of it (C071, C073, C074, C075). Assets overwrite Cache-Control.
func (s *Server) setHeaders(h http.Header, id string) {
	h["Content-Security-Policy"] = policyHeader
	h["Cache-Control"] = noStoreHeader
	h["X-Content-Type-Options"] = noSniffHeader
	h["Referrer-Policy"] = sameOriginHeader
	h["Cross-Origin-Opener-Policy"] = sameOriginHeader
	h["Cross-Origin-Resource-Policy"] = sameOriginHeader
	h["Permissions-Policy"] = permissionsHeader
	h["X-Frame-Options"] = denyHeader
	h["X-Request-Id"] = []string{id}
	if s.PublicURL.Scheme == "https" {
		h["Strict-Transport-Security"] = httpsOnlyHeader
	}
}

// Shared values: every answer carries them, so they are made once. Nobody may append to them.
var (
	policyHeader      = []string{contentSecurityPolicy}
	noStoreHeader     = []string{"no-store"}
	noSniffHeader     = []string{"nosniff"}
	sameOriginHeader  = []string{"same-origin"}
	permissionsHeader = []string{permissionsPolicy}
	denyHeader        = []string{"DENY"}
	httpsOnlyHeader   = []string{"max-age=31536000"} // a year
)
