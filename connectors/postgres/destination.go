package postgres

import (
	"context"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
)

// batchRecords is how many records one transaction takes.
const batchRecords = 2000

// destination writes tables.
type destination struct{}

func (destination) Validate(_ context.Context, call sdk.Call) sdk.Validation {
	v, ok := accountValidation(call)
	if !ok {
		return v
	}
	for _, o := range call.Objects {
		if _, err := tableName(o.Name); err != nil {
			v.Problems = append(v.Problems, sdk.Problem{Path: []string{"object", o.Name}, Offset: -1, Summary: "Not the name of a table",
				Detail: err.Error() + ". It is written schema.table; a name with a dot or capitals in quotes: \\\"Sales\\\".orders."})
			continue
		}
		v.Objects = append(v.Objects, object(o.Name))
	}
	return v
}

func object(name string) schema.Object {
	o := schema.Object{Name: name, Readback: true, Partial: true, Doc: "A table. A batch is one transaction; every row is answered from what the statement returned."}
	for _, op := range []schema.Op{schema.OpUpsert, schema.OpAdd, schema.OpUpdate, schema.OpRemove, schema.OpDelete, schema.OpAppend, schema.OpReplace} {
		o.Operations = append(o.Operations, schema.Operation{Op: op, MaxRecords: batchRecords, Idempotent: op != schema.OpAppend, Evidence: schema.EvidenceRecord})
	}
	return o
}

func (destination) Check(ctx context.Context, call sdk.Call) error {
	return source{}.Check(ctx, call)
}

func (destination) Open(_ context.Context, req sdk.WriteRequest) (sdk.Writer, error) {
	a, err := account(req.Call)
	if err != nil {
		return nil, err
	}
	name, err := tableName(req.Object)
	if err != nil {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Message: "Not the name of a table", Detail: err.Error() + "."}
	}
	return &writer{account: a, name: name, req: req}, nil
}

func (destination) Readback(ctx context.Context, req sdk.ReadbackRequest, yield func(sdk.ReadbackRecord) error) error {
	a, err := account(req.Call)
	if err != nil {
		return err
	}
	name, err := tableName(req.Object)
	if err != nil {
		return &sdk.Failure{Kind: sdk.FailureConfig, Message: "Not the name of a table", Detail: err.Error() + "."}
	}
	conn, err := connect(ctx, a.URL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return readback(ctx, conn, name, req, yield)
}

func quoted(names ...string) string { return pgx.Identifier(names).Sanitize() }
