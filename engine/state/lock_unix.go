//go:build unix

package state

import "syscall"

var errReadOnly error = syscall.EROFS
