//go:build !unix

package file

import "io/fs"

// userMask: permissions are not bits here.
func userMask() fs.FileMode { return 0 }
