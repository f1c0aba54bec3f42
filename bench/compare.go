package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"merchant-portal/internal/pgtest"
)

// meter reads how much CPU was spent so far.
type meter func() (time.Duration, error)

// side is one of two that are compared: what one round costs, and how to do it.
type side struct {
	cost meter
	do   func() error
}

// ratios is what a comparison found, as microseconds of CPU per round.
type ratios struct{ each, ours, theirs []float64 }

// String gives the median and the quartiles.
func (r ratios) String() string {
	return fmt.Sprintf("%.2f x (quartiles %.2f to %.2f; %.0f µs against %.0f µs of CPU, %d pairs)",
		median(r.each), quantile(r.each, 0.25), quantile(r.each, 0.75), median(r.ours), median(r.theirs), len(r.each))
}

// compare measures both sides in turn, in slices of a length and of at least one round: a slow moment of the machine hits both.
func compare(pairs int, length time.Duration, ours, theirs side) (r ratios, err error) {
	const warming = 5
	for i := range pairs + warming {
		a, errA := ours.perRound(length)
		b, errB := theirs.perRound(length)
		if err := errors.Join(errA, errB); err != nil {
			return r, err
		}
		if i >= warming {
			r.each, r.ours, r.theirs = append(r.each, a/b), append(r.ours, a), append(r.theirs, b)
		}
	}
	return r, nil
}

func (s side) perRound(length time.Duration) (microseconds float64, err error) {
	before, err := s.cost()
	if err != nil {
		return 0, err
	}
	rounds := 0
	for begin := time.Now(); rounds == 0 || time.Since(begin) < length; rounds++ {
		if err := s.do(); err != nil {
			return 0, err
		}
	}
	after, err := s.cost()
	return float64((after - before).Nanoseconds()) / 1000 / float64(rounds), err
}

// none: nobody works for the portal.
func none() ([]int, error) { return nil, nil }

// backendsOf gives the processes of a PostgreSQL: they stay as long as the portal's connections do.
func backendsOf(server *pgtest.Server) func() ([]int, error) {
	return func() (pids []int, err error) {
		first, err := server.PID()
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", first, first))
		if err != nil {
			return nil, err
		}
		pids = []int{first}
		for word := range strings.FieldsSeq(string(text)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				return nil, err
			}
			pids = append(pids, pid)
		}
		return pids, nil
	}
}

// cpuOf sums the CPU of a process and of the others that work for it.
func cpuOf(pid int, others func() ([]int, error)) (time.Duration, error) {
	pids, err := others()
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, each := range append(pids, pid) {
		cpu, err := processCPU(each)
		if err != nil {
			return 0, err
		}
		sum += cpu
	}
	return sum, nil
}
