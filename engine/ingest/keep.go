package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// A saved plan keeps the rows it extracted, so that apply publishes exactly those: what the source has meanwhile comes with
// the next run. Everything further down the chain follows from them and from the warehouse.

// keptLoad is a Result as it lies beside a saved plan, with its rows in Arrow files named after the deltas.
type keptLoad struct {
	Result       *Result `json:"result"`
	Checkpointed bool    `json:"checkpointed"`
}

// keptName is the file of what kind for a stream: the result, or rows of its n-th delta.
func keptName(address, kind string) string { return address + "." + kind }

// Keep writes a load into a folder of a saved plan. The files hold people's data: only their owner may read them.
func Keep(ctx context.Context, store warehouse.Store, dir string, r *Result) error {
	for i, d := range r.Deltas {
		for kind, from := range relationsOf(d) {
			if err := keepRows(ctx, store, from, filepath.Join(dir, keptName(r.Address, strconv.Itoa(i)+kind))); err != nil {
				return fmt.Errorf("keeping %s: %w", r.Address, err)
			}
		}
	}
	text, err := json.Marshal(keptLoad{r, r.checkpoint != nil})
	if err != nil {
		return fmt.Errorf("keeping %s: %w", r.Address, err)
	}
	return os.WriteFile(filepath.Join(dir, keptName(r.Address, "json")), text, 0o600)
}

// relationsOf are a delta's relations in scratch, by what their rows are.
func relationsOf(d warehouse.Delta) map[string]sqlgen.Relation {
	out := map[string]sqlgen.Relation{}
	if d.Insert != (sqlgen.Relation{}) {
		out["+"] = d.Insert
	}
	if d.Delete != (sqlgen.Relation{}) {
		out["-"] = d.Delete
	}
	return out
}

func keepRows(ctx context.Context, store warehouse.Store, from sqlgen.Relation, path string) error {
	reader, err := statements.Read(ctx, store, "delta_rows", map[string]any{"Delta": from})
	if err != nil {
		return err
	}
	defer reader.Release()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	out := ipc.NewWriter(file, ipc.WithSchema(reader.Schema()))
	for reader.Next() {
		if err := out.Write(reader.RecordBatch()); err != nil {
			return err
		}
	}
	if err := reader.Err(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return file.Close()
}

// Restore brings back a load that was kept, as if Compute had just read it. The caller has made sure that the stream's table
// is as it was then. Not kept is fs.ErrNotExist.
func Restore(ctx context.Context, store warehouse.Store, spec *Spec, dir string) (*Result, error) {
	text, err := os.ReadFile(filepath.Join(dir, keptName(spec.Address, "json")))
	if err != nil {
		return nil, err
	}
	var kept keptLoad
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("reading what was kept of %s: %w", spec.Address, err)
	}
	r := kept.Result
	if kept.Checkpointed {
		r.checkpoint = &wire.Checkpoint{}
	}
	if err := store.Declare(ctx, r.Table); err != nil {
		return nil, err
	}
	for i, d := range r.Deltas {
		for kind, into := range relationsOf(d) {
			if err := restoreRows(ctx, store, into, filepath.Join(dir, keptName(r.Address, strconv.Itoa(i)+kind))); err != nil {
				return nil, fmt.Errorf("reading what was kept of %s: %w", spec.Address, err)
			}
		}
	}
	if r.Blocked() {
		return r, nil
	}
	c := &computing{result: r}
	return r, store.Stage(ctx, c.staged()...)
}

func restoreRows(ctx context.Context, store warehouse.Store, into sqlgen.Relation, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	reader, err := ipc.NewReader(file)
	if err != nil {
		return err
	}
	defer reader.Release()
	if _, err := store.Load(ctx, into, reader); err != nil {
		return err
	}
	if err := reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// Digest names the rows a load would write and take away, whatever their order: two loads with the same digest change the
// table in the same way. Empty: nothing changes.
func Digest(ctx context.Context, store warehouse.Store, r *Result) (string, error) {
	sum := sha256.New()
	written := false
	for _, d := range r.Deltas {
		relations := relationsOf(d)
		for _, kind := range []string{"+", "-"} {
			from, ok := relations[kind]
			if !ok {
				continue
			}
			rows, err := digestOf(ctx, store, from)
			if err != nil {
				return "", fmt.Errorf("digesting %s: %w", r.Address, err)
			}
			_, _ = fmt.Fprintf(sum, "%s%s\n", d.Table, kind)
			for _, row := range rows {
				n, _ := warehouse.Int(row[1])
				_, _ = fmt.Fprintf(sum, "%s %d\n", warehouse.Text(row[0]), n)
			}
			written = true
		}
	}
	if !written {
		return "", nil
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func digestOf(ctx context.Context, store warehouse.Store, from sqlgen.Relation) ([]warehouse.Row, error) {
	reader, err := statements.Read(ctx, store, "delta_columns", map[string]any{"Delta": from})
	if err != nil {
		return nil, err
	}
	var columns []schema.Column
	for _, f := range reader.Schema().Fields() {
		columns = append(columns, schema.Column{Name: f.Name})
	}
	reader.Release()
	return statements.Rows(ctx, store, "delta_digest", map[string]any{"Delta": from, "Columns": schema.Names(columns)})
}
