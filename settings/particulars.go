package settings

import (
	"context"
	"encoding/json"
	"fmt"

	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
)

var _ envswitch.Business = (*Service)(nil)

// Particulars are the General Settings of Production, as a registration for Production takes them in.
func (s *Service) Particulars(ctx context.Context, m ids.MerchantID) (envswitch.Particulars, error) {
	g, err := s.General(ctx, m, ids.Production)
	if err != nil {
		return envswitch.Particulars{}, err
	}
	text, err := json.Marshal(ValuesOf(&g))
	if err != nil {
		return envswitch.Particulars{}, fmt.Errorf("encode particulars: %w", err)
	}
	filled, total := g.Completeness()
	return envswitch.Particulars{Filled: filled, Total: total, JSON: string(text)}, nil
}
