package state

import (
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Schema is the schema of everything the engine remembers.
const Schema = "_cdp"

// Format is the version of the tables below. A warehouse with a higher one was written by a newer cdp.
const Format = 1

func col(name string, kind schema.Kind) schema.Column {
	return schema.Column{Name: name, Type: schema.Type{Kind: kind}}
}

func text(names ...string) []schema.Column {
	columns := make([]schema.Column, len(names))
	for i, name := range names {
		columns[i] = col(name, schema.String)
	}
	return columns
}

func count(names ...string) []schema.Column {
	columns := make([]schema.Column, len(names))
	for i, name := range names {
		columns[i] = col(name, schema.Int64)
	}
	return columns
}

func join(parts ...[]schema.Column) []schema.Column {
	var columns []schema.Column
	for _, part := range parts {
		columns = append(columns, part...)
	}
	return columns
}

func table(name string, key []string, parts ...[]schema.Column) warehouse.Table {
	return warehouse.Table{Schema: Schema, Name: name, Key: key, Columns: join(parts...)}
}

func at(names ...string) []schema.Column {
	columns := make([]schema.Column, len(names))
	for i, name := range names {
		columns[i] = col(name, schema.Timestamp)
	}
	return columns
}

// The tables users may rely on, as docs/reference lists them.
var (
	Runs = table("runs", []string{"run_id"}, text("run_id", "command", "config_digest"), at("as_of", "started_at", "ended_at"),
		text("status"), count("exit_code"), text("plan_id", "allowed", "approved_by", "overridden"))
	Loads = table("loads", []string{"load_id"}, text("load_id", "run_id", "source", "stream"),
		count("extracted", "inserted", "updated", "unchanged", "deduplicated", "filtered", "rejected", "deleted"),
		text("cursor_from", "cursor_to"), at("committed_at"))
	Rejects = table("rejects", []string{"load_id"},
		text("load_id", "source", "stream", "position", "column", "code", "reason", "record"))
	Ledger = table("ledger", []string{"sync", "key"}, text("sync", "key", "customer_id", "held", "fields", "operation", "wanted",
		"status", "code", "message"), count("attempts"), text("last_run"), at("last_at"), text("delivery", "wanted_fields"))
	Receipts = table("receipts", []string{"run_id", "sync", "key"}, text("run_id", "sync", "key", "operation", "outcome", "evidence",
		"code", "message", "request_id"), at("happened_at"))
	AppliedTable = table("applied", []string{"address"}, text("address", "fingerprint", "definition", "salt", "config_digest",
		"applied_run"), at("as_of"))
)

// The tables that are the engine's own business.
var (
	meta    = table("meta", []string{"key"}, text("key", "value"))
	cursors = table("cursors", []string{"stream"}, text("stream", "value", "state", "shape", "columns", "load_id"), at("loaded_at"))
	commits = table("commits", []string{"serial"}, count("serial"), text("run_id", "address", "tables"), at("committed_at"))
	serials = table("serials", []string{"table_name"}, text("table_name"), count("serial"))
	configs = table("configs", []string{"config_digest"}, text("config_digest", "files", "variables", "withheld", "run_id"), at("applied_at"))
	letGo   = table("let_go", []string{"address"}, text("address", "definition", "run_id"), at("let_go_at"))
	plans   = table("plans", []string{"plan_id", "serial"}, text("plan_id"), count("serial"), text("run_id"), at("begun_at", "done_at"),
		text("approved_by", "drift"))
)

// documented are the tables that users may rely on.
func documented() []warehouse.Table {
	return []warehouse.Table{Runs, Loads, Rejects, Ledger, Receipts, AppliedTable}
}

// Tables are all tables of schema _cdp, for Store.Declare.
func Tables() []warehouse.Table {
	return append(documented(), meta, cursors, commits, serials, plans, configs, letGo)
}
