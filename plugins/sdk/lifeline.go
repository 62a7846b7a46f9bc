//go:build unix

package sdk

import (
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// watchLifeline ends this process and all it started when the host is gone, even if the host was killed: the reading end
// of a pipe ends when the last writing end closes, and only the host has one. SIGTERM, which the kernel sends when the
// host's thread dies, does the same.
func watchLifeline() {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-terminated
		endGroup()
	}()
	fd, err := strconv.Atoi(os.Getenv(wire.LifelineKey))
	if err != nil || fd < 3 {
		return
	}
	syscall.CloseOnExec(fd)
	pipe := os.NewFile(uintptr(fd), "lifeline")
	go func() {
		_, _ = io.Copy(io.Discard, pipe)
		endGroup()
	}()
}

// endGroup removes the private directory and kills the process group, if it is ours.
func endGroup() {
	if dir := os.Getenv(wire.PrivateDirKey); dir != "" {
		_ = os.RemoveAll(dir)
	}
	if syscall.Getpgrp() == os.Getpid() {
		_ = syscall.Kill(0, syscall.SIGKILL)
	}
	os.Exit(1)
}
