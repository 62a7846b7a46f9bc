package file

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// collected is everything a read said.
type collected struct {
	columns    []schema.Column
	detection  []string
	rows       []string // values joined by |, null as ∅
	rejects    []sdk.Reject
	scopes     []string
	ended      []string
	state      json.RawMessage
	complete   bool
	unchanged  bool
	batches    int
	checkpoint int
}

func (c *collected) Schema(columns []schema.Column, _ bool, detection ...string) error {
	c.columns, c.detection = columns, detection
	return nil
}

func (c *collected) Batch(record arrow.RecordBatch) error {
	c.batches++
	for row := range int(record.NumRows()) {
		values := make([]string, record.NumCols())
		for i, a := range record.Columns() {
			values[i] = "∅"
			if v, ok := valueText(a, row); ok {
				values[i] = string(v)
			}
		}
		c.rows = append(c.rows, strings.Join(values, "|"))
	}
	return nil
}
func (c *collected) Row(...any) error { panic("not used here") }
func (c *collected) Scope(name string) error {
	c.scopes = append(c.scopes, name)
	return nil
}
func (c *collected) Reject(r sdk.Reject) error { c.rejects = append(c.rejects, r); return nil }
func (c *collected) Checkpoint(state json.RawMessage) error {
	c.state = state
	c.checkpoint++
	return nil
}
func (c *collected) ScopeComplete(name string) error { c.ended = append(c.ended, name); return nil }
func (c *collected) Complete() error                 { c.complete = true; return nil }
func (c *collected) Unchanged() error                { c.unchanged = true; return nil }
func (c *collected) Progress(int64, int64, string)   {}
func (c *collected) Warn(string, string)             {}
func (c *collected) types() string {
	out := make([]string, len(c.columns))
	for i, col := range c.columns {
		out[i] = col.Name + " " + col.Type.String()
	}
	return strings.Join(out, ", ")
}

// stream describes a read in a test.
type stream struct {
	settings map[string]any
	key      []string
	cursor   string
	columns  string // "v double, n bigint"
	from     string
	full     bool
	state    json.RawMessage
	lag      time.Duration
	limits   wire.BatchLimits
}

func (s stream) request(t testing.TB) sdk.ReadRequest {
	t.Helper()
	settings, err := json.Marshal(s.settings)
	if err != nil {
		t.Fatal(err)
	}
	var columns []schema.Column
	for _, def := range strings.Split(s.columns, ", ") {
		name, kind, ok := strings.Cut(def, " ")
		if !ok {
			continue
		}
		parsed, err := schema.ParseType(kind)
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, schema.Column{Name: name, Type: parsed})
	}
	return sdk.ReadRequest{
		Call:   sdk.Call{Address: "source.f", Settings: wire.Settings("{}"), Streams: []sdk.StreamRequest{{Name: "t", Settings: settings, PrimaryKey: s.key, Cursor: s.cursor}}},
		Stream: "t", Columns: columns, Cursor: s.from, Full: s.full, State: s.state, Lag: s.lag, Batch: s.limits,
	}
}

func (s stream) read(t testing.TB) (*collected, error) {
	t.Helper()
	out := &collected{}
	err := source{}.Read(context.Background(), s.request(t), out)
	return out, err
}

func (s stream) must(t testing.TB) *collected {
	t.Helper()
	out, err := s.read(t)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// write puts a file into a new folder and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	put(t, p, text)
	return p
}

func put(t testing.TB, p, text string) {
	t.Helper()
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func of(path string) stream { return stream{settings: map[string]any{"path": path}} }

func newReader(text string) *strings.Reader { return strings.NewReader(text) }
