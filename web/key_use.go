package web

import (
	"net/http"
	"strings"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
	"merchant-portal/web/templates"
)

func (s *Server) useRoutes() []route.Route[handler] {
	return []route.Route[handler]{get("/{environment}"+keysPath+"/{key}", permitted, auth.SeeKeys, s.keyUse)}
}

// keyUse shows how a key was used, day by day as whoever looks counts them, and what of it was refused.
func (s *Server) keyUse(w http.ResponseWriter, r *request) error {
	used, err := s.Keys.UseOf(r.Context(), r.who.Merchant, r.env, keyID(r), r.zone())
	if err != nil {
		return err
	}
	view := templates.KeyUseView{
		Label: keyLabel(r, used.Key), Mask: used.Mask(), CreatedAt: r.t.Time(used.CreatedAt, r.zone()), State: stateWords(r, used.Key), Ended: !used.LiveAt(r.at),
		Zone: r.at.In(r.zone()).Format("MST"), Back: listOf(r, used.Key), Refused: s.refusals(r, used.Refused), Uncounted: used.Kind == keys.Client,
	}
	if !used.Last.At.IsZero() {
		view.LastAt, view.LastFrom = r.t.Time(used.Last.At, r.zone()), used.Last.From
	}
	if used.EndsAt.IsZero() && r.who.Roles.May(auth.ChangeKeys, r.env) {
		view.RotateHref = keyPath(r, used.ID, "/rotate")
	}
	for _, d := range used.Days {
		date, _, _ := strings.Cut(r.t.Time(d.Begin, r.zone()), ",")
		view.Days = append(view.Days, templates.DayOfUse{Date: date, Requests: d.Requests})
	}
	return s.answer(w, r, http.StatusOK, templates.KeyUse(s.keysPage(w, r, r.t.T("use.title")), view))
}

// stateWords says whether and until when a key works.
func stateWords(r *request, k keys.Key) string {
	if words := endWords(r, k); words != "" {
		return words
	}
	return r.t.T("use.live")
}

// refusalWords name each reason for a refusal.
var refusalWords = map[keys.Reason]string{
	keys.WrongKind: "use.refused.wrong_kind", keys.OtherEnvironment: "use.refused.other_environment", keys.Ended: "use.refused.ended",
	keys.BadSignature: "use.refused.bad_signature", keys.StaleTimestamp: "use.refused.stale_timestamp", keys.BadToken: "use.refused.bad_token",
	keys.WrongPartner: "use.refused.wrong_partner", keys.WrongChannel: "use.refused.wrong_channel", keys.SameExternalID: "use.refused.same_external_id",
}

// refusals puts what was refused into words: "12 requests used a Sandbox key against Production".
func (*Server) refusals(r *request, refused []keys.Refusal) []templates.RefusedUse {
	other := map[ids.Environment]ids.Environment{ids.Sandbox: ids.Production, ids.Production: ids.Sandbox}
	words := make([]templates.RefusedUse, 0, len(refused))
	for _, one := range refused {
		requests := r.t.T("use.one_request")
		if one.Requests != 1 {
			requests = r.t.Format("use.requests", map[string]any{"N": templates.Grouped(one.Requests, r.t.T("use.thousands"))})
		}
		line := templates.RefusedUse{
			Text: r.t.Format(refusalWords[one.Reason], map[string]any{"Requests": requests, "Environment": environmentWords(r.t, one.Environment), "Other": environmentWords(r.t, other[one.Environment])}),
			Last: r.t.Format("use.refused.last", map[string]any{"Time": r.t.Time(one.At, r.zone()), "Address": one.From}),
		}
		if one.Key != "" {
			line.Href = "/" + string(one.Environment) + keysPath + "/" + string(one.Key)
		}
		words = append(words, line)
	}
	return words
}

// refusedLately is what the page of an environment's keys tells of refused requests; none where there were none.
func (s *Server) refusedLately(r *request) ([]templates.RefusedUse, error) {
	refused, err := s.Keys.Refused(r.Context(), r.who.Merchant, r.who.Roles, r.env)
	if err != nil || len(refused) == 0 {
		return nil, err
	}
	return s.refusals(r, refused), nil
}
