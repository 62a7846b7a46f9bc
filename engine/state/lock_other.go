//go:build !unix

package state

import "errors"

var errReadOnly = errors.New("read-only file system")
