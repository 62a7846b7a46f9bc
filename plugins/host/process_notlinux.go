//go:build unix && !linux

package host

import "syscall"

// launch starts the process in a group of its own. The lifeline alone ends it with the host.
func (p *process) launch() error {
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go p.await()
	return nil
}
