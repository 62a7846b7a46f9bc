package host

import (
	"runtime"
	"syscall"
)

// launch starts the process in a group of its own. The kernel's parent-death signal is the second rope beside the
// lifeline: it follows the thread that started the process, so that thread stays with it until it ends.
func (p *process) launch() error {
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.await()
		}
	}()
	return <-started
}
