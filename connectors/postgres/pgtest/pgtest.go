package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Server is a running PostgreSQL server.
type Server struct {
	URL string

	t    testing.TB
	bin  string
	data string
	runs []string // what goes before a command of the server
}

// Start starts a server; it is stopped when the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	bin, err := binaries()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("SKIP: ", err)
	}
	dir, err := os.MkdirTemp("", "cdp-pg-") // not t.TempDir: the path of its socket has to be short, and others must get in
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, bin: bin, data: filepath.Join(dir, "data")}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if os.Geteuid() == 0 {
		s.become(dir)
	}
	port := freePort(t)
	s.run("initdb", "-D", s.data, "-U", "app", "-A", "trust", "-E", "UTF8", "--no-sync")
	s.run("pg_ctl", "-D", s.data, "-w", "-l", filepath.Join(dir, "log"), "-o", fmt.Sprintf("-p %d -k %s -h 127.0.0.1 -c fsync=off", port, dir), "start")
	t.Cleanup(func() { s.run("pg_ctl", "-D", s.data, "-m", "immediate", "stop") })
	s.URL = fmt.Sprintf("postgres://app@127.0.0.1:%d/postgres?sslmode=disable", port)
	return s
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
func (s *Server) become(dir string) {
	s.t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		s.t.Skip("SKIP: a PostgreSQL server does not run as root, and there is no user postgres: ", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err1 != nil || err2 != nil {
		s.t.Fatal(err1, err2)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		s.t.Fatal(err)
	}
	s.runs = []string{"runuser", "-u", "postgres", "--"}
}

func (s *Server) run(name string, args ...string) {
	s.t.Helper()
	line := append(append(append([]string(nil), s.runs...), filepath.Join(s.bin, name)), args...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = "/"
	// The server keeps what it inherits: an own file instead of a pipe lets this command end before it.
	out, err := os.CreateTemp("", "cdp-pg-out-")
	if err != nil {
		s.t.Fatal(err)
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		s.t.Fatalf("%s: %v\n%s", name, err, text)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
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
