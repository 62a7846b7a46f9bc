package file

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// source reads files.
type source struct{}

// part is one file of a stream, opened for what its format needs.
type part interface {
	// survey adds the file's columns to t, and looks at its values where types are not known.
	survey(ctx context.Context, number int, t *table) error
	// read makes rows and rejects of the file, in the order of its records. line counts from 1.
	read(ctx context.Context, t *table, s shape, give func(c chunk, position func(setAside) string) error) error
}

func (source) Validate(_ context.Context, call sdk.Call) sdk.Validation {
	var v sdk.Validation
	for _, stream := range call.Streams {
		var s streamSettings
		if err := sdk.Decode(stream.Settings, &s); err != nil {
			v.Problems = append(v.Problems, sdk.Problem{Path: []string{"stream", stream.Name}, Summary: "Settings not understood", Detail: err.Error(), Offset: -1})
			continue
		}
		if problems := s.problems(stream.Name); len(problems) > 0 {
			v.Problems = append(v.Problems, problems...)
			continue
		}
		v.Streams = append(v.Streams, schema.Stream{Name: stream.Name, PrimaryKey: stream.PrimaryKey, Cursor: stream.Cursor})
	}
	return v
}

func (source) Check(_ context.Context, call sdk.Call) error {
	for _, stream := range call.Streams {
		var s streamSettings
		if err := sdk.Decode(stream.Settings, &s); err != nil {
			return err
		}
		files, err := resolve(s, stream.Name)
		if err != nil {
			return err
		}
		for _, f := range files {
			in, err := os.Open(f.path)
			if err != nil {
				return pathFailure(stream.Name, f.path, err)
			}
			in.Close()
		}
	}
	return nil
}

func (s source) Discover(ctx context.Context, call sdk.Call) ([]schema.Stream, error) {
	var out []schema.Stream
	for _, stream := range call.Streams {
		r, err := s.open(sdk.ReadRequest{Call: call, Stream: stream.Name, Columns: stream.Pinned})
		if err != nil {
			return nil, err
		}
		t, _, err := r.survey(ctx, r.files)
		if err != nil {
			return nil, err
		}
		columns, _ := t.columns()
		out = append(out, schema.Stream{Name: stream.Name, Columns: columns, PrimaryKey: stream.PrimaryKey, Cursor: stream.Cursor})
	}
	return out, nil
}

// reading is one read of one stream.
type reading struct {
	req      sdk.ReadRequest
	stream   sdk.StreamRequest
	settings streamSettings
	files    []found
	before   state
	prints   map[string]fingerprint
	changed  []found // new, or not certainly as they were
	gone     bool
}

func (s source) open(req sdk.ReadRequest) (*reading, error) {
	r := &reading{req: req}
	for _, stream := range req.Call.Streams {
		if stream.Name == req.Stream {
			r.stream = stream
		}
	}
	if r.stream.Name == "" {
		return nil, fmt.Errorf("no stream %q in the call", req.Stream)
	}
	if err := sdk.Decode(r.stream.Settings, &r.settings); err != nil {
		return nil, err
	}
	var err error
	r.files, err = resolve(r.settings, req.Stream)
	return r, err
}

// compare finds out which files are not certainly as they were.
func (s source) compare(r *reading) error {
	now := time.Now()
	r.before = readState(r.req.State, setupOf(r.stream))
	r.prints = make(map[string]fingerprint, len(r.files))
	for _, f := range r.files {
		p, err := s.fingerprint(f, now)
		if err != nil {
			return pathFailure(r.req.Stream, f.path, err)
		}
		r.prints[f.name] = p
		if was, ok := r.before.Files[f.name]; !ok || !p.same(was) {
			r.changed = append(r.changed, f)
		}
	}
	for name := range r.before.Files {
		if _, ok := r.prints[name]; !ok {
			r.gone = true
		}
	}
	return nil
}

func (s source) Read(ctx context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	r, err := s.open(req)
	if err != nil {
		return err
	}
	if err := s.compare(r); err != nil {
		return err
	}
	partial := r.stream.Cursor != "" && !req.Full
	if r.before.Files != nil && len(r.changed) == 0 && (!r.gone || partial) {
		return out.Unchanged()
	}
	files := r.files
	if partial {
		files = r.changed
	}
	t, parts, err := r.survey(ctx, files)
	if err != nil {
		return err
	}
	columns, detection := t.columns()
	if err := out.Schema(columns, false, detection...); err != nil {
		return err
	}
	for i, f := range files {
		if err := r.readFile(ctx, f, parts[i], t, columns, partial, out); err != nil {
			return err
		}
	}
	if err := r.steady(files); err != nil {
		return err
	}
	after := state{Version: 1, Setup: r.before.Setup, Files: r.prints}
	if partial && len(r.before.Files) > 0 {
		for name, p := range r.before.Files {
			if _, ok := r.prints[name]; !ok {
				after.Files[name] = p
			}
		}
	}
	if err := out.Checkpoint(encodeJSON(after)); err != nil {
		return err
	}
	return out.Complete()
}

func (r *reading) survey(ctx context.Context, files []found) (*table, []part, error) {
	t := newTable(r.req)
	var parts []part
	for i, f := range files {
		p := r.part(f)
		t.files = append(t.files, f.name)
		if err := p.survey(ctx, i, t); err != nil {
			return nil, nil, err
		}
		parts = append(parts, p)
	}
	return t, parts, nil
}

func (r *reading) part(f found) part {
	switch f.format {
	case "parquet":
		return &parquetPart{found: f, stream: r.req.Stream}
	case "json", "jsonl":
		return &jsonPart{found: f, stream: r.req.Stream, settings: r.settings}
	}
	return &csvPart{found: f, stream: r.req.Stream, settings: r.settings}
}

// shape is what rows of the stream look like; since is set for files that were read before.
func (r *reading) shape(columns []schema.Column, again bool) shape {
	s := shape{columns: columns, arrow: schema.ArrowSchema(columns), limits: limits{rows: r.req.Batch.Rows, bytes: r.req.Batch.Bytes}, cursorColumn: -1, sizes: newSizes(len(columns))}
	if s.limits.rows <= 0 || s.limits.rows > 65536 {
		s.limits.rows = 65536
	}
	if s.limits.bytes <= 0 {
		s.limits.bytes = 4 << 20
	}
	for _, name := range r.stream.PrimaryKey {
		if c, ok := schema.Find(columns, name); ok {
			s.key = append(s.key, c)
		}
	}
	if len(s.key) < len(r.stream.PrimaryKey) {
		s.key = nil
	}
	for _, k := range s.key {
		s.keyAt = append(s.keyAt, slices.IndexFunc(columns, func(c schema.Column) bool { return c.Name == k.Name }))
	}
	if !again {
		return s
	}
	for i, c := range columns {
		if c.Name == r.stream.Cursor {
			s.cursorColumn = i
			s.since = newThreshold(c.Type, r.req.Cursor, r.req.Lag)
		}
	}
	return s
}

func (r *reading) readFile(ctx context.Context, f found, p part, t *table, columns []schema.Column, partial bool, out sdk.Emitter) error {
	keyless := len(r.stream.PrimaryKey) == 0
	if keyless {
		if err := out.Scope(f.name); err != nil {
			return err
		}
	}
	// Rows before the cursor are left out of files that were read before, never of new ones: a late file may hold old rows.
	// Without a key a file replaces what it gave, so it is needed whole.
	_, before := r.before.Files[f.name]
	var done int64
	err := p.read(ctx, t, r.shape(columns, partial && before && !keyless), func(c chunk, position func(setAside) string) error {
		for _, b := range c.batches {
			err := out.Batch(b)
			b.Release()
			if err != nil {
				return err
			}
		}
		for _, x := range c.rejects {
			x.Position = position(x)
			if err := out.Reject(x.Reject); err != nil {
				return err
			}
		}
		done += c.seen
		out.Progress(done, 0, "rows")
		return ctx.Err()
	})
	if err == nil && keyless {
		err = out.ScopeComplete(f.name)
	}
	return err
}

// steady says whether the files are still as they were when the read began.
func (r *reading) steady(files []found) error {
	for _, f := range files {
		info, err := os.Stat(f.path)
		if err == nil && info.Size() == f.info.Size() && info.ModTime().Equal(f.info.ModTime()) && inode(info) == inode(f.info) {
			continue
		}
		return &sdk.Failure{Kind: sdk.FailureTransient, Message: f.name + " changed while it was read",
			Detail: "Nothing of it was taken. Write files under another name and rename them when they are whole, or run again."}
	}
	return nil
}
