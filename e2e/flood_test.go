package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// C048: two hundred sign-ins at the same moment are answered, right or not, within the memory that was promised, and nobody else waits for them.
func TestTwoHundredSignInsAtATimeHoldNobodyUp(t *testing.T) {
	p := startPortal(t, t.TempDir())
	var sent sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	for i := range 200 {
		sent.Go(func() {
			status := statusOf(t, http.MethodPost, p.url+"/login", url.Values{
				"email": {fmt.Sprintf("nobody%d@example.test", i)}, "password": {"kopi tubruk di teras belakang"},
			})
			mu.Lock()
			defer mu.Unlock()
			answers[status]++
		})
	}
	done := make(chan struct{})
	go func() { sent.Wait(); close(done) }()
	slowest := time.Duration(0)
	for under := true; under; {
		begin := time.Now()
		if status := statusOf(t, http.MethodGet, p.url+"/login", nil); status != http.StatusOK {
			t.Errorf("another page: %d", status)
		}
		slowest = max(slowest, time.Since(begin))
		select {
		case <-done:
			under = false
		default:
		}
	}
	if slowest > 500*time.Millisecond {
		t.Errorf("the slowest other page took %s", slowest)
	}
	if peak := peakMiB(t, p.cmd.Process.Pid); peak > 200 {
		t.Errorf("the peak of memory was %.0f MiB", peak)
	}
	for status := range answers {
		switch status {
		case http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		default:
			t.Errorf("answers: %v", answers)
		}
	}
}

// statusOf sends a request as a browser without a session does.
func statusOf(t *testing.T, method, address string, form url.Values) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Error(err)
		return 0
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	answer.Body.Close() //nolint:errcheck // only the status counts
	return answer.StatusCode
}

// peakMiB is the most that a process ever held, as the kernel counts.
func peakMiB(t *testing.T, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	t.Fatal("the kernel does not say")
	return 0
}
