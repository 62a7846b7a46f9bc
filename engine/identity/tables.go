package identity

import (
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// TableSet is the tables of one identity.
type TableSet struct {
	Members, Identifiers, Redirects, History, Rejections warehouse.Table
	Retired                                              warehouse.Table // of the engine: members that retired ids had
}

// Tables are the tables this package keeps for an identity.
func Tables(id *config.Identity) TableSet {
	text, number := schema.Type{Kind: schema.String}, schema.Type{Kind: schema.Int64}
	flag, stamp := schema.Type{Kind: schema.Bool}, schema.Type{Kind: schema.Timestamp}
	name, key := id.Addr.Ident(), id.IDColumn()
	return TableSet{
		Members: warehouse.Table{Schema: name, Name: "members", Key: []string{"input", "record_key"}, Columns: []schema.Column{
			{Name: key, Type: text}, {Name: "input", Type: text}, {Name: "record_key", Type: text}}},
		Identifiers: warehouse.Table{Schema: name, Name: "identifiers", Key: []string{key, "identifier", "value"}, Columns: []schema.Column{
			{Name: key, Type: text}, {Name: "identifier", Type: text}, {Name: "value", Type: text}, {Name: "records", Type: number}, {Name: "shared", Type: flag}}},
		Redirects: warehouse.Table{Schema: name, Name: "redirects", Key: []string{"from_id"}, Columns: []schema.Column{
			{Name: "from_id", Type: text}, {Name: "to_id", Type: text}, {Name: "since_run", Type: text}}},
		History: warehouse.Table{Schema: name, Name: "history", Columns: []schema.Column{
			{Name: "run_id", Type: text}, {Name: "happened_at", Type: stamp}, {Name: "event", Type: text}, {Name: key, Type: text},
			{Name: "other_id", Type: text}, {Name: "reason", Type: text}}},
		Rejections: warehouse.Table{Schema: name, Name: "rejections", Key: []string{"identifier", "value", "rule", "reason"}, Columns: []schema.Column{
			{Name: "identifier", Type: text}, {Name: "value", Type: text}, {Name: "rule", Type: text}, {Name: "reason", Type: text},
			{Name: "records", Type: number}, {Name: "evidence", Type: text}}},
		Retired: warehouse.Table{Schema: "_cdp", Name: "retired_" + name, Key: []string{"id"}, Columns: []schema.Column{
			{Name: "id", Type: text}, {Name: "input", Type: text}, {Name: "record_key", Type: text}, {Name: "anchor", Type: flag}}},
	}
}

// All lists them, for Store.Declare.
func (t TableSet) All() []warehouse.Table {
	return []warehouse.Table{t.Members, t.Identifiers, t.Redirects, t.History, t.Rejections, t.Retired}
}

// RecordsRelation is where the records of an identity lie in scratch.
func RecordsRelation(id *config.Identity) sqlgen.Relation {
	return sqlgen.Relation{Schema: "work", Name: id.Addr.Ident() + ".records"}
}

// InputRelation is the view of an input's stream that has the record key as column "_cdp_record".
func InputRelation(id *config.Identity, input string) sqlgen.Relation {
	return sqlgen.Relation{Schema: "work", Name: id.Addr.Ident() + ".input." + input}
}
