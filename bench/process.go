package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// process is a server under measurement.
type process struct {
	url     string
	process *os.Process
	wait    func() error
}

func startPortal(program, data string) (*process, error) {
	return start(exec.Command(program, "--listen", "127.0.0.1:0", "--data", data))
}

// startBare starts this program once more, as the bare handler of a page.
func startBare(page string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(exec.Command(self, "bare", page))
}

// start runs a server until it says its url on standard output.
func start(cmd *exec.Cmd) (*process, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = nil
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "url="); found {
			return &process{url: url, process: cmd.Process, wait: cmd.Wait}, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s did not say its url", cmd.Path), cmd.Wait())
}

// stop ends a server and waits for it.
func (p *process) stop() {
	if p.process.Signal(syscall.SIGTERM) == nil {
		p.wait() //nolint:errcheck // its exit code is not what is measured
	}
}

// processCPU reads the CPU clock of another process: clock id ^pid<<3|2 (clock_gettime(2), CPUCLOCK_SCHED).
func processCPU(pid int) (time.Duration, error) {
	var t syscall.Timespec
	clock := uintptr(int32(^pid<<3 | 2)) //nolint:gosec // the kernel's own encoding
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		return 0, fmt.Errorf("CPU clock of %d: %w", pid, errno)
	}
	return time.Duration(t.Nano()), nil
}

// page is what the bare handler writes.
type page struct {
	Header http.Header
	Body   []byte
}

func writePage(file string, body []byte, header http.Header) error {
	header.Del("Date")
	text, err := json.Marshal(page{header, body})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// serveBare is the other side of every comparison: net/http, the same headers, the same bytes, nothing else.
func serveBare(file string) {
	text, err := os.ReadFile(file)
	var p page
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	listener, listenErr := net.Listen("tcp", "127.0.0.1:0")
	if err = errors.Join(err, listenErr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("bare url=http://%s\n", listener.Addr())
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for name, values := range p.Header {
			h[name] = values
		}
		w.Write(p.Body) //nolint:errcheck // the visitor is gone
	})}
	server.Serve(listener) //nolint:errcheck // ends with the process
}
