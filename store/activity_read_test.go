package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/store/storetest"
)

// Every filter has an index of its own that gives the entries in their order: what a page costs does not depend on the length of the log.
func TestEveryFilterIsServedByAnIndex(t *testing.T) {
	db := storetest.SQLite(t)
	raw := db.Raw(t)
	for index, f := range map[string]activity.Filter{
		"activity_by_time": {}, "activity_by_person": {People: []ids.PersonID{"p"}}, "activity_by_address": {Address: "192.0.2.1"},
		"activity_by_action": {Action: activity.SignedIn}, "activity_by_environment": {Environment: ids.Sandbox}, "activity_refused": {Refused: true},
	} {
		db.Statements()
		if _, err := db.Entries().List(ctx, "G100000001", f, activity.Cursor{}, 10); err != nil {
			t.Fatal(err)
		}
		reads, _ := db.Statements()
		if len(reads) != 1 {
			t.Fatalf("%s: %d statements, want 1", index, len(reads))
		}
		rows, err := raw.Query(`EXPLAIN QUERY PLAN `+reads[0], "G100000001", 1, "", 10, "x")
		if err != nil {
			rows, err = raw.Query(`EXPLAIN QUERY PLAN `+reads[0], "G100000001", 1, "", 10) // those without a value of their own
		}
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			plan += step + "\n"
		}
		if rows.Err() != nil || !strings.Contains(plan, "USING INDEX "+index+" (") || strings.Contains(plan, "SCAN") || strings.Contains(plan, "B-TREE") {
			t.Errorf("%s: the plan is %s", index, plan)
		}
		rows.Close() //nolint:errcheck // read to the end
	}
}

// However long the log, a page that needs more than an index looks at a thousand entries at most, in few statements, and goes on from there.
func TestALongSearchIsBounded(t *testing.T) {
	db := storetest.New(t)
	p, _ := merchant(t, db, "G100000001", "a@example.test")
	raw := db.Raw(t)
	for i := range 2500 {
		if _, err := raw.Exec(`INSERT INTO activity (id, merchant_id, person_id, address, action, target, outcome, at) VALUES ($1, $2, $3, '', 'x', '', 'done', $4)`,
			fmt.Sprintf("e%04d", i), p.Merchant, p.ID, storetest.Start.UnixMilli()+int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	f := activity.Filter{People: []ids.PersonID{p.ID}, Environment: ids.Sandbox}
	var from activity.Cursor
	for _, looked := range []int{1000, 1000, 0} {
		db.Statements()
		page, err := db.Entries().List(ctx, p.Merchant, f, from, 50)
		if err != nil || len(page.Rows) != 0 || page.Looked != looked || page.More != (looked > 0) {
			t.Fatalf("%d rows, looked %d, more %v, %v; want %d", len(page.Rows), page.Looked, page.More, err, looked)
		}
		if reads, _ := db.Statements(); len(reads) > 4 {
			t.Errorf("%d statements", len(reads))
		}
		from = page.Next
	}
}

func TestAListIsOfOneMerchantAndOfItsMoments(t *testing.T) {
	db := storetest.New(t)
	p, other := withLog(t, db, "G100000001"), withLog(t, db, "G100000002")
	first := storetest.Start.Add(time.Second)
	for name, tt := range map[string]struct {
		filter activity.Filter
		want   int
	}{
		"all": {activity.Filter{}, logged}, "of somebody of another merchant": {activity.Filter{People: []ids.PersonID{other.ID}}, 0},
		"of several people": {activity.Filter{People: []ids.PersonID{p.ID, other.ID}}, logged - 1}, "from a moment on": {activity.Filter{From: first.Add(time.Second)}, 9},
		"before a moment": {activity.Filter{Until: first}, 2}, "in between": {activity.Filter{From: first, Until: first.Add(time.Second)}, 1},
	} {
		page, err := db.Entries().List(ctx, p.Merchant, tt.filter, activity.Cursor{}, 100)
		if err != nil || len(page.Rows) != tt.want || page.More {
			t.Errorf("%s: %d entries, %v, want %d", name, len(page.Rows), err, tt.want)
		}
		for _, row := range page.Rows {
			if row.Person != "" && (row.By.Name != "Sari" || row.By.Email != "G100000001@example.test") {
				t.Errorf("%s: %+v", name, row.By)
			}
		}
	}
	if found, err := db.Entries().PeopleWith(ctx, p.Merchant, "g100000002@example.test"); err != nil || len(found) != 0 {
		t.Errorf("somebody of another merchant: %v, %v", found, err)
	}
	if found, err := db.Entries().PeopleWith(ctx, p.Merchant, "g100000001@EXAMPLE.test"); err != nil || len(found) != 1 || found[0] != p.ID {
		t.Errorf("however it is typed: %v, %v", found, err)
	}
}
