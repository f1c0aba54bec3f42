package store

import (
	"context"
	"database/sql"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.Browsers = browsers{}

type browsers struct{ of, add, drop *statement }

// maxBrowsers is how many browsers of a person are remembered.
const maxBrowsers = 50

func prepareBrowsers(p *preparer) browsers {
	return browsers{
		of:  p.read(`SELECT browser FROM known_browsers WHERE person_id = $1`),
		add: p.write(`INSERT INTO known_browsers (person_id, browser, seen_at) VALUES ($1, $2, $3) ON CONFLICT (person_id, browser) DO NOTHING`),
		drop: p.write(`DELETE FROM known_browsers WHERE person_id = $1 AND browser NOT IN
			(SELECT browser FROM known_browsers WHERE person_id = $1 ORDER BY seen_at DESC, browser LIMIT $2)`),
	}
}

func (s browsers) Of(ctx context.Context, p ids.PersonID) ([]string, error) {
	var all []string
	err := s.of.each(ctx, func(rows *sql.Rows) error {
		var browser string
		err := rows.Scan(&browser)
		all = append(all, browser)
		return err
	}, p)
	return all, err
}

func (s browsers) Add(ctx context.Context, p ids.PersonID, browser string, at time.Time) (bool, error) {
	added, err := s.add.exec(ctx, p, browser, millis(at))
	if err != nil || added == 0 {
		return false, err
	}
	_, err = s.drop.exec(ctx, p, maxBrowsers)
	return true, err
}
