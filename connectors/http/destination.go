package http

import (
	"context"
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// destination writes objects.
type destination struct{ accounts *accounts }

// Validate compiles everything, without any request, and says what each object can do.
func (d *destination) Validate(_ context.Context, call sdk.Call) sdk.Validation {
	t, found := compileDestination(call)
	v := sdk.Validation{Problems: found}
	for _, request := range call.Objects {
		o := t.objects[request.Name]
		if o == nil {
			v.Problems = append(v.Problems, t.unknown(request))
			continue
		}
		if !concerns(found, "object", request.Name) {
			v.Objects = append(v.Objects, o.describe())
		}
	}
	return v
}

// unknown is a sync's object that the destination does not declare. Its path leads to no block of the destination, so
// the host shows it where the sync names it.
func (t *tool) unknown(request sdk.ObjectRequest) sdk.Problem {
	var known []string
	for name := range t.objects {
		known = append(known, name)
	}
	slices.Sort(known)
	return sdk.Problem{Path: []string{"object", request.Name}, Offset: -1, Summary: "Unknown object",
		Detail: fmt.Sprintf("This destination declares no object %q.%s Declare it: object %q { … }.", request.Name, sdk.DidYouMean(request.Name, known), request.Name)}
}

// open compiles the destination and finds its session and one object.
func (d *destination) open(call sdk.Call, name string) (*session, *toolObject, error) {
	t, found := compileDestination(call)
	if len(found) > 0 {
		return nil, nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: found[0].Path, Message: found[0].Summary + ": " + found[0].Detail}
	}
	o := t.objects[name]
	if o == nil {
		return nil, nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"object", name}, Message: fmt.Sprintf("this destination declares no object %q", name)}
	}
	s, err := d.accounts.session(call, t.settings, t.concurrency)
	return s, o, err
}

// Open begins writing one object; no request is made.
func (d *destination) Open(_ context.Context, req sdk.WriteRequest) (sdk.Writer, error) {
	s, o, err := d.open(req.Call, req.Object)
	if err != nil {
		return nil, err
	}
	if req.Op == schema.OpReplace && o.operations[schema.OpReplace] == nil {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"object", o.name}, Message: fmt.Sprintf("the object %q declares no operation \"replace\"", o.name)}
	}
	return &writer{session: s, object: o, request: req, keys: newKeyReader(req.Key)}, nil
}

// Check reads the first page of an object's readback or, where there is none, gets a token; nothing is written.
func (d *destination) Check(ctx context.Context, call sdk.Call) error {
	t, found := compileDestination(call)
	if len(found) > 0 {
		return &sdk.Failure{Kind: sdk.FailureConfig, Path: found[0].Path, Message: found[0].Summary + ": " + found[0].Detail}
	}
	s, err := d.accounts.session(call, t.settings, t.concurrency)
	if err != nil {
		return err
	}
	for _, request := range call.Objects {
		if o := t.objects[request.Name]; o != nil && o.readback != nil {
			_, err := sample(ctx, s, o.readback)
			return err
		}
	}
	if s.tokens != nil {
		_, err = s.tokens.get(ctx)
	}
	return err
}
