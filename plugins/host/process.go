package host

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/plugins/wire"
	"google.golang.org/grpc"
)

// process is a connector's process, its pipes and its private directory.
type process struct {
	name     string
	grace    time.Duration
	cmd      *exec.Cmd
	dir      *privateDir
	output   *output
	pipes    []io.Closer // our ends: output and lifeline
	address  string
	exited   chan struct{}
	state    *os.ProcessState // set before exited is closed
	stopOnce sync.Once
}

// passed are the only variables of our environment that a connector sees. They name trusted certificates.
var passed = []string{"SSL_CERT_FILE", "SSL_CERT_DIR"}

func startProcess(ctx context.Context, command Command, o Options, secrets *redactor) (*process, error) {
	p := &process{name: command.Name, grace: o.Grace, exited: make(chan struct{}), output: newOutput(command.Name, secrets, o.Output)}
	first, err := p.spawn(command, o)
	if err != nil {
		p.cleanUp()
		return nil, &Death{Connector: command.Name, Cause: "could not be started: " + plainCause(err)}
	}
	if err := p.handshake(ctx, first); err != nil {
		p.kill()
		p.cleanUp()
		return nil, err
	}
	return p, nil
}

// plainCause is the system's reason without our path in it.
func plainCause(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		return text[i+2:]
	}
	return text
}

// spawn starts the process and returns what its first line will come from.
func (p *process) spawn(command Command, o Options) (io.Reader, error) {
	path, err := exec.LookPath(command.Path)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if p.dir, err = newPrivateDir(o.TempDir); err != nil {
		return nil, err
	}
	ends, err := openPipes()
	if err != nil {
		return nil, err
	}
	p.pipes = []io.Closer{ends.stdout, ends.stderr, ends.lifeline}
	p.cmd = exec.Command(path, command.Args...)
	p.cmd.Dir = p.dir.path
	p.cmd.Env = p.environment(o.Env)
	p.cmd.Stdout, p.cmd.Stderr = ends.childStdout, ends.childStderr
	p.cmd.ExtraFiles = []*os.File{ends.childLifeline}
	err = p.launch()
	ends.closeChild()
	if err != nil {
		return nil, err
	}
	go p.output.follow(ends.stderr)
	return ends.stdout, nil
}

// environment is all a connector knows of ours: no HOME, no PATH, no credentials.
func (p *process) environment(extra []string) []string {
	env := []string{
		wire.CookieKey + "=" + wire.CookieValue,
		"PLUGIN_PROTOCOL_VERSIONS=" + strconv.Itoa(wire.ProtocolVersion),
		"PLUGIN_UNIX_SOCKET_DIR=" + p.dir.path,
		wire.LifelineKey + "=3",
		wire.PrivateDirKey + "=" + p.dir.path,
		"TMPDIR=" + p.dir.path,
		"TZ=UTC",
	}
	for _, name := range passed {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, extra...)
}

// handshake reads go-plugin's line from standard output: core version, our version, network, address, protocol.
func (p *process) handshake(ctx context.Context, stdout io.Reader) error {
	type answer struct {
		line string
		err  error
	}
	lines := make(chan answer, 1)
	reader := bufio.NewReaderSize(stdout, 4096)
	go func() {
		line, err := reader.ReadSlice('\n')
		lines <- answer{string(line), err}
		p.output.follow(reader)
	}()
	var got answer
	select {
	case got = <-lines:
	case <-p.exited:
		// What it wrote last may still be in the pipe.
		select {
		case got = <-lines:
		case <-time.After(100 * time.Millisecond):
		}
	case <-ctx.Done():
		if ctx.Err() == context.DeadlineExceeded {
			return p.death("did not begin to answer in time")
		}
		return ctx.Err()
	}
	if got.err != nil || got.line == "" {
		if cause, dead := p.ended(time.Second); dead {
			return p.death(cause + " before it could be called")
		}
		return p.death("broke the protocol: it wrote something else than the handshake on standard output")
	}
	return p.parseHandshake(strings.TrimSpace(got.line))
}

func (p *process) parseHandshake(line string) error {
	parts := strings.Split(line, "|")
	if len(parts) < 5 || parts[0] != "1" {
		return p.death("broke the protocol: it wrote something else than the handshake on standard output")
	}
	if parts[1] != strconv.Itoa(wire.ProtocolVersion) {
		return p.death(fmt.Sprintf("speaks protocol %s; this cdp speaks %d", printable(parts[1], 20), wire.ProtocolVersion))
	}
	if parts[2] != "unix" || parts[4] != "grpc" || filepath.Dir(parts[3]) != p.dir.path {
		return p.death("broke the protocol: it does not listen with gRPC on a socket in its directory")
	}
	p.address = parts[3]
	return nil
}

func (p *process) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", p.address)
}

// followStdio shows what a connector prints through go-plugin's own stream. Connectors of our SDK print to standard error.
func (p *process) followStdio(conn *grpc.ClientConn) { go followStdio(conn, p.output) }

// ended waits a little for the process to end and says how it did.
func (p *process) ended(wait time.Duration) (cause string, dead bool) {
	select {
	case <-p.exited:
		return exitCause(p.state), true
	case <-time.After(wait):
		return "", false
	}
}

func (p *process) death(cause string) *Death {
	return &Death{Connector: p.name, Cause: cause, Output: p.output.tail()}
}

// stop asks the process to end, and kills it and all it started if it does not in time.
func (p *process) stop(ask func(context.Context)) {
	p.stopOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), p.grace)
		defer cancel()
		go ask(ctx)
		select {
		case <-p.exited:
		case <-ctx.Done():
		}
		p.kill()
		p.cleanUp()
	})
}

// kill ends the whole process group. It may be called again and again.
func (p *process) kill() {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	killGroup(p.cmd.Process.Pid)
	select {
	case <-p.exited:
	case <-time.After(5 * time.Second):
		// A process in an uninterruptible call ends when the kernel lets it: nothing more can be done here.
	}
}

func (p *process) cleanUp() {
	for _, c := range p.pipes {
		_ = c.Close()
	}
	if p.dir != nil {
		p.dir.remove()
	}
}

// pipeEnds are the pipes between host and connector.
type pipeEnds struct {
	stdout, stderr, lifeline                *os.File
	childStdout, childStderr, childLifeline *os.File
}

func openPipes() (e pipeEnds, err error) {
	opened := make([]*os.File, 0, 6)
	pipe := func() (r, w *os.File) {
		if err != nil {
			return nil, nil
		}
		if r, w, err = os.Pipe(); err == nil {
			opened = append(opened, r, w)
		}
		return r, w
	}
	e.stdout, e.childStdout = pipe()
	e.stderr, e.childStderr = pipe()
	e.childLifeline, e.lifeline = pipe()
	if err != nil {
		for _, f := range opened {
			_ = f.Close()
		}
	}
	return e, err
}

func (e pipeEnds) closeChild() {
	for _, f := range []*os.File{e.childStdout, e.childStderr, e.childLifeline} {
		_ = f.Close()
	}
}
