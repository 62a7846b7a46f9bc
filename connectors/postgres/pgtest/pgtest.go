package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Server is a database of its own on a running PostgreSQL server.
type Server struct {
	URL string

	t testing.TB
}

// server is the one server of a test binary; tests get databases of it.
type server struct {
	once sync.Once
	err  error // why there is none
	skip bool

	bin, dir string
	port     int
	runs     []string // what goes before a command of the server
	count    atomic.Int64
	alive    io.Closer // closed when this process ends: see stopAtEnd
}

var shared server

// Start gives a test an empty database. The first call of a test binary starts its server.
func Start(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() { shared.err = shared.start() })
	switch {
	case shared.err != nil && shared.skip && os.Getenv("CI") != "true":
		t.Skip("SKIP: ", shared.err)
	case shared.err != nil:
		t.Fatal(shared.err)
	}
	url := func(database string) string {
		return fmt.Sprintf("postgres://app@127.0.0.1:%d/%s?sslmode=disable", shared.port, database)
	}
	name := fmt.Sprintf("test%d", shared.count.Add(1))
	(&Server{URL: url("postgres"), t: t}).Exec("create database " + name)
	return &Server{URL: url(name), t: t}
}

func (s *server) start() error {
	var err error
	if s.bin, err = binaries(); err != nil {
		s.skip = true
		return err
	}
	if s.dir, err = os.MkdirTemp("", "cdp-pg-"); err != nil {
		return err
	}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := s.become(); err != nil {
			return err
		}
	}
	if s.port, err = freePort(); err != nil {
		return err
	}
	if err := s.stopAtEnd(); err != nil {
		return err
	}
	if err := s.run("initdb", "-D", s.dir+"/data", "-U", "app", "-A", "trust", "-E", "UTF8", "--no-sync"); err != nil {
		return err
	}
	return s.run("pg_ctl", "-D", s.dir+"/data", "-w", "-l", s.dir+"/log", "-o", fmt.Sprintf("-p %d -k %s -h 127.0.0.1 -c fsync=off", s.port, s.dir), "start")
}

// stopAtEnd leaves a shell behind that waits for the end of this process, however it ends, and then stops the server.
func (s *server) stopAtEnd() error {
	const script = `cat >/dev/null; "$@" >/dev/null 2>&1; rm -rf "$0"`
	args := append(append([]string{"-c", script, s.dir}, s.runs...), filepath.Join(s.bin, "pg_ctl"), "-D", s.dir+"/data", "-m", "immediate", "stop")
	cmd := exec.Command("sh", args...)
	cmd.Dir = "/"
	var err error
	if s.alive, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}

// binaries finds the newest server of the machine.
func binaries() (string, error) {
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	p, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("no PostgreSQL server binaries on this machine (Debian: apt-get install postgresql)")
	}
	if real, err := filepath.EvalSymlinks(p); err == nil {
		p = real
	}
	return filepath.Dir(p), nil
}

// become lets the server run as user postgres: it refuses to run as root.
func (s *server) become() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		s.skip = true
		return fmt.Errorf("a PostgreSQL server does not run as root, and there is no user postgres: %w", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	s.runs = []string{"runuser", "-u", "postgres", "--"}
	return os.Chown(s.dir, uid, gid)
}

func (s *server) run(name string, args ...string) error {
	line := append(append(append([]string(nil), s.runs...), filepath.Join(s.bin, name)), args...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = "/"
	// The server keeps what it inherits: a file instead of a pipe lets this command end before it.
	out, err := os.CreateTemp("", "cdp-pg-out-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Exec runs statements.
func (s *Server) Exec(sql string) {
	s.t.Helper()
	conn := s.connect()
	defer conn.Close(context.Background())
	if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

// Query returns rows as text, null as ∅.
func (s *Server) Query(sql string) [][]string {
	s.t.Helper()
	conn := s.connect()
	defer conn.Close(context.Background())
	results, err := conn.PgConn().Exec(context.Background(), sql).ReadAll()
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	var out [][]string
	for _, r := range results {
		for _, row := range r.Rows {
			values := make([]string, len(row))
			for i, v := range row {
				if values[i] = string(v); v == nil {
					values[i] = "∅"
				}
			}
			out = append(out, values)
		}
	}
	return out
}

func (s *Server) connect() *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(context.Background(), s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}
