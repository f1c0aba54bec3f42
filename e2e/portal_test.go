package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the built portal.
var program string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "portal-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	program = filepath.Join(folder, "portal")
	build := exec.Command("go", "build", "-o", program, "./cmd/portal")
	build.Dir = ".."
	if text, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the portal: %v\n%s", err, text)
		return 1
	}
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if os.Getenv("PORTAL_SCREENSHOTS") != "" {
		if err := sheets(); err != nil {
			fmt.Fprintln(os.Stderr, "contact sheets:", err)
			return 1
		}
	}
	return code
}

// portal is one running program.
type portal struct {
	url       string
	data      string
	log       *lockedBuffer
	cmd       *exec.Cmd
	announced chan string
	done      chan error
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String gives what was written so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// startPortal starts the program on a data folder and waits until it says where it is. It ends with the test, if not before.
func startPortal(t *testing.T, data string, flags ...string) *portal {
	t.Helper()
	p := launch(t, data, flags...)
	select {
	case p.url = <-p.announced:
	case err := <-p.done:
		t.Fatalf("the portal ended at once: %v\n%s", err, p.log)
	case <-time.After(20 * time.Second):
		t.Fatalf("the portal did not say its url\n%s", p.log)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.stop(t)
		}
		if t.Failed() {
			t.Logf("log of the portal:\n%s", p.log)
		}
	})
	return p
}

// launch starts the program and waits for nothing.
func launch(t *testing.T, data string, flags ...string) *portal {
	t.Helper()
	p := &portal{data: data, log: new(lockedBuffer), done: make(chan error, 1), announced: make(chan string, 1)}
	p.cmd = exec.Command(program, append([]string{"--listen", "127.0.0.1:0", "--data", data, "--support-email", "support@example.test"}, flags...)...)
	p.cmd.Stderr = p.log
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, "PORTAL_") })
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, url, found := strings.Cut(lines.Text(), "url="); found {
				p.announced <- url
			}
		}
		p.done <- p.cmd.Wait()
	}()
	return p
}

// stop ends the program as an operator would and wants exit code 0.
func (p *portal) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	select {
	case err := <-p.done:
		if err != nil {
			t.Errorf("SIGTERM: %v, want exit code 0\n%s", err, p.log)
		}
	case <-time.After(15 * time.Second):
		t.Error("the portal did not end within 15 s of SIGTERM")
	}
}
