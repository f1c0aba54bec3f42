package web

import (
	"net/http"

	"merchant-portal/internal/peer"
	"merchant-portal/web/templates"
)

// showsInbox reports whether this visitor may read the local inbox: only somebody on this very machine, and never through a proxy, which
// would hand everybody's links to everybody.
func (s *Server) showsInbox(r *request) bool {
	if s.Inbox == nil || !s.OnLoopback || len(s.TrustedProxies) > 0 || !peer.LoopbackHost(r.Host) || !peer.LoopbackHost(s.PublicURL.Host) {
		return false
	}
	for _, header := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	return true
}

// inbox shows the mails that a developer's portal keeps instead of sending them.
func (s *Server) inbox(w http.ResponseWriter, r *request) error {
	if !s.showsInbox(r) {
		return errNotFound
	}
	letters, err := s.Inbox.Letters()
	if err != nil {
		return err
	}
	var view templates.InboxView
	for _, l := range letters {
		view.Messages = append(view.Messages, templates.InboxMessage{
			To: l.To, Subject: l.Subject, At: r.t.Time(l.At, r.zone()), Text: l.Text, Action: l.Action,
		})
	}
	return s.answer(w, r, http.StatusOK, templates.DevInbox(s.page(w, r, r.t.T("inbox.title"), "", "/_dev/inbox"), view))
}
