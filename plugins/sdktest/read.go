package sdktest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Read is all that one read yielded.
type Read struct {
	Schema      *wire.Schema
	Rows        []string // each a JSON list of its values, in the order of the schema's columns
	Values      [][]any
	Scopes      []string // of each row
	Rejects     []*wire.Reject
	Checkpoints []Checkpoint
	Statuses    []*wire.Status
	Notices     []*wire.Notice
	Largest     int64 // rows of the largest batch
}

// Checkpoint is a checkpoint and how many rows came before it.
type Checkpoint struct {
	State json.RawMessage
	Rows  int
}

// End is the status of the stream as a whole; zero if it has none.
func (r *Read) End() wire.Status {
	for _, s := range r.Statuses {
		if s.Scope == "" {
			return *s
		}
	}
	return wire.Status{}
}

// ReadAll reads one stream to its end. The error is nil where the connector ended in order.
func ReadAll(ctx context.Context, c host.Connector, req wire.ReadRequest) (*Read, error) {
	reading, err := c.Read(ctx, req)
	if err != nil {
		return nil, err
	}
	defer reading.Close()
	out := &Read{}
	for {
		m, err := reading.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if cp, ok := m.(*wire.Checkpoint); ok {
			if err := reading.Committed(ctx, cp.ID); err != nil {
				return out, err
			}
		}
		if err := out.add(m); err != nil {
			return out, err
		}
	}
}

func (r *Read) add(m wire.Message) error {
	switch m := m.(type) {
	case *wire.Schema:
		r.Schema = m
	case *wire.Batch:
		defer m.Record.Release()
		r.Largest = max(r.Largest, m.Record.NumRows())
		for _, values := range sdk.Rows(m.Record) {
			text, err := json.Marshal(values)
			if err != nil {
				return err
			}
			r.Rows, r.Values, r.Scopes = append(r.Rows, string(text)), append(r.Values, values), append(r.Scopes, m.Scope)
		}
	case *wire.Reject:
		r.Rejects = append(r.Rejects, m)
	case *wire.Checkpoint:
		r.Checkpoints = append(r.Checkpoints, Checkpoint{State: m.State, Rows: len(r.Rows)})
	case *wire.Status:
		r.Statuses = append(r.Statuses, m)
	case *wire.Notice:
		r.Notices = append(r.Notices, m)
	}
	return nil
}

// mustRead reads a stream that has to end complete.
func mustRead(t *testing.T, c host.Connector, req wire.ReadRequest) *Read {
	t.Helper()
	r, err := ReadAll(t.Context(), c, req)
	if err != nil {
		t.Fatalf("reading: %v", err)
	}
	for _, n := range r.Notices {
		discreet(t, "a warning", n.Summary+n.Detail)
	}
	if end := r.End(); !end.Complete && !end.Unchanged {
		t.Fatal("the read ended incomplete, without an error")
	}
	return r
}

// discreet fails where the host had to take a secret out of what a connector says.
func discreet(t *testing.T, what, text string) {
	t.Helper()
	if strings.Contains(text, "[redacted]") {
		t.Errorf("%s shows a secret: %s", what, text)
	}
}

// cursorAfter is the newest cursor value of the first n rows, as the host keeps it.
func (r *Read) cursorAfter(n int, column string) string {
	if column == "" || r.Schema == nil {
		return ""
	}
	at := -1
	for i, c := range r.Schema.Columns {
		if c.Name == column {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	newest := ""
	var best any
	for _, row := range r.Values[:n] {
		if row[at] != nil && (best == nil || sdk.CompareValues(row[at], best) > 0) {
			best = row[at]
			newest = sdk.CanonicalText(best, r.Schema.Columns[at].Type)
		}
	}
	return newest
}

// cursorOf is the cursor column of the stream that a request is about.
func cursorOf(req wire.ReadRequest) string {
	for _, s := range req.Call.Streams {
		if s.Name == req.Stream {
			return s.Cursor
		}
	}
	return ""
}
