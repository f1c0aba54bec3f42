package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// flood is how many sign-ins come at the same moment (rules.md, Passwords; C048).
const flood = 200

// measureFlood prints what so many sign-ins at a time cost, of one account with the right password and of addresses that nobody has: the peak
// of memory, how each was answered, and how long the slowest of other visitors' pages took meanwhile.
func measureFlood(engine string, p *process) error {
	for _, kind := range []struct {
		name    string
		address func(i int) string
	}{
		{"one account", func(int) string { return email }},
		{"unknown addresses", func(i int) string { return fmt.Sprintf("nobody%d@example.test", i) }},
	} {
		answers, slowest, pages, err := floodWith(p, kind.address)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d sign-ins at a time, %s: %v, slowest of %d other pages %d ms, memory %s\n",
			engine, flood, kind.name, answers, pages, slowest.Milliseconds(), memory(p))
	}
	return nil
}

func floodWith(p *process, address func(i int) string) (answers map[int]int, slowest time.Duration, pages int, err error) {
	answers = map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range flood {
		wg.Go(func() {
			status, _, _, failed := newVisitor(p.url).ask(http.MethodPost, "/login", url.Values{"email": {address(i)}, "password": {password}})
			mu.Lock()
			defer mu.Unlock()
			answers[status]++
			if failed != nil {
				err = failed
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	other := newVisitor(p.url)
	var took []time.Duration
	for {
		begin := time.Now()
		if _, _, failed := other.get("/login"); failed != nil {
			return nil, 0, 0, failed
		}
		took = append(took, time.Since(begin))
		select {
		case <-done:
			return answers, slices.Max(took), len(took), err
		default:
		}
	}
}
