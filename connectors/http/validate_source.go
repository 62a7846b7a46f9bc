package http

import (
	"context"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// Validate compiles everything, without any request.
func (c *source) Validate(_ context.Context, call sdk.Call) sdk.Validation {
	_, streams, found := compileSource(call)
	v := sdk.Validation{Problems: found}
	for _, request := range call.Streams {
		if streams[request.Name] != nil && !concerns(found, "stream", request.Name) {
			v.Streams = append(v.Streams, schema.Stream{Name: request.Name, PrimaryKey: request.PrimaryKey, Cursor: request.Cursor})
		}
	}
	return v
}

// concerns reports whether a problem lies below a path.
func concerns(found []sdk.Problem, path ...string) bool {
	for _, problem := range found {
		same := len(problem.Path) >= len(path) && !problem.Warning
		for i := range path {
			same = same && problem.Path[i] == path[i]
		}
		if same {
			return true
		}
	}
	return false
}

// errSampled ends a walk after its first page.
var errSampled = &sdk.Failure{Kind: sdk.FailurePermanent, Message: "sampled"}

// Check asks for the first page of the first stream that needs no other.
func (c *source) Check(ctx context.Context, call sdk.Call) error {
	for _, request := range call.Streams {
		session, s, err := c.open(call, request.Name)
		if err != nil {
			return err
		}
		if s.parent != nil {
			continue
		}
		_, err = sample(ctx, session, s)
		return err
	}
	return nil
}

// Discover reads the first page of each stream for its columns.
func (c *source) Discover(ctx context.Context, call sdk.Call) ([]schema.Stream, error) {
	var found []schema.Stream
	for _, request := range call.Streams {
		session, s, err := c.open(call, request.Name)
		if err != nil {
			return nil, err
		}
		read, err := sample(ctx, session, s)
		if err != nil {
			return nil, err
		}
		columns, _ := read.columns(request.Pinned, s.key, s.cursor)
		found = append(found, schema.Stream{Name: s.name, Columns: columns, PrimaryKey: s.key, Cursor: s.cursor})
	}
	return found, nil
}

// sample looks at the first page that has records.
func sample(ctx context.Context, session *session, s *stream) (*detector, error) {
	d := newDetector(s.pinned)
	seen := false
	w := &walk{session: session, budget: session.budget, target: s}
	pages := 0
	w.onPage = func() error {
		if pages++; seen || pages >= 10 {
			return errSampled
		}
		return nil
	}
	err := w.run(ctx, s, func(page, number int, _ []byte, record any) error {
		if fields, ok := record.(map[string]any); ok {
			d.look(fields, func() string { return place(page, number) })
			seen = true
		}
		return nil
	})
	if err == errSampled {
		err = nil
	}
	return d, err
}
