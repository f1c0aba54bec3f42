package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/crypto/argon2"
)

// process is a server under measurement.
type process struct {
	url     string
	process *os.Process
	wait    func() error
}

// startPortal starts the program. Its master key is made up: PostgreSQL wants one to be given.
func startPortal(program, data string, flags ...string) (*process, error) {
	secret := make([]byte, 32)
	rand.Read(secret) //nolint:errcheck // never fails
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	key := filepath.Join(data, "master.key")
	if _, err := os.Stat(key); err != nil {
		if err := os.WriteFile(key, []byte(base64.StdEncoding.EncodeToString(secret)), 0o600); err != nil {
			return nil, err
		}
	}
	return start(exec.Command(program, append([]string{"--listen", "127.0.0.1:0", "--data", data}, flags...)...))
}

// startBare starts this program once more, as the other side of a comparison.
func startBare(what, with string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(exec.Command(self, what, with))
}

func startBarePage(body []byte, header http.Header) (*process, error) {
	file, err := os.CreateTemp("", "page")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // a temporary file
	header.Del("Date")
	text, err := json.Marshal(page{header, body})
	if err != nil {
		return nil, err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return startBare("page", file.Name())
}

// cpu is the meter of one process.
func (p *process) cpu() (time.Duration, error) { return processCPU(p.process.Pid) }

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
	clock := uintptr(int32(^pid<<3 | 2)) // the kernel's own encoding
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

// serveBare is the other side of every comparison: net/http and the same headers and bytes ("page" and its file), or one argon2id hash of the
// portal's cost ("hash"), or one verification ("verify"), and nothing else.
func serveBare(what, file string) {
	var p page
	var err error
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		argon2.IDKey([]byte("kopi tubruk di teras belakang"), make([]byte, 16), 2, 19*1024, 1, 32)
	})
	switch what {
	case "verify":
		handler, err = verifier()
	case "page":
		var text []byte
		if text, err = os.ReadFile(file); err == nil {
			err = json.Unmarshal(text, &p)
		}
		handler = p.write
	}
	listener, listenErr := net.Listen("tcp", "127.0.0.1:0")
	if err = errors.Join(err, listenErr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("bare url=http://%s\n", listener.Addr())
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: handler}
	server.Serve(listener) //nolint:errcheck // ends with the process
}

func (p *page) write(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	for name, values := range p.Header {
		h[name] = values
	}
	w.Write(p.Body) //nolint:errcheck // the visitor is gone
}
