package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

const unfinished = ".cdp-unfinished"

// rowWriter writes rows in one format. Close ends the format, not the file.
type rowWriter interface {
	write(record arrow.RecordBatch) error
	close() error
}

// writer writes one file under a hidden name and renames it at the end.
type writer struct {
	root    *os.Root
	name    string // under root
	temp    string
	file    *os.File
	rows    rowWriter
	columns []schema.Column
	batch   []string // names of the batch's columns, in the order of columns
	once    bool     // a file of that name may not be there yet
	ended   bool
	mu      sync.Mutex
}

func newWriter(root *os.Root, req sdk.WriteRequest) (*writer, error) {
	w := &writer{root: root, name: filepath.FromSlash(fileName(req.Object, req.RunID, req.AsOf.UTC().Format("2006-01-02")))}
	w.once = req.Append && !strings.Contains(req.Object, "{run}")
	if _, err := root.Lstat(w.name); w.once && err == nil {
		return nil, w.there()
	}
	dir, base := filepath.Split(w.name)
	w.temp = filepath.Join(dir, "."+base+unfinished)
	for _, c := range req.Key {
		w.columns, w.batch = append(w.columns, c), append(w.batch, "key."+c.Name)
	}
	for _, c := range req.Fields {
		w.columns, w.batch = append(w.columns, c), append(w.batch, "field."+c.Name)
	}
	if dir != "" {
		if err := root.MkdirAll(filepath.Clean(dir), 0o777); err != nil {
			return nil, w.failure(err)
		}
	}
	w.clearOld(dir, path.Base(req.Object))
	f, err := root.OpenFile(w.temp, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, w.failure(err)
	}
	w.file = f
	if w.rows, err = newRowWriter(f, encodingOf(w.name), w.columns); err != nil {
		w.Abort()
		return nil, w.failure(err)
	}
	return w, nil
}

// clearOld removes what a killed run left of this object.
func (w *writer) clearOld(dir, object string) {
	entries, err := fs.ReadDir(w.root.FS(), path.Clean(filepath.ToSlash(dir)))
	if err != nil {
		return
	}
	pattern := "." + fileName(object, "*", "*") + unfinished
	for _, e := range entries {
		if ok, err := path.Match(pattern, e.Name()); ok && err == nil {
			_ = w.root.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

func (w *writer) Write(_ context.Context, batch sdk.Batch) ([]sdk.Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil, &sdk.Failure{Kind: sdk.FailurePermanent, Message: "The file " + w.name + " is closed"}
	}
	record, err := w.pick(batch.Arrow)
	if err != nil {
		return nil, err
	}
	defer record.Release()
	if err := w.rows.write(record); err != nil {
		return nil, w.failure(err)
	}
	return nil, nil
}

// pick takes the key and field columns out of a batch.
func (w *writer) pick(in arrow.RecordBatch) (arrow.RecordBatch, error) {
	arrays := make([]arrow.Array, len(w.columns))
	for i, name := range w.batch {
		at := in.Schema().FieldIndices(name)
		if len(at) != 1 {
			return nil, fmt.Errorf("the batch has no column %q", name)
		}
		arrays[i] = in.Column(at[0])
	}
	return array.NewRecordBatch(schema.ArrowSchema(w.columns), arrays, in.NumRows()), nil
}

func (w *writer) Finish(context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return "", &sdk.Failure{Kind: sdk.FailurePermanent, Message: "The file " + w.name + " is closed"}
	}
	if err := w.publish(); err != nil {
		w.abort()
		return "", w.failure(err)
	}
	w.ended = true
	w.root.Close()
	return "rename", nil
}

// publish makes the file last and gives it its name.
func (w *writer) publish() error {
	if err := w.rows.close(); err != nil {
		return err
	}
	if err := w.file.Chmod(w.mode()); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil {
		return err
	}
	if err := w.rename(); err != nil {
		return err
	}
	dir, err := w.root.Open(filepath.Dir(w.name))
	if err != nil {
		return err
	}
	defer dir.Close()
	// Some file systems do not sync folders; the rename is done all the same.
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// rename gives the file its name. What was appended under that name before is not replaced.
func (w *writer) rename() error {
	if !w.once {
		return w.root.Rename(w.temp, w.name)
	}
	switch err := w.root.Link(w.temp, w.name); {
	case errors.Is(err, fs.ErrExist):
		return w.there()
	case err != nil:
		return err
	}
	return w.root.Remove(w.temp)
}

func (w *writer) there() error {
	return &sdk.Failure{Kind: sdk.FailureConfig, Message: "The file " + w.name + " is there already",
		Detail: "An earlier run wrote it, and rows that were appended are never replaced. Put {run} into its name: then every run writes a file of its own."}
}

// mode is that of the file that is replaced, else what the user's umask leaves.
func (w *writer) mode() fs.FileMode {
	if info, err := w.root.Stat(w.name); err == nil {
		return info.Mode().Perm()
	}
	return 0o666 &^ userMask()
}

// Abort leaves no trace.
func (w *writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.abort()
}

func (w *writer) abort() {
	if w.ended {
		return
	}
	w.ended = true
	w.file.Close()
	_ = w.root.Remove(w.temp)
	w.root.Close()
}

// failure puts an error of the file system into words.
func (w *writer) failure(err error) error {
	var f *sdk.Failure
	if errors.As(err, &f) {
		return f
	}
	return dirFailure(filepath.Join(w.root.Name(), w.name), err)
}

func dirFailure(p string, err error) error {
	f := &sdk.Failure{Kind: sdk.FailurePermanent, Message: "Cannot write " + p}
	reason := err.Error()
	var perr *fs.PathError
	if errors.As(err, &perr) {
		reason = perr.Err.Error()
	}
	var lerr *os.LinkError
	if errors.As(err, &lerr) {
		reason = lerr.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		f.Kind, f.Path = sdk.FailureConfig, []string{"dir"}
		f.Detail = "The folder cannot be written by this user, or its disk is read-only. The file that was there is as it was."
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EEXIST):
		f.Kind, f.Path = sdk.FailureConfig, []string{"dir"}
		f.Detail = "A part of its path is a file, not a folder."
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		f.Detail = "The disk is full. The file that was there is as it was; make room and run again."
	case strings.Contains(reason, "escapes"):
		f.Kind, f.Path = sdk.FailureConfig, []string{"dir"}
		f.Detail = "A link in its path leads out of the destination's folder."
	default:
		f.Detail = "The system says: " + reason + ". The file that was there is as it was."
	}
	return f
}
