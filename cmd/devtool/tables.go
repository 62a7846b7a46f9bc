package main

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// tableDocs says what a row of each table is. Columns come from the code.
var tableDocs = map[string]string{
	"members":         "Which record is whose: every record once.",
	"identifiers":     "Identifiers of each customer, in their normal form. `shared`: other customers have it too.",
	"redirects":       "Where an id that was merged away lives on. `to_id` is always a living id.",
	"history":         "Created, merged, split, retired, resurrected: what happened to each id. Append-only.",
	"rejections":      "Links that were cut, with the reason: blocked values, hubs, limits, conflicts.",
	"provenance":      "Where each golden value came from.",
	"segments":        "Membership now.",
	"segment_history": "Who entered and left which segment, and when. Append-only.",
	"runs":            "One row per command that could change something.",
	"loads":           "One row per load of a stream. `extracted = inserted + updated + unchanged + deduplicated + filtered + rejected`, always.",
	"rejects":         "Records that could not be loaded: whole, as text, with position and reason.",
	"ledger":          "What each tool is known to hold from us, by sync and key. `held` is null where it holds nothing of ours.",
	"receipts":        "Every send of an operation, with the evidence the tool gave. `outcome` is ok, noop, rejected, unknown, or retried where the operation was to be sent again. Append-only.",
	"applied":         "The config that is in force, without secrets.",
}

// tablesPage is the reference of the tables a user may rely on.
func tablesPage() string {
	id := &config.Identity{Block: config.Block{Addr: addr.Address{Type: "identity", Name: "identity"}}}
	set := identity.Tables(id)
	segments, history := segment.Tables(id)
	var out strings.Builder
	out.WriteString("# Tables\n\nAll of them can be read with `cdp query`, or by any DuckDB client while no run holds the file. " +
		"Times are UTC.\n\n## What was loaded\n\n")
	fmt.Fprintf(&out, "### `raw_<source>.<stream>`\n\nOne row per primary key (`upsert`), per record (`append`), per version (`scd2`). "+
		"The source's own columns as the source calls them, then `%s`, `%s`, `%s` (null for a row that is there). "+
		"`scd2` adds `%s` and `%s`; a stream without a key has `%s`, the file its row came from.\n",
		ingest.LoadColumn, ingest.LoadedAtColumn, ingest.DeletedAtColumn, ingest.ValidFromColumn, ingest.ValidToColumn, ingest.ScopeColumn)
	out.WriteString("\n### `model.<name>`\n\nThe columns of its SELECT.\n")
	out.WriteString("\n## Who is who\n\nThe schema is the identity's name. The id column is `<identity>_id`: `customer_id` for `identity \"customer\"`.\n")
	out.WriteString("\n### `<identity>.profiles`\n\nOne row per customer: the id, attributes, identifiers that no attribute names, traits.\n")
	for _, t := range []warehouse.Table{set.Members, set.Identifiers, set.Redirects, set.History, set.Rejections, profile.Provenance(id), segments, history} {
		tableDoc(&out, "<identity>."+t.Name, t)
	}
	out.WriteString("\n## What the engine did\n")
	for _, t := range []warehouse.Table{state.Runs, state.Loads, state.Rejects, state.Ledger, state.Receipts, state.AppliedTable} {
		tableDoc(&out, t.String(), t)
	}
	out.WriteString("\nOther tables of schema `_cdp` are the engine's own business and may change.\n")
	return out.String()
}

func tableDoc(out *strings.Builder, name string, t warehouse.Table) {
	fmt.Fprintf(out, "\n### `%s`\n\n%s\n\n| column | type |\n|---|---|\n", name, tableDocs[t.Name])
	for _, c := range t.Columns {
		fmt.Fprintf(out, "| `%s` | %s |\n", c.Name, c.Type.String())
	}
}
