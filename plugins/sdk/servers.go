package sdk

import (
	"context"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Estimator is a Source that can say how much a read would yield without reading it.
type Estimator interface {
	Estimate(ctx context.Context, req ReadRequest) (wire.Estimate, error)
}

// ObjectLister is a Destination that can say which objects there are.
type ObjectLister interface {
	Discover(ctx context.Context, call Call) ([]schema.Object, error)
}

type connectorServer struct{ connector Connector }

func (s connectorServer) Spec(context.Context) (schema.Spec, error) { return s.connector.Spec, nil }

// Validate checks the settings against the spec first: the author's code never sees an argument it did not declare.
func (s connectorServer) Validate(ctx context.Context, role string, call Call) (v Validation, err error) {
	validate, blocks, failure := s.role(role)
	if failure != nil {
		return v, failure
	}
	if v.Problems = checkCall(blocks, call); len(v.Problems) > 0 {
		return v, nil
	}
	err = guard("validating "+call.Address, wire.FailurePermanent, func() error {
		v = validate(ctx, call)
		return nil
	})
	return v, err
}

func (s connectorServer) Check(ctx context.Context, role string, call Call) error {
	if _, _, failure := s.role(role); failure != nil {
		return failure
	}
	return guard("checking "+call.Address, wire.FailurePermanent, func() error {
		if role == wire.RoleSource {
			return s.connector.Source.Check(ctx, call)
		}
		return s.connector.Destination.Check(ctx, call)
	})
}

// role is the side of the connector that is meant, with its blocks.
func (s connectorServer) role(role string) (func(context.Context, Call) Validation, callBlocks, error) {
	c := s.connector
	if role == wire.RoleSource && c.Source != nil && c.Spec.Source != nil {
		return c.Source.Validate, callBlocks{block: c.Spec.Source.Block, stream: c.Spec.Source.Stream}, nil
	}
	if role == wire.RoleDestination && c.Destination != nil && c.Spec.Destination != nil {
		return c.Destination.Validate, callBlocks{block: c.Spec.Destination.Block}, nil
	}
	return nil, callBlocks{}, &wire.Failure{Kind: FailureConfig, Message: "connector " + c.Spec.Name + " is not a " + role}
}

type sourceServer struct {
	source Source
	spec   schema.Spec
}

func (s sourceServer) Discover(ctx context.Context, call Call) (streams []schema.Stream, err error) {
	err = guard("discovering "+call.Address, wire.FailurePermanent, func() (err error) {
		streams, err = s.source.Discover(ctx, call)
		return err
	})
	return streams, err
}

func (s sourceServer) Estimate(ctx context.Context, req ReadRequest) (e wire.Estimate, err error) {
	estimator, ok := s.source.(Estimator)
	if !ok {
		return e, nil
	}
	err = guard("estimating "+req.Stream, wire.FailurePermanent, func() (err error) {
		e, err = estimator.Estimate(ctx, req)
		return err
	})
	return e, err
}

func (s sourceServer) Read(ctx context.Context, req ReadRequest, session *wire.ReadSession) error {
	req.Batch = boundedBatch(req.Batch)
	out := newEmitter(ctx, req, session)
	err := guard("reading "+req.Stream, wire.FailurePermanent, func() error { return s.source.Read(ctx, req, out) })
	return out.finish(err)
}

// boundedBatch fills in limits and keeps them within the protocol's.
func boundedBatch(b wire.BatchLimits) wire.BatchLimits {
	if b.Rows <= 0 || b.Rows > wire.MaxBatchRows {
		b.Rows = wire.MaxBatchRows
	}
	if b.Bytes <= 0 || b.Bytes > 4*wire.MaxBatchBytes {
		b.Bytes = wire.MaxBatchBytes
	}
	return b
}

type destinationServer struct {
	destination Destination
	spec        schema.Spec
}

func (s destinationServer) Discover(ctx context.Context, call Call) (objects []schema.Object, err error) {
	lister, ok := s.destination.(ObjectLister)
	if !ok {
		return nil, &wire.Failure{Kind: FailurePermanent, Code: "unsupported",
			Message: "connector " + s.spec.Name + " cannot list the objects of a tool"}
	}
	err = guard("discovering "+call.Address, wire.FailurePermanent, func() (err error) {
		objects, err = lister.Discover(ctx, call)
		return err
	})
	return objects, err
}

func (s destinationServer) Write(ctx context.Context, req WriteRequest, session *wire.WriteSession) error {
	return newDriver(s.destination, req, session).run(ctx)
}

func (s destinationServer) Readback(ctx context.Context, req ReadbackRequest, yield func(ReadbackRecord) error) error {
	return guard("reading back "+req.Object, wire.FailurePermanent, func() error {
		return s.destination.Readback(ctx, req, yield)
	})
}
