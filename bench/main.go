// Command bench measures the built portal from outside, side by side with a bare net/http handler that writes the same bytes: server CPU
// per request as a ratio, the time from start to the first answer, and the memory of a fresh process. It knows nothing of the program's inside.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"merchant-portal/internal/pgtest"
)

// The sizes of the measurement: pairs of slices, as short as is sensible, so that a slow moment of the machine hits both sides.
const (
	pairs  = 80
	slice  = 20 * time.Millisecond
	starts = 10
)

func main() {
	if len(os.Args) == 3 {
		serveBare(os.Args[1], os.Args[2])
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
	program, err := build(folder)
	if err != nil {
		return err
	}
	if err := measureStarts("SQLite", program, filepath.Join(folder, "starts")); err != nil {
		return err
	}
	if err := measure("SQLite", program, filepath.Join(folder, "sqlite"), none); err != nil {
		return err
	}
	if err := measureLogsOnSQLite(program, folder); err != nil {
		return err
	}
	if err := measureHistoriesOnSQLite(program, folder); err != nil {
		return err
	}
	server, err := pgtest.Start("") // as it is installed: every commit reaches the disk
	if err != nil {
		return err
	}
	return errors.Join(measurePostgres(server, program, folder), measureLogsOnPostgres(server, program, folder), measureHistoriesOnPostgres(server, program, folder), server.Close())
}

func measurePostgres(server *pgtest.Server, program, folder string) error {
	started, err := server.CreateDatabase("starts")
	if err != nil {
		return err
	}
	if err := measureStarts("PostgreSQL", program, filepath.Join(folder, "starts-postgres"), "--database", started); err != nil {
		return err
	}
	database, err := server.CreateDatabase("portal")
	if err != nil {
		return err
	}
	return measure("PostgreSQL", program, filepath.Join(folder, "postgres"), backendsOf(server), "--database", database)
}

// build makes the program as it is released, and says how large it is.
func build(folder string) (string, error) {
	program := filepath.Join(folder, "portal")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/portal")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, text)
	}
	info, err := os.Stat(program)
	if err != nil {
		return "", err
	}
	fmt.Printf("program: %.1f MB, static\n", float64(info.Size())/1e6)
	return program, nil
}

// measure starts the program on a database and prints what its pages, its sign-in and its sessions cost. others are the processes whose CPU counts too.
func measure(engine, program, data string, others func() ([]int, error), flags ...string) error {
	p, err := startPortal(program, data, flags...)
	if err != nil {
		return err
	}
	defer p.stop()
	fmt.Printf("%s: memory idle %s\n", engine, memory(p))
	v := newVisitor(p.url)
	if err := v.signUp(data); err != nil {
		return err
	}
	cost := func() (time.Duration, error) { return cpuOf(p.process.Pid, others) }
	for _, page := range []struct {
		name, path string
		who        *visitor
	}{{"login page", "/login", newVisitor(p.url)}, {"Access Keys page", "/sandbox/settings/access-keys", v}} {
		if err := comparePage(engine+": "+page.name, page.path, page.who, cost); err != nil {
			return err
		}
	}
	if err := measureSettings(engine, v, cost); err != nil {
		return err
	}
	if err := signInTogether(p, 8); err != nil {
		return err
	}
	fmt.Printf("%s: memory after 8 sign-ins at a time %s\n", engine, memory(p))
	if err := compareSignIn(engine, p, cost); err != nil {
		return err
	}
	for range 200 {
		who := newVisitor(p.url)
		if err := who.signIn(); err != nil {
			return err
		}
		if _, _, err := who.get("/sandbox/settings/access-keys"); err != nil {
			return err
		}
	}
	fmt.Printf("%s: memory after 200 more sign-ins %s\n", engine, memory(p))
	if err := measureFlood(engine, p); err != nil {
		return err
	}
	if err := v.signIn(); err != nil { // a key is shown to who has just typed the password
		return err
	}
	m := merchant{visitor: v, engine: engine, url: p.url, driver: "sqlite", source: "file:" + filepath.Join(data, "portal.db"), cost: cost}
	if len(flags) == 2 {
		m.driver, m.source = "pgx", flags[1]
	}
	return measureKeys(m)
}

// measureStarts prints how long it takes from exec to the first answer, and the memory then.
func measureStarts(engine, program, data string, flags ...string) error {
	var took, memory, own []float64
	for i := range starts + 1 {
		begin := time.Now()
		p, err := startPortal(program, data, flags...)
		if err != nil {
			return err
		}
		if _, _, err := newVisitor(p.url).get("/healthz"); err != nil {
			return err
		}
		if ms := float64(time.Since(begin).Microseconds()) / 1000; i == 0 {
			fmt.Printf("%s: start to first answer, new database: %.0f ms\n", engine, ms)
		} else {
			took = append(took, ms)
			memory = append(memory, memoryMiB(p.process.Pid, "VmRSS"))
			own = append(own, memoryMiB(p.process.Pid, "RssAnon"))
		}
		p.stop()
	}
	fmt.Printf("%s: start to first answer: median %.1f ms (%.1f to %.1f), fresh memory: median %.1f MiB, of it %.1f MiB its own (the rest is the program's file)\n",
		engine, median(took), slices.Min(took), slices.Max(took), median(memory), median(own))
	return nil
}

// comparePage sends the portal and a bare handler of the same bytes requests in turn and prints the ratio of their CPU per request.
func comparePage(name, path string, who *visitor, cost meter) error {
	body, header, err := who.get(path)
	if err != nil {
		return err
	}
	bare, err := startBarePage(body, header)
	if err != nil {
		return err
	}
	defer bare.stop()
	stranger := newVisitor(bare.url)
	r, err := compare(pairs, slice, side{cost, func() error { _, _, err := who.get(path); return err }},
		side{bare.cpu, func() error { _, _, err := stranger.get("/"); return err }})
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s the bare handler, %d bytes\n", name, r, len(body))
	return nil
}

// compareSignIn compares a sign-in, with all that it reads and writes, with a bare argon2id hash of the same cost.
func compareSignIn(engine string, p *process, cost meter) error {
	bare, err := startBare("hash", "once")
	if err != nil {
		return err
	}
	defer bare.stop()
	stranger := newVisitor(bare.url)
	r, err := compare(pairs, 0, side{cost, func() error { return newVisitor(p.url).signIn() }},
		side{bare.cpu, func() error { _, _, err := stranger.get("/"); return err }})
	if err != nil {
		return err
	}
	fmt.Printf("%s: sign-in: %s a bare argon2id hash\n", engine, r)
	return nil
}

// signInTogether signs in n times at the same moment.
func signInTogether(p *process, n int) error {
	outcomes := make(chan error, n)
	for range n {
		go func() { outcomes <- newVisitor(p.url).signIn() }()
	}
	var failed error
	for range n {
		failed = errors.Join(failed, <-outcomes)
	}
	return failed
}

// memory says what a process holds.
func memory(p *process) string {
	return fmt.Sprintf("%.1f MiB, of it %.1f MiB its own (peak %.1f MiB)",
		memoryMiB(p.process.Pid, "VmRSS"), memoryMiB(p.process.Pid, "RssAnon"), memoryMiB(p.process.Pid, "VmHWM"))
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
