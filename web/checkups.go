package web

import (
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
)

const (
	doctorPath       = "/{environment}" + keysPath + "/doctor"
	benchPath        = "/{environment}" + keysPath + "/signature"
	benchRequestPath = benchPath + "/request"
	snippetsPath     = "/{environment}" + keysPath + "/snippets"
)

// checkupRoutes are those that explain keys and signatures. They change nothing; what is pasted there goes by POST, so that it is in no address (C089).
func (s *Server) checkupRoutes() []route.Route[handler] {
	return []route.Route[handler]{
		get(doctorPath, permitted, auth.SeeKeys, s.doctorPage),
		post(doctorPath, permitted, auth.SeeKeys, keptForm, s.diagnose),
		get(benchPath, permitted, auth.SeeKeys, s.benchTokenPage),
		post(benchPath, permitted, auth.SeeKeys, keptForm, s.benchToken),
		get(benchRequestPath, permitted, auth.SeeKeys, s.benchRequestPage),
		post(benchRequestPath, permitted, auth.SeeKeys, keptForm, s.benchRequest),
		get(snippetsPath, permitted, auth.SeeKeys, s.snippetsPage),
	}
}

// checkups bound how often the doctor and the signature bench answer: whoever tries keys there is slower than at the API itself.
type checkups struct{ person, merchant *auth.Quota }

func newCheckups(now func() time.Time) checkups {
	const window = 10 * time.Minute
	return checkups{
		person: auth.NewQuota(30, window, now, "signature.too_many"), merchant: auth.NewQuota(100, window, now, "signature.too_many"),
	}
}

// take counts one question, or refuses it.
func (c checkups) take(r *request) error {
	release, err := c.person.Take(string(r.who.Person))
	if err != nil {
		return err
	}
	if _, err = c.merchant.Take(string(r.who.Merchant)); err != nil {
		release()
	}
	return err
}

// asker is whoever is signed in, with the environments whose keys they may see.
func (r *request) asker() keys.Asker {
	a := keys.Asker{Merchant: r.who.Merchant}
	for _, env := range ids.Environments() {
		if r.who.Roles.May(auth.SeeKeys, env) {
			a.Sees = append(a.Sees, env)
		}
	}
	return a
}
