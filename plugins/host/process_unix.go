//go:build unix

package host

import (
	"fmt"
	"os"
	"syscall"
)

// await reaps the process.
func (p *process) await() {
	_ = p.cmd.Wait()
	p.state = p.cmd.ProcessState
	close(p.exited)
}

// killGroup kills a process and all it started, unless they left its group.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// exitCause says in words how a process ended.
func exitCause(s *os.ProcessState) string {
	if s == nil {
		return "ended in an unknown way"
	}
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		switch sig := ws.Signal(); sig {
		case syscall.SIGKILL:
			return "was killed by signal 9, likely out of memory"
		default:
			return fmt.Sprintf("was killed by signal %d (%s)", int(sig), sig)
		}
	}
	return fmt.Sprintf("exited with status %d", s.ExitCode())
}
