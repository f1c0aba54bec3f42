package main

import (
	"bytes"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

// loggedMember is lockedMember with the entry that every real log has.
func loggedMember(t *testing.T) member {
	t.Helper()
	m := lockedMember(t)
	_, st := people(t, m.data)
	err := st.Activity().Record(t.Context(), activity.Entry{Actor: m.Actor, Action: activity.MerchantRegistered, Outcome: activity.Done, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m member) verify(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), append([]string{"activity", "verify", "--data", m.data}, args...), nil, &out, io.Discard)
	return out.String(), err
}

func (m member) tamper(t *testing.T, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(m.data, "portal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test looks at what became of it
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// C117: the command says that a log is complete, for all merchants and for one, beside a portal at work.
func TestVerifySaysThatALogIsComplete(t *testing.T) {
	m := loggedMember(t)
	_, stop := start(t, "serve", "--listen", "127.0.0.1:0", "--data", m.data)
	defer stop()
	for _, args := range [][]string{nil, {string(m.Merchant)}} {
		if said, err := m.verify(t, args...); err != nil || said != string(m.Merchant)+": 7 entries, complete\n" {
			t.Errorf("%v: said %q, %v", args, said, err)
		}
	}
}

// C117: and what is wrong with one, in a sentence, and fails.
func TestVerifyNamesWhatIsWrongAndFails(t *testing.T) {
	for want, query := range map[string]string{
		"changed: entry 3 (":                               `UPDATE activity SET address = '192.0.2.9' WHERE seq = 3`,
		"removed: entry 3 is missing":                      `DELETE FROM activity WHERE seq = 3`,
		"removed: entries 2 to 4 are missing":              `DELETE FROM activity WHERE seq BETWEEN 2 AND 4`,
		"reordered: entry 1 (":                             `UPDATE activity SET seq = 0 WHERE seq = 1; UPDATE activity SET seq = 1 WHERE seq = 2; UPDATE activity SET seq = 2 WHERE seq = 0`,
		"cut off: entry 7 is missing at the end":           `DELETE FROM activity WHERE seq = 7`,
		"added: entry 0 (":                                 `UPDATE activity SET seq = 0 WHERE seq = 7`,
		"added: entry 99 is behind the end":                `UPDATE activity SET seq = 99 WHERE seq = 7`,
		"outside: 1 entry without a place":                 `UPDATE activity SET seq = NULL WHERE seq = 7`,
		"head gone: nothing says any more":                 `DELETE FROM activity_heads`,
		"head changed: what says where":                    `UPDATE activity_heads SET entries = 6`,
		"begun anew: the registration":                     `DELETE FROM activity_heads; DELETE FROM activity`,
		"other key: entry 1 (":                             `DELETE FROM keysets WHERE scope = 'activity'`,
		"the first 2 entries are as they were written":     `DELETE FROM activity WHERE seq = 3`,
		": the first 7 entries are as they were written\n": `DELETE FROM activity_heads`,
	} {
		m := loggedMember(t)
		m.tamper(t, query)
		said, err := m.verify(t)
		if err == nil || !strings.Contains(err.Error(), "1 of 1 merchants") || !strings.Contains(said, want) {
			t.Errorf("%s: said %q, %v; want %q", query, said, err, want)
		}
		if strings.Contains(said, "complete") || strings.Contains(said, "unknown") {
			t.Errorf("%s: said %q", query, said)
		}
	}
}

func TestVerifyRefusesWhatItCannotUse(t *testing.T) {
	m := loggedMember(t)
	for want, args := range map[string][]string{
		`no merchant "G000000000"`: {"G000000000"}, "takes one merchant": {string(m.Merchant), string(ids.NewMerchantID())}, "-colour": {"--colour"},
	} {
		if said, err := m.verify(t, args...); err == nil || !strings.Contains(err.Error(), want) || said != "" {
			t.Errorf("%v: said %q, %v; want %q", args, said, err, want)
		}
	}
	if err := run(t.Context(), []string{"activity"}, nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "activity verify") {
		t.Errorf("half a command: %v", err)
	}
	none := member{data: filepath.Join(t.TempDir(), "none")}
	if _, err := none.verify(t); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("without a database: %v", err)
	}
	if _, err := os.Stat(none.data); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

func TestNumbersAreWrittenInThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1234: "1,234", 1_234_567: "1,234,567", -1234: "-1,234"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
}
