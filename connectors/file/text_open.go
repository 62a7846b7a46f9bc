package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/cdp-engine/cdp/plugins/sdk"
	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// damaged is an error of the bytes of a file, not of reading them.
type damaged struct{ err error }

func (d damaged) Error() string { return d.err.Error() }

// textFile is a file being read, decompressed.
type textFile struct {
	io.Reader
	close []func() error
}

func (t *textFile) Close() error {
	var first error
	for i := len(t.close) - 1; i >= 0; i-- {
		if err := t.close[i](); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// glance reads the beginning of a text; whole: there is no more of it.
func glance(in io.Reader) (head []byte, whole bool, err error) {
	head = make([]byte, firstGlance)
	n, err := io.ReadFull(in, head)
	whole = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !whole {
		return nil, false, err
	}
	return head[:n], whole, nil
}

// openText opens a file at a byte of its text.
func openText(f found, stream string, start int64) (*textFile, error) {
	in, err := os.Open(f.path)
	if err != nil {
		return nil, pathFailure(stream, f.path, err)
	}
	t := &textFile{Reader: in, close: []func() error{in.Close}}
	switch f.compression {
	case "gz":
		z, err := kgzip.NewReader(in)
		if err != nil {
			t.Close()
			return nil, readFailure(f, stream, damaged{err})
		}
		t.Reader, t.close = marking{z}, append(t.close, z.Close)
	case "zst":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(256<<20))
		if err != nil {
			t.Close()
			return nil, readFailure(f, stream, damaged{err})
		}
		t.Reader, t.close = marking{z}, append(t.close, func() error { z.Close(); return nil })
	default:
		_, err = in.Seek(start, io.SeekStart)
		start = 0
	}
	if err == nil && start > 0 {
		_, err = io.CopyN(io.Discard, t.Reader, start)
	}
	if err != nil {
		t.Close()
		return nil, readFailure(f, stream, err)
	}
	return t, nil
}

// marking tells errors of decompression from errors of the disk.
type marking struct{ in io.Reader }

func (m marking) Read(p []byte) (int, error) {
	n, err := m.in.Read(p)
	var perr *fs.PathError
	if err != nil && err != io.EOF && !errors.As(err, &perr) {
		err = damaged{err}
	}
	return n, err
}

// readFailure puts an error of reading a file into words.
func readFailure(f found, stream string, err error) error {
	var bad damaged
	var perr *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		detail := "Its compressed data is damaged or cut off: " + bad.Error() + "."
		if errors.Is(bad.err, kgzip.ErrHeader) || errors.Is(bad.err, zstd.ErrMagicMismatch) {
			detail = fmt.Sprintf("Its name ends in .%s, but it is not compressed that way.", f.compression)
		}
		return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", stream, "path"}, Message: "Cannot read " + f.name, Detail: detail}
	case errors.As(err, &perr):
		return pathFailure(stream, f.path, err)
	}
	return err
}
