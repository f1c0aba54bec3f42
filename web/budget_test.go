package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"merchant-portal/internal/fault"
)

// deadSessions is a session store whose database is away.
type deadSessions struct{ Sessions }

// FindCtx implements scs.CtxStore.
func (deadSessions) FindCtx(context.Context, string) ([]byte, bool, error) {
	return nil, false, fault.Wrap(fault.Unavailable, "fault.unavailable", errors.Join(errDead))
}

// CommitCtx implements scs.CtxStore.
func (deadSessions) CommitCtx(context.Context, string, []byte, time.Time) error { return errDead }

// budgets are what a request may cost at most: SQL statements, of them writes, and allocations.
var budgets = map[string]struct{ reads, writes, allocations int }{
	"/login":                        {0, 0, 90},
	"/sandbox/settings/access-keys": {1, 0, 165},
	generalPath:                     {1, 0, 200},
	generalHistory:                  {2, 0, 1250}, // session, and the versions that are shown: ten here, of twelve
	"/settings/compare":             {1, 0, 260},
	"/account/activity":             {2, 0, 340}, // session and log
}

func TestPagesStayWithinTheirBudgets(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	other := p.member(t, "b@example.test", "0812222222")
	for i := range 12 {
		other.saves("version", strconv.Itoa(i), "merchant_name", "Toko "+strconv.Itoa(i))
	}
	b.saves("merchant_name", "Toko Bunga Sari", "director_name", "Sari", "merchant_url", "tokobunga.id", "timezone", "Asia/Jakarta")
	b.get("/settings/compare")
	b.get("/sandbox/settings/access-keys") // the first one clears the notice
	b.get("/account/activity")             // and this one remembers names
	for path, budget := range budgets {
		who := b
		switch path {
		case "/login":
			who = p.browser(t)
		case generalPath, generalHistory:
			who = other
		}
		request := who.request(http.MethodGet, path, nil)
		p.db.Statements()
		w := &discard{header: http.Header{}}
		p.handler.ServeHTTP(w, request.Clone(t.Context()))
		reads, writes := p.db.Statements()
		if w.status != http.StatusOK || len(reads) > budget.reads || len(writes) > budget.writes {
			t.Errorf("%s: status %d, %d reads, %d writes, budget %+v", path, w.status, len(reads), len(writes), budget)
		}
		if raceEnabled {
			continue // the race detector allocates for itself
		}
		allocations := testing.AllocsPerRun(50, func() { p.handler.ServeHTTP(&discard{header: http.Header{}}, request) })
		if int(allocations) > budget.allocations {
			t.Errorf("%s: %.0f allocations, budget %d", path, allocations, budget.allocations)
		}
		t.Logf("%s: %d reads, %d writes, %.0f allocations", path, len(reads), len(writes), allocations)
	}
}

type discard struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (d *discard) Header() http.Header { return d.header }

// Write implements http.ResponseWriter.
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (d *discard) WriteHeader(status int) { d.status = status }
