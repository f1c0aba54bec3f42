package settings

import (
	"context"

	"merchant-portal/internal/ids"
)

// Other is the environment that is not env: the one that settings are copied from.
func Other(env ids.Environment) ids.Environment {
	if env == ids.Production {
		return ids.Sandbox
	}
	return ids.Production
}

// Comparison is a page as it stands in both environments.
type Comparison struct {
	Page                Page
	Sandbox, Production State
}

// In is the page in one of the two.
func (c Comparison) In(env ids.Environment) State {
	if env == ids.Production {
		return c.Production
	}
	return c.Sandbox
}

// Differs reports whether a field has another text in Production than in Sandbox.
func (c Comparison) Differs(field string) bool {
	return c.Sandbox.Values[field] != c.Production.Values[field]
}

// Compare reads a page in both environments.
func (s *Service) Compare(ctx context.Context, m ids.MerchantID, p Page) (Comparison, error) {
	sandbox, err := s.Page(ctx, m, ids.Sandbox, p)
	if err != nil {
		return Comparison{}, err
	}
	production, err := s.Page(ctx, m, ids.Production, p)
	return Comparison{p, sandbox, production}, err
}
