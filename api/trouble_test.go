package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
	"merchant-portal/keys"
)

// C112, C113: a panic is answered with an id that the log has too, and nothing else; the next request is answered.
func TestAPanicIsAFailureWithAnID(t *testing.T) {
	d := newDoor(t)
	for i, service := range []string{"", statusService} {
		d.table = append(d.table, route.Route[handler]{
			Method: "GET", Pattern: []string{"/v2/panic", "/v1.0/panic"}[i], Access: route.Keyed,
			Handler: handler{service, func(*request) (reply, error) { panic("secret words") }},
		})
	}
	for _, path := range []string{"/v2/panic", "/v1.0/panic"} {
		answer := d.send(http.MethodGet, sandboxHost, path, "")
		id := answer.Header.Get("X-Request-Id")
		if said := fmt.Sprint(body(t, answer)); answer.StatusCode != http.StatusInternalServerError || strings.Contains(said, "secret") || !strings.Contains(d.log.String(), id) {
			t.Errorf("%s: %s %s", path, answer.Status, said)
		}
	}
	if answer := d.legacy(sandboxHost, "x"); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("the next request: %s", answer.Status)
	}
}

// A visitor that is gone stays gone: net/http's own way to break off an answer is not answered.
func TestABrokenOffAnswerStaysBrokenOff(t *testing.T) {
	d := newDoor(t)
	d.table[2].Handler.answer = func(*request) (reply, error) { panic(http.ErrAbortHandler) }
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panicked with %v", err)
		}
	}()
	d.legacy(sandboxHost, "x")
}

// away is a database that does not answer.
type away struct{ keys.Current }

var errAway error = fault.Wrap(fault.Unavailable, "fault.unavailable", errors.New("secret address of the database"))

// FindAt implements keys.Current.
func (away) FindAt(context.Context, []byte) (keys.Key, int64, error) { return keys.Key{}, 0, errAway }

// A database that is away admits nobody and is told from a wrong key.
func TestADatabaseThatIsAwayIsA503(t *testing.T) {
	d := newDoor(t)
	_, server := d.reveal(t, d.who, ids.Sandbox, keys.Server)
	d.ring.Current = away{d.ring.Current}
	answer := d.legacy(sandboxHost, server)
	if said := fmt.Sprint(body(t, answer)); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || strings.Contains(said, "secret") {
		t.Errorf("%s %s", answer.Status, said)
	}
}

// C118: of a second's requests at most a hundred lines are written, and the next one says how many are missing. Paths and queries, where people put keys, are in none.
func TestTheLogOfRequestsIsBounded(t *testing.T) {
	d := newDoor(t)
	for range 3 * maxLines {
		d.send(http.MethodGet, sandboxHost, "/v2/SB-Mid-server-inthepath/status?key=inthequery", "", "Authorization", basicOf("intheheader"))
		d.send("SB-Mid-server-inthemethod"+strings.Repeat("x", 9999), sandboxHost, "/", "")
	}
	if n := strings.Count(d.log.String(), "\n"); n != maxLines {
		t.Errorf("%d lines, want %d", n, maxLines)
	}
	d.db.Clock.Move(time.Second)
	d.send(http.MethodGet, sandboxHost, "/SB-Mid-server-inthepath", "")
	log := d.log.String()
	if len(log) > 300*maxLines {
		t.Errorf("the lines have %d bytes", len(log)/maxLines)
	}
	if !strings.Contains(log, fmt.Sprintf("left_out=%d", 5*maxLines)) || strings.Contains(log, "inthe") {
		t.Error(log[len(log)-400:])
	}
}

// C110, C111: whatever a program sends gets JSON below 500.
func FuzzWhateverIsSentIsAnsweredInJSON(f *testing.F) {
	f.Add(0, "G100000001-SNAP", "2026-11-21T01:00:00Z", "eA==", "Basic eA==", `{"grantType":"client_credentials"}`)
	f.Add(1, "G100000001", "2026-11-21T01:00:00+07:00", "%", "Bearer eA==", `{"originalPartnerReferenceNo":"\u0000\ud800"}`)
	f.Add(2, "\x00", "\u202e", "\xff", "Basic "+strings.Repeat("A", 9999), "\xff")
	f.Add(0, "", "9999-12-31T23:59:59.999999999+23:59", "", "", strings.Repeat("[", 20000))
	d := newDoor(f)
	d.registerSnap(f)
	f.Fuzz(func(t *testing.T, which int, id, timestamp, signature, authorization, sent string) {
		rt := d.table[uint(which)%uint(len(d.table))]
		r := httptest.NewRequest(rt.Method, "https://"+sandboxHost+strings.ReplaceAll(rt.Pattern, "{id}", "1"), strings.NewReader(sent))
		for name, value := range map[string]string{
			"X-CLIENT-KEY": id, "X-PARTNER-ID": id, "CHANNEL-ID": id, "X-EXTERNAL-ID": id, "X-TIMESTAMP": timestamp, "X-SIGNATURE": signature, "Authorization": authorization,
		} {
			r.Header.Set(name, value)
		}
		answer := d.ask(r)
		if body(t, answer); answer.StatusCode >= 500 || answer.StatusCode < 400 {
			t.Errorf("%s", answer.Status)
		}
	})
}

// C118: requests that fail because of us are bounded in the log as well, each with one line; and refusals do not hide them.
func TestTheLogOfFailuresIsBounded(t *testing.T) {
	d := newDoor(t)
	for range maxLines {
		d.legacy(sandboxHost, "refused")
	}
	d.ring.Current = away{d.ring.Current}
	for range 3 * maxLines {
		d.legacy(sandboxHost, "away")
	}
	log := d.log.String()
	if n := strings.Count(log, "msg=failure"); n != maxLines {
		t.Errorf("%d failures, want %d", n, maxLines)
	}
	d.db.Clock.Move(time.Second)
	d.legacy(sandboxHost, "away")
	if log = d.log.String()[len(log):]; strings.Count(log, fmt.Sprintf("left_out=%d", 2*maxLines)) != 1 {
		t.Error(log)
	}
}
