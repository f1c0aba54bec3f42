package settings

import (
	"context"
	"math"

	"merchant-portal/internal/ids"
)

// Past is a change that was made to a page: the version that it made, and what is different in it from the version before. Where a program from before the
// history saved in between, that is the last one that is kept; before the first one every field was empty.
type Past struct {
	Version
	Changes []Change
}

// History lists at most limit changes of a page, newest first: those that made a version below before, 0 for the newest. It reads limit+1 versions, however
// many there are. more: there are older ones.
func (s *Service) History(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, before int64, limit int) (list []Past, more bool, err error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	versions, err := s.Store.Versions(ctx, m, env, p, before, limit+1)
	if err != nil {
		return nil, false, err
	}
	if len(versions) == 0 {
		return nil, false, nil
	}
	newer, err := versions[0].values()
	if err != nil {
		return nil, false, err
	}
	for i, v := range versions[:min(limit, len(versions))] {
		older := Values{}
		if i+1 < len(versions) {
			if older, err = versions[i+1].values(); err != nil {
				return nil, false, err
			}
		}
		list = append(list, Past{v, differences(p, older, newer)})
		newer = older
	}
	return list, len(versions) > limit, nil
}

// Past reads the change that made a version, or ErrNotFound.
func (s *Service) Past(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page, version int64) (Past, error) {
	if version < 1 || version == math.MaxInt64 {
		return Past{}, ErrNotFound
	}
	list, _, err := s.History(ctx, m, env, p, version+1, 1)
	if err != nil {
		return Past{}, err
	}
	if len(list) == 0 || list[0].Version.Version != version {
		return Past{}, ErrNotFound
	}
	return list[0], nil
}
