package web

import (
	"net/http"

	"merchant-portal/internal/fault"
	"merchant-portal/web/static"
)

// health says that the process answers.
func (s *Server) health(w http.ResponseWriter, _ *request) error { return plainText(w, "ok\n") }

// ready says that this node takes requests: its database answers and it is not about to stop. A second line says whether mails go out;
// where they do not, everything else goes on.
func (s *Server) ready(w http.ResponseWriter, r *request) error {
	if err := s.Ready(r.Context()); err != nil {
		return fault.Wrap(fault.Unavailable, "fault.unavailable", err)
	}
	text := "ready\n"
	if s.MailHealth != nil {
		text += s.MailHealth() + "\n"
	}
	return plainText(w, text)
}

func plainText(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte(text))
	return err
}

// static serves assets under their hashed names; there is no directory to list.
func (s *Server) static(w http.ResponseWriter, r *request) error {
	if !static.Serve(w, r.Request) {
		return errNotFound
	}
	return nil
}
