package sdktest

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"sync"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/zclconf/go-cty/cty"
)

// shelf is a well-behaved connector: counts as a source, a map in a process as a destination.
func shelf() sdk.Connector {
	tool := &shelfTool{records: map[string]map[string]any{}}
	return sdk.Connector{
		Spec: schema.Spec{
			Name: "shelf", Version: "0.1.0", Doc: "Keeps records in memory.",
			Source: &schema.SourceSpec{
				Block:  schema.Block{Args: []schema.Arg{{Name: "token", Type: cty.String, Required: true, Sensitive: true, Doc: "Any word."}}},
				Stream: schema.Block{Args: []schema.Arg{{Name: "rows", Type: cty.Number, Required: true, Doc: "How many rows."}}},
			},
			Destination: &schema.DestinationSpec{Block: schema.Block{Args: []schema.Arg{
				{Name: "token", Type: cty.String, Required: true, Sensitive: true, Doc: "Any word."}}}},
		},
		Source: shelfSource{}, Destination: tool,
	}
}

type shelfSource struct{}

var shelfColumns = []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.Int64}}, {Name: "text", Type: schema.Type{Kind: schema.String}}}

func (shelfSource) Validate(_ context.Context, call sdk.Call) (v sdk.Validation) {
	for _, s := range call.Streams {
		var settings struct{ Rows int }
		if err := sdk.Decode(s.Settings, &settings); err != nil {
			v.Problems = append(v.Problems, sdk.Problem{Path: []string{"stream", s.Name, "rows"}, Offset: -1, Summary: "Bad number of rows", Detail: "rows is a number."})
			continue
		}
		v.Streams = append(v.Streams, schema.Stream{Name: s.Name, Columns: shelfColumns, PrimaryKey: []string{"id"}, Cursor: "id", OrderedByCursor: true})
	}
	return v
}

func (shelfSource) Check(context.Context, sdk.Call) error                       { return nil }
func (shelfSource) Discover(context.Context, sdk.Call) ([]schema.Stream, error) { return nil, nil }

func (shelfSource) Read(_ context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	var settings struct{ Rows int }
	if err := sdk.Decode(req.Call.Streams[0].Settings, &settings); err != nil {
		return err
	}
	if settings.Rows < 0 {
		return &sdk.Failure{Kind: sdk.FailureAuth, Message: "the token is refused"}
	}
	from := 0
	if req.State != nil {
		if err := json.Unmarshal(req.State, &from); err != nil {
			return err
		}
	}
	if from == settings.Rows && !req.Full && req.State != nil {
		return out.Unchanged()
	}
	if err := out.Schema(shelfColumns, true); err != nil {
		return err
	}
	for i := from; i < settings.Rows; i++ {
		if err := out.Row(i, fmt.Sprintf("row %d", i)); err != nil {
			return err
		}
		if i%10 == 9 || i == settings.Rows-1 {
			if err := out.Checkpoint(json.RawMessage(fmt.Sprint(i + 1))); err != nil {
				return err
			}
		}
	}
	return out.Complete()
}

type shelfTool struct {
	mu      sync.Mutex
	records map[string]map[string]any
}

func (s *shelfTool) Validate(_ context.Context, call sdk.Call) (v sdk.Validation) {
	for _, o := range call.Objects {
		v.Objects = append(v.Objects, schema.Object{Name: o.Name, Readback: true, Operations: []schema.Operation{
			{Op: schema.OpUpsert, Evidence: schema.EvidenceRecord, Idempotent: true}}})
	}
	return v
}

func (s *shelfTool) Check(context.Context, sdk.Call) error { return nil }

func (s *shelfTool) Open(context.Context, sdk.WriteRequest) (sdk.Writer, error) { return s, nil }

func (s *shelfTool) Write(ctx context.Context, b sdk.Batch) ([]sdk.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sdk.SetEvidence(ctx, "shelf")
	results := make([]sdk.Result, 0, len(b.Records))
	for _, r := range b.Records {
		if s.records[r.ID] == nil {
			s.records[r.ID] = map[string]any{}
		}
		for _, f := range r.Fields {
			s.records[r.ID][f.Name] = f.Value
		}
		results = append(results, sdk.Result{ID: r.ID, Outcome: sdk.OK})
	}
	return results, nil
}

func (s *shelfTool) Finish(context.Context) (string, error) { return "shelf", nil }
func (s *shelfTool) Abort()                                 {}

func (s *shelfTool) Readback(_ context.Context, _ sdk.ReadbackRequest, yield func(sdk.ReadbackRecord) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.records))
	for id := range s.records {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		fields, err := json.Marshal(s.records[id])
		if err != nil {
			return err
		}
		if err := yield(sdk.ReadbackRecord{ID: id, Fields: fields}); err != nil {
			return err
		}
	}
	return nil
}

func shelfRead(rows int) func(testing.TB) wire.ReadRequest {
	return func(testing.TB) wire.ReadRequest {
		return wire.ReadRequest{
			Stream: "counts",
			Call: wire.Call{
				Address: "source.shelf", Settings: wire.Settings(`{"token":"open sesame"}`),
				Streams: []wire.StreamRequest{{Name: "counts", Settings: wire.Settings(fmt.Sprintf(`{"rows":%d}`, rows)), Cursor: "id"}},
			},
		}
	}
}

func TestSuiteOnAWellBehavedConnector(t *testing.T) {
	Run(t, Case{
		Connector: shelf(),
		Streams: []Stream{
			{Name: "counts", Setup: shelfRead(95), Rows: 95},
			{Name: "nothing", Setup: shelfRead(0)},
			{Name: "refused", Setup: shelfRead(-1), Fails: sdk.FailureAuth},
		},
		Objects: []Object{{Name: "things", Setup: shelfTarget}},
	})
}

func shelfTarget(testing.TB) Target {
	return Target{
		Request: wire.WriteRequest{
			Call: wire.Call{Address: "destination.shelf", Settings: wire.Settings(`{"token":"open sesame"}`),
				Objects: []wire.ObjectRequest{{Name: "things", Key: []string{"email"}, Fields: []string{"n"}}}},
			Object: "things", Concurrency: 2,
			Key:    []schema.Column{{Name: "email", Type: schema.Type{Kind: schema.String}}},
			Fields: []schema.Column{{Name: "n", Type: schema.Type{Kind: schema.Int64}}},
		},
		Batches: []Operations{
			{Op: schema.OpUpsert, Records: []Record{{Key: []any{"a@example.com"}, Fields: []any{1}}, {Key: []any{"b@example.com"}, Fields: []any{nil}}}},
			{Op: schema.OpUpsert, Records: []Record{{Key: []any{"c@example.com"}, Fields: []any{3}}}},
		},
	}
}
