package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
)

const step = 100 * time.Millisecond

// note writes entries about somebody, one after the other, and moves the clock behind them.
func (p *portal) note(t *testing.T, email string, n int, edit func(i int, e *activity.Entry)) {
	t.Helper()
	person, err := p.db.People().ByEmail(t.Context(), auth.EmailKey(email))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		e := activity.Entry{
			Actor:  activity.Actor{Merchant: person.Merchant, Person: person.ID, Address: "203.0.113.7"},
			Action: activity.ProfileSaved, Outcome: activity.Done, At: p.db.Clock.Now().Add(time.Duration(i+1) * step),
		}
		if edit != nil {
			edit(i, &e)
		}
		if err := p.db.Activity().Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	p.db.Clock.Move(time.Duration(n+1) * step)
}

var entryLine = regexp.MustCompile(`<li class="entry">.*?</li>`)

func entriesOf(page string) []string { return entryLine.FindAllString(page, -1) }

var olderLink = regexp.MustCompile(`href="(/account/activity\?[^"]*before=[^"]*)"`)

func TestEveryActionHasWords(t *testing.T) {
	catalog, err := catalogs()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{i18n.English, i18n.Indonesian} {
		for _, action := range activity.Actions() {
			if words := actionWords(catalog.Printer(lang), action); words == string(action) {
				t.Errorf("%s has no words in %s", action, lang)
			}
		}
	}
}

// The log names who, what, where, when and with what outcome (C116); it is of this merchant alone (C094).
func TestTheLogShowsWhoDidWhatWhereAndWhen(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.member(t, "b@example.test", "0822222222")
	p.browser(t).post("/login", "email", "a@example.test", "password", "wrong one indeed")
	p.note(t, "a@example.test", 1, func(_ int, e *activity.Entry) {
		e.Person, e.Address, e.Action, e.Target = "", "", activity.AccountUnlocked, string(e.Person)
	})
	p.note(t, "a@example.test", 1, func(_ int, e *activity.Entry) { e.Environment, e.Action = ids.Production, activity.KeyRevealed })
	page := body(t, b.get(activityPath))
	all := entriesOf(page)
	if len(all) != 6 { // keys, registration, log-in, wrong password, unlocked, revealed
		t.Fatalf("%d entries:\n%s", len(all), strings.Join(all, "\n"))
	}
	for i, wants := range [][]string{
		{"Access key revealed", "Sari", "a@example.test", "203.0.113.7", "Production", "08:00:00"},
		{"Account unlocked", "Support (the portal", "About: Sari (a@example.test)"},
	} {
		for _, want := range wants {
			if !strings.Contains(all[i], want) {
				t.Errorf("entry %d lacks %q: %s", i, want, all[i])
			}
		}
	}
	for want, entry := range map[string]string{
		"Wrong password": "Somebody not logged in", "Failed": "About: Sari (a@example.test)", "Access keys issued": "The portal itself", "Business registered": "Sari",
	} {
		if !slices.ContainsFunc(all, func(e string) bool { return strings.Contains(e, want) && strings.Contains(e, entry) }) {
			t.Errorf("no entry has %q and %q", want, entry)
		}
	}
	if !strings.Contains(page, "<h2 id=\"day-2026-11-21\">21 Nov 2026</h2>") || !strings.Contains(page, "Times are in WIB") || strings.Contains(page, "b@example.test") {
		t.Errorf("the page lacks its date or its zone, or shows another merchant's people")
	}
}

// Dates are those of the business: Production's time zone, else Sandbox's, else WIB.
func TestDatesAreThoseOfTheBusiness(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.note(t, "a@example.test", 1, func(_ int, e *activity.Entry) { e.At = time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC) })
	for i, tt := range []struct{ env, zone, short, date, clock string }{
		{"", "", "WIB", "20 Nov 2026", "22:30:00"}, {"sandbox", "Asia/Makassar", "WITA", "20 Nov 2026", "23:30:00"},
		{"production", "Asia/Jayapura", "WIT", "21 Nov 2026", "00:30:00"},
	} {
		if tt.env != "" {
			b.post("/"+tt.env+"/settings/general", "timezone", tt.zone)
		}
		page := body(t, b.get(activityPath+"?action=profile.saved"))
		if len(entriesOf(page)) != 1 || !strings.Contains(page, ">"+tt.date+"</h2>") || !strings.Contains(page, tt.clock) || !strings.Contains(page, "in "+tt.short+".") {
			t.Errorf("case %d: not %v", i, tt)
		}
		if page := body(t, b.get(activityPath+"?action=profile.saved&from=2026-11-21&to=2026-11-21")); (len(entriesOf(page)) == 1) != (tt.short == "WIT") {
			t.Errorf("case %d: filtered by the day of another zone", i)
		}
	}
}

func TestFiltersFindWhatTheySay(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.member(t, "b@example.test", "0822222222")
	p.note(t, "a@example.test", 3, func(_ int, e *activity.Entry) { e.Address, e.Action = "2001:db8::7", activity.KeyRevealed })
	p.note(t, "a@example.test", 2, func(_ int, e *activity.Entry) { e.Environment, e.Outcome = ids.Production, activity.Refused })
	p.note(t, "a@example.test", 1, func(_ int, e *activity.Entry) { e.Environment, e.Person = ids.Sandbox, "" })
	for query, want := range map[string]int{
		"": 9, "person=A%40Example.test": 7, "address=2001:DB8:0::7": 3, "action=key.revealed": 3, "env=production": 2, "outcome=refused": 2,
		"from=2026-11-21": 9, "from=2026-11-22": 0, "to=2026-11-20": 0, "from=2026-11-21&to=2026-11-21": 9, "address=203.0.113.7&env=sandbox": 1,
		"person=a@example.test&env=production&outcome=refused": 2, "action=key.revealed&env=production": 0, "address=198.51.100.1": 0,
	} {
		r := b.get(activityPath + "?" + query)
		page := body(t, r)
		if got := len(entriesOf(page)); got != want || r.StatusCode != http.StatusOK {
			t.Errorf("%q: %d entries, %s, want %d", query, got, r.Status, want)
		}
		if empty := strings.Contains(page, "Nothing matches this filter."); empty != (want == 0) {
			t.Errorf("%q: the empty state is there: %v", query, empty)
		}
		if strings.Contains(page, `<details class="card filter" open>`) != (query != "") {
			t.Errorf("%q: the filter is not open exactly when something is filtered", query)
		}
	}
}

// What cannot be understood is said at its field, nothing that was typed is lost, and none of it is logged (C115).
func TestAFilterThatCannotBeUnderstoodComesBack(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.member(t, "b@example.test", "0822222222")
	for field, tt := range map[string]struct{ typed, said string }{
		"person": {password, "Nobody in your business has this"}, "address": {"203.0.113.", "Enter a whole IP address"}, "action": {"key.stolen", "Choose one"},
		"env": {"staging", "Choose one"}, "outcome": {"maybe", "Choose one"}, "from": {"21-11-2026", "year-month-day"}, "to": {"2026-02-30", "year-month-day"},
	} {
		r := b.get(activityPath + "?" + url.Values{field: {tt.typed}, "person": {tt.typed}}.Encode())
		page := body(t, r)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, tt.said) || !strings.Contains(page, `value="`+tt.typed+`"`) || len(entriesOf(page)) > 0 {
			t.Errorf("%s: %s, want %q and what was typed", field, r.Status, tt.said)
		}
		if !strings.Contains(page, `aria-describedby="person-hint person-error"`) {
			t.Errorf("%s: the field does not name its message", field)
		}
		if r := b.get(activityPath + ".csv?" + url.Values{field: {tt.typed}}.Encode()); !strings.HasPrefix(r.Header.Get("Location"), activityPath+"?") {
			t.Errorf("%s: the file: %s to %q", field, r.Status, r.Header.Get("Location"))
		}
	}
	if page := body(t, b.get(activityPath+"?person=b@example.test")); !strings.Contains(page, "Nobody in your business") {
		t.Error("somebody of another business can be looked for")
	}
	if page := body(t, b.get(activityPath+"?from=2026-11-21&to=2026-11-20")); !strings.Contains(page, "before the first day") {
		t.Error("days in the wrong order are accepted")
	}
	for _, bad := range []string{"before=x", "before=1-%27", "before=-1-A", "before=9999999999999999999-A"} {
		if r := b.get(activityPath + "?" + bad); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", bad, r.Status)
		}
	}
	for _, bad := range []string{"person=%00", "address=%ff", "action=%c0%af"} {
		if r := b.get(activityPath + "?" + bad); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s", bad, r.Status)
		}
	}
	for _, line := range append(p.db.Dump(t), p.log.String()) {
		if strings.Contains(line, password) || strings.Contains(line, "key.stolen") {
			t.Errorf("a filter's value is kept: %s", line)
		}
	}
}

// Older pages go on exactly where the one before ended, through a filter too.
func TestOlderPagesLeaveNothingOut(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.note(t, "a@example.test", 2*entriesPerPage+7, func(i int, e *activity.Entry) {
		e.At = p.db.Clock.Now().Add(time.Duration(i/9) * time.Second) // several in one moment
	})
	for query, want := range map[string]int{"": 2*entriesPerPage + 10, "?action=profile.saved": 2*entriesPerPage + 7} {
		seen := map[string]int{}
		pages := 0
		for next := activityPath + query; next != ""; pages++ {
			page := body(t, b.get(next))
			for _, cell := range readCursors(t, p, page) {
				seen[cell]++
			}
			if strings.Contains(page, "Newest entries") != (pages > 0) {
				t.Errorf("%q, page %d: the way back is missing, or there from the start", query, pages)
			}
			next = ""
			if found := olderLink.FindStringSubmatch(page); found != nil {
				next = strings.ReplaceAll(found[1], "&amp;", "&")
			}
		}
		total := 0
		for _, n := range seen {
			total += n
		}
		if total != want || pages != 3 {
			t.Errorf("%q: %d entries on %d pages, want %d on 3", query, total, pages, want)
		}
	}
}

// readCursors gives the entries of a page, by what is shown of them.
func readCursors(t *testing.T, _ *portal, page string) []string {
	t.Helper()
	found := entriesOf(page)
	if len(found) == 0 {
		t.Error("an empty page")
	}
	return found
}

// Filters that need more than an index look through so many entries and say so; going on finds the rest.
func TestALongSearchSaysHowFarItLooked(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.note(t, "a@example.test", 1, func(_ int, e *activity.Entry) { e.Action = activity.KeyRevealed })
	p.note(t, "a@example.test", 1005, nil)
	page := body(t, b.get(activityPath+"?person=a@example.test&action=key.revealed"))
	older := olderLink.FindStringSubmatch(page)
	if len(entriesOf(page)) != 0 || !strings.Contains(page, "1000 entries were looked through") || older == nil || strings.Contains(page, "Nothing matches") {
		t.Fatalf("the first page")
	}
	page = body(t, b.get(strings.ReplaceAll(older[1], "&amp;", "&")))
	if len(entriesOf(page)) != 1 || olderLink.MatchString(page) {
		t.Errorf("going on finds %d entries", len(entriesOf(page)))
	}
	if file := body(t, b.get(activityPath+".csv?person=a@example.test&action=key.revealed")); strings.Count(file, "\r\n") != 2 {
		t.Errorf("the file has %d lines, want the heading and one entry", strings.Count(file, "\r\n"))
	}
}

// The file holds exactly what is filtered, however long that is; the download is an entry, but not of the file.
func TestTheFileHoldsWhatIsFiltered(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.note(t, "a@example.test", entriesAtOnce+20, func(i int, e *activity.Entry) { e.Target = fmt.Sprint("object-", i) })
	r := b.get(activityPath + ".csv?action=profile.saved")
	text := body(t, r)
	if got := r.Header.Get("Content-Disposition"); !regexp.MustCompile(`^attachment; filename="activity-G[0-9]{9}-20261121\.csv"$`).MatchString(got) {
		t.Errorf("Content-Disposition = %q", got)
	}
	if r.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv; charset=utf-8") || !strings.HasPrefix(text, "\ufeff") {
		t.Errorf("headers %v", r.Header)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(lines) != entriesAtOnce+21 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if lines[0][0] != "Time (WIB)" || lines[1][6] != fmt.Sprint("object-", entriesAtOnce+19) || lines[len(lines)-1][6] != "object-0" {
		t.Errorf("first lines %q, last %q", lines[:2], lines[len(lines)-1])
	}
	if strings.Contains(text, "Activity log downloaded") {
		t.Error("the file tells of itself")
	}
	if n := len(entriesOf(body(t, b.get(activityPath+"?action=activity.exported")))); n != 1 {
		t.Errorf("%d entries about the download, want 1", n)
	}
	b.send(b.request(http.MethodHead, activityPath+".csv", nil))
	if n := len(entriesOf(body(t, b.get(activityPath+"?action=activity.exported")))); n != 1 {
		t.Errorf("%d entries after a HEAD, want 1", n)
	}
	p.db.Exec(t, `ALTER TABLE activity_heads RENAME TO elsewhere`)
	if r := b.get(activityPath + ".csv"); r.StatusCode != http.StatusInternalServerError || r.Header.Get("Content-Disposition") != "" {
		t.Errorf("a download that cannot be written down: %s", r.Status)
	}
}

// C107: what a spreadsheet would compute stands there as text.
func TestNoCellIsAFormula(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	p.note(t, "a@example.test", 1, func(_ int, e *activity.Entry) { e.Target = `=HYPERLINK("https://evil.test")` })
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1"} {
		p.db.Exec(t, `UPDATE people SET name = $1`, name)
		p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
		text := body(t, b.get(activityPath+".csv?person="+url.QueryEscape("a@example.test")))
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil || len(lines) < 2 || lines[1][1] != "'"+strings.ReplaceAll(name, "\r", "") {
			t.Fatalf("%q: %v, %q", name, err, lines)
		}
		for _, line := range lines {
			for _, cell := range line {
				if cell != "" && strings.ContainsRune(formulas, []rune(cell)[0]) {
					t.Errorf("%q: the cell %q is a formula", name, cell)
				}
			}
		}
	}
	if r := b.get(activityPath + ".csv?person=%3D1%2B1"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a filter that is a formula: %s", r.Status)
	}
}

// C107: nor where a semicolon ends a cell, as in a spreadsheet in Indonesia.
func TestNoCellIsAFormulaWhereASemicolonEndsIt(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for _, name := range []string{"Sari;=1+1", "Sari; =1+1", "=1;+1", ";;@SUM(A1);"} {
		p.db.Exec(t, `UPDATE people SET name = $1`, name)
		p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
		text := body(t, b.get(activityPath+".csv"))
		if !strings.Contains(text, ";'") {
			t.Errorf("%q: the name is not there:\n%s", name, text)
		}
		for cell := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' }) {
			if cell = strings.TrimLeft(cell, " "); cell != "" && strings.ContainsRune(formulas, []rune(cell)[0]) {
				t.Errorf("%q: the cell %q is a formula", name, cell)
			}
		}
	}
}

// A permission decides: who has none sees neither page nor file, and is not written down as having looked.
func TestTheLogIsForThosePermitted(t *testing.T) {
	p := newPortal(t)
	b := p.member(t, "a@example.test", "0811111111")
	for role, want := range map[auth.Role]int{
		auth.Administrator: 200, auth.Developer: 200, auth.SandboxStaff: 403, auth.FinanceStaff: 403, auth.OperationsStaff: 403, auth.CustomerService: 403,
	} {
		p.db.Exec(t, `UPDATE people SET roles = $1`, role)
		p.db.Exec(t, `UPDATE merchants SET generation = generation + 1`)
		for _, path := range []string{activityPath, activityPath + ".csv"} {
			if r := b.get(path); r.StatusCode != want {
				t.Errorf("%s, %s: %s, want %d", role, path, r.Status, want)
			}
		}
	}
	if n := strings.Count(strings.Join(p.db.Dump(t), "\n"), "action=activity.exported"); n != 2 {
		t.Errorf("%d downloads in the log, want those of Administrator and Developer", n)
	}
}
