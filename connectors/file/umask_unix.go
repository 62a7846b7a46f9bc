//go:build unix

package file

import (
	"io/fs"
	"sync"
	"syscall"
)

// userMask is the umask of this process, which can only be read by setting it.
var userMask = sync.OnceValue(func() fs.FileMode {
	mask := syscall.Umask(0o077)
	syscall.Umask(mask)
	return fs.FileMode(mask)
})
