// Package pgtest starts a temporary PostgreSQL from what is installed on this machine, for tests and measurements, or takes the one that
// PORTAL_TEST_POSTGRES names. It knows nothing of the portal. A server that it starts listens on 127.0.0.1 alone, on a free port, in a temporary
// folder, and goes with the process that started it, however that ends.
package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// ErrMissing: no PostgreSQL is installed here.
var ErrMissing = errors.New("PostgreSQL is not installed: apt-get install postgresql")

// Demand fails a test for a PostgreSQL that does not start. One that is not installed only skips it aloud, but for CI (the variable CI is set).
func Demand(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
		t.Skipf("*** NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Server is a running PostgreSQL. One that was started here trusts everybody who reaches it on loopback.
type Server struct {
	address url.URL // of nobody's database
	made    []string
	port    int
	folder  string
	bin     string
	options string
	life    io.Closer // closing it ends the server
	wait    func() error
}

// Fast leaves out what only protects against a failing machine.
const Fast = "-c fsync=off -c full_page_writes=off"

// Shared is the server that PORTAL_TEST_POSTGRES names, else one that is started. It is to be closed.
func Shared(options string) (*Server, error) {
	named := os.Getenv("PORTAL_TEST_POSTGRES")
	if named == "" {
		return Start(options)
	}
	address, err := url.Parse(named)
	if err != nil {
		return nil, errors.New("PORTAL_TEST_POSTGRES is no URL")
	}
	return &Server{address: *address}, nil
}

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
	s.port, err = freePort()
	if err == nil {
		err = s.own()
	}
	if err == nil {
		err = s.keeper(cluster)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), os.RemoveAll(folder))
	}
	s.address = url.URL{Scheme: "postgres", User: url.User("postgres"), Host: s.Host(), Path: "/postgres", RawQuery: "sslmode=disable"}
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

// Admin is the URL under which databases are made.
func (s *Server) Admin() string { return s.address.String() }

// URL is that of a database of this server.
func (s *Server) URL(database string) string {
	u := s.address
	u.Path = "/" + database
	return u.String()
}

// CreateDatabase makes an empty database, which goes with the server or when it is closed, and gives its URL. The name must be plain.
func (s *Server) CreateDatabase(name string) (string, error) {
	if err := s.psql("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	s.made = append(s.made, name)
	return s.URL(name), nil
}

func (s *Server) psql(statement string) error {
	if text, err := exec.Command("psql", "-XqA", s.Admin(), "-c", statement).CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, text)
	}
	return nil
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

// Close ends the server and removes everything; of a named one, what was made there.
func (s *Server) Close() (err error) {
	if s.life != nil {
		return errors.Join(s.life.Close(), s.wait())
	}
	for _, name := range s.made {
		err = errors.Join(err, s.psql("DROP DATABASE "+name+" WITH (FORCE)"))
	}
	return err
}

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

// freePort gives a port below those that the system gives to connections: while a cluster is being made, or a server is stopped, nobody is
// given it by chance.
func freePort() (port int, err error) {
	for range 20 {
		port = 10000 + rand.IntN(20000)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}
