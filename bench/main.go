// Command bench measures the built portal from outside, side by side with a bare net/http handler that writes the same bytes: server CPU
// per request as a ratio, the time from start to the first answer, and the memory of a fresh process. It knows nothing of the program's inside.
package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The sizes of the measurement: pairs of slices, as short as is sensible, so that a slow moment of the machine hits both sides.
const (
	pairs  = 80
	slice  = 20 * time.Millisecond
	starts = 10
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		serveBare(os.Args[2])
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	folder, err := os.MkdirTemp("", "portal-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	program := filepath.Join(folder, "portal")
	if text, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/portal").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, text)
	}
	data := filepath.Join(folder, "data")
	if err := measureStarts(program, data); err != nil {
		return err
	}
	p, err := startPortal(program, data)
	if err != nil {
		return err
	}
	defer p.stop()
	v := newVisitor(p.url)
	if err := v.signUp(data); err != nil {
		return err
	}
	for _, page := range []struct {
		name, path string
		who        *visitor
	}{{"login page", "/login", newVisitor(p.url)}, {"Access Keys page", "/sandbox/settings/access-keys", v}} {
		if err := compare(folder, page.name, page.path, page.who, p); err != nil {
			return err
		}
	}
	return nil
}

// measureStarts prints how long it takes from exec to the first answer, and the memory then.
func measureStarts(program, data string) error {
	var took, memory, own []float64
	for i := range starts + 1 {
		begin := time.Now()
		p, err := startPortal(program, data)
		if err != nil {
			return err
		}
		if _, _, err := newVisitor(p.url).get("/healthz"); err != nil {
			return err
		}
		if ms := float64(time.Since(begin).Microseconds()) / 1000; i == 0 {
			fmt.Printf("start to first answer, new database: %.0f ms\n", ms)
		} else {
			took = append(took, ms)
			memory = append(memory, memoryMiB(p.process.Pid, "VmRSS"))
			own = append(own, memoryMiB(p.process.Pid, "RssAnon"))
		}
		p.stop()
	}
	fmt.Printf("start to first answer: median %.1f ms (%.1f to %.1f), fresh memory: median %.1f MiB, of it %.1f MiB its own (the rest is the program's file)\n",
		median(took), slices.Min(took), slices.Max(took), median(memory), median(own))
	return nil
}

// compare sends the portal and the bare handler requests in turn and prints the ratio of their CPU per request.
func compare(folder, name, path string, who *visitor, p *process) error {
	body, header, err := who.get(path)
	if err != nil {
		return err
	}
	file := filepath.Join(folder, "page")
	if err := writePage(file, body, header); err != nil {
		return err
	}
	bare, err := startBare(file)
	if err != nil {
		return err
	}
	defer bare.stop()
	stranger := newVisitor(bare.url)
	var ratios, ours, theirs []float64
	for i := range pairs + 5 {
		a, err := cpuPerRequest(p.process.Pid, who, path)
		if err != nil {
			return err
		}
		b, err := cpuPerRequest(bare.process.Pid, stranger, "/")
		if err != nil {
			return err
		}
		if i >= 5 { // the first pairs warm up
			ratios, ours, theirs = append(ratios, a/b), append(ours, a), append(theirs, b)
		}
	}
	fmt.Printf("%s: %.2f x the bare handler (quartiles %.2f to %.2f; %.0f µs against %.0f µs of CPU per request, %d bytes, %d pairs)\n",
		name, median(ratios), quantile(ratios, 0.25), quantile(ratios, 0.75), median(ours), median(theirs), len(body), pairs)
	return nil
}

// cpuPerRequest sends requests for the length of a slice and gives the microseconds of CPU that the server spent on each.
func cpuPerRequest(pid int, who *visitor, path string) (float64, error) {
	before, err := processCPU(pid)
	if err != nil {
		return 0, err
	}
	n := 0
	for begin := time.Now(); time.Since(begin) < slice; n++ {
		if _, _, err := who.get(path); err != nil {
			return 0, err
		}
	}
	after, err := processCPU(pid)
	return float64((after - before).Nanoseconds()) / 1000 / float64(n), err
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func quantile(values []float64, q float64) float64 {
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare[float64])
	return sorted[int(q*float64(len(sorted)-1))]
}

// memoryMiB reads one of the kernel's figures about a process's memory.
func memoryMiB(pid int, figure string) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, figure+": %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
