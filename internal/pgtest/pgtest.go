// Package pgtest starts a temporary PostgreSQL from what is installed on this machine, for tests and measurements. It knows nothing of
// the portal. The server listens on 127.0.0.1 alone, on a free port, in a temporary folder, and goes with the process that started it,
// however that ends.
package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrMissing: no PostgreSQL is installed here.
var ErrMissing = errors.New("PostgreSQL is not installed: apt-get install postgresql-15")

// Server is a running PostgreSQL. It trusts everybody who reaches it on loopback.
type Server struct {
	port    int
	folder  string
	bin     string
	options string
	life    io.Closer // closing it ends the server
	wait    func() error
}

// Fast leaves out what only protects against a failing machine.
const Fast = "-c fsync=off -c full_page_writes=off"

// Start starts a server with options of postgres(1). It is to be closed.
func Start(options string) (*Server, error) {
	return start(options, `initdb -D "$1/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 -N`)
}

// Standby starts a server that follows this one and only reads. It is to be closed.
func (s *Server) Standby() (*Server, error) {
	return start(s.options, fmt.Sprintf(`pg_basebackup -h 127.0.0.1 -p %d -U postgres -D "$1/data" -R -c fast -N`, s.port))
}

// start starts a server on the cluster that a line of shell makes in $1/data.
func start(options, cluster string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, bin: bin, options: options}
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	if err := s.own(); err != nil {
		return nil, err
	}
	if err := s.keeper(cluster); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), os.RemoveAll(folder))
	}
	return s, nil
}

// keep starts a cluster once it is made, and takes it away when its standard input ends: also if who started it was killed.
const keep = `trap '' INT TERM
{ %s; } >"$1/log" 2>&1 &&
pg_ctl -D "$1/data" -l "$1/log" -o "$2" -w start >>"$1/log" 2>&1 && echo ready || cat "$1/log"
read nothing
pg_ctl -D "$1/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$1"`

func (s *Server) keeper(cluster string) error {
	cmd := s.command("sh", "-c", fmt.Sprintf(keep, cluster), "sh", s.folder, s.flags())
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.life, s.wait = in, cmd.Wait
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if line == "ready\n" {
		return nil
	}
	said := make([]byte, 4096)
	n, readErr := lines.Read(said)
	return errors.Join(fmt.Errorf("%s%s", line, said[:n]), err, readErr, s.Close())
}

func (s *Server) flags() string {
	return fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories=%s -c max_connections=100 %s", s.port, s.folder, s.options)
}

// command prepares a program of PostgreSQL, as the user postgres if we are root: it refuses to run as root.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	if name != "sh" {
		name = filepath.Join(s.bin, name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "PATH="+s.bin+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if uid, gid, err := account(); err == nil && os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return cmd
}

func (s *Server) own() error {
	if os.Getuid() != 0 {
		return nil
	}
	uid, gid, err := account()
	if err != nil {
		return fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	return os.Chown(s.folder, int(uid), int(gid))
}

func account() (uid, gid uint32, err error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, err
	}
	id, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return 0, 0, err
	}
	group, err := strconv.ParseUint(u.Gid, 10, 32)
	return uint32(id), uint32(group), err
}

// URL is that of a database of this server.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// CreateDatabase makes an empty database and gives its URL.
func (s *Server) CreateDatabase(name string) (string, error) {
	if text, err := s.command("createdb", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", "postgres", name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("createdb: %w: %s", err, text)
	}
	return s.URL(name), nil
}

// Host is the address and port of this server.
func (s *Server) Host() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// Stop shuts the server down; Resume starts it again with all that it held.
func (s *Server) Stop() error { return s.control("-m", "fast", "stop") }

// Resume starts a stopped server on the same port.
func (s *Server) Resume() error {
	return s.control("-l", filepath.Join(s.folder, "log"), "-o", s.flags(), "start")
}

func (s *Server) control(args ...string) error {
	cmd := s.command("pg_ctl", append([]string{"-D", filepath.Join(s.folder, "data"), "-w"}, args...)...)
	if err := cmd.Run(); err != nil { // no pipes: the server would inherit them
		return fmt.Errorf("pg_ctl %s: %w", args[len(args)-1], err)
	}
	return nil
}

// PID is the process id of the server's first process; its children are the backends.
func (s *Server) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.folder, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(first)
}

// Close ends the server and removes everything.
func (s *Server) Close() error { return errors.Join(s.life.Close(), s.wait()) }

// binaries is the folder of the newest PostgreSQL here.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		inPath, err := exec.LookPath("initdb")
		if err != nil {
			return "", ErrMissing
		}
		found = []string{inPath}
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()                          //nolint:errcheck // it was only asked for its port
	return l.Addr().(*net.TCPAddr).Port, nil //nolint:forcetypeassert // it listens on tcp
}
