package postgres

import (
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/zclconf/go-cty/cty"
)

// New is the connector `postgres`.
func New() sdk.Connector {
	return sdk.Connector{Spec: spec(), Source: source{}, Destination: destination{}}
}

func spec() schema.Spec {
	url := schema.Arg{Name: "url", Type: cty.String, Required: true, Sensitive: true, Place: true,
		Doc: "Where the database is: `postgres://user:password@host:5432/database?sslmode=require`."}
	return schema.Spec{
		Name:    "postgres",
		Version: "1.0.0",
		Doc:     "Reads tables and queries of PostgreSQL, and keeps tables equal to what a sync sends.",
		Source: &schema.SourceSpec{
			Block: schema.Block{Doc: "A PostgreSQL database, read in one snapshot per stream.", Args: []schema.Arg{url}},
			Stream: schema.Block{Doc: "A table, a view, or a query.", Args: []schema.Arg{
				{Name: "table", Type: cty.String, Doc: "Table or view, `schema.table`; the schema is `public` if it is left out."},
				{Name: "query", Type: cty.String, Doc: "One SELECT, instead of `table`."},
			}},
		},
		Destination: &schema.DestinationSpec{Block: schema.Block{
			Doc: "A PostgreSQL database. Objects of syncs are its tables, `schema.table`.",
			Args: []schema.Arg{url, {Name: "create", Type: cty.Bool, Default: cty.False,
				Doc: "Make a table that is not there, with a primary key over the sync's key."}},
		}},
	}
}
