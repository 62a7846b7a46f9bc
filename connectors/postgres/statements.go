package postgres

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// staging is the temporary table that a batch's records are copied into: their number, then key and field columns with the
// types of the target.
const staging = "cdp_batch"

func (t *target) createStaging() string {
	columns := []string{"n int"}
	for i, c := range t.key {
		columns = append(columns, fmt.Sprintf("k%d %s", i, c.sql))
	}
	for i, c := range t.fields {
		columns = append(columns, fmt.Sprintf("f%d %s", i, c.sql))
	}
	return "create temporary table " + staging + " (" + strings.Join(columns, ", ") + ") on commit delete rows"
}

// parts of statements, for the fields that a group of records carries.
type parts struct {
	table   string
	key     string // "id", "kind"
	all     string // key and fields
	staged  string // b.k0, b.k1, b.f0
	match   string // t."id" = b.k0 and …
	matchW  string // the same for what a statement returned, w
	set     string // "v" = b.f0
	setNew  string // "v" = excluded."v"
	same    string // the carried fields have the staged values
	returns string // t."id" as k0
}

func (t *target) parts(carried []int) parts {
	p := parts{table: t.name.Sanitize()}
	var key, all, staged, match, matchW, set, setNew, same, returns []string
	for i, c := range t.key {
		name := quoted(c.name)
		key, all, staged = append(key, name), append(all, name), append(staged, fmt.Sprintf("b.k%d", i))
		match = append(match, fmt.Sprintf("t.%s = b.k%d", name, i))
		matchW = append(matchW, fmt.Sprintf("w.k%d = b.k%d", i, i))
		returns = append(returns, fmt.Sprintf("t.%s as k%d", name, i))
	}
	for _, i := range carried {
		name := quoted(t.fields[i].name)
		all, staged = append(all, name), append(staged, fmt.Sprintf("b.f%d", i))
		set = append(set, fmt.Sprintf("%s = b.f%d", name, i))
		setNew = append(setNew, fmt.Sprintf("%s = excluded.%s", name, name))
		same = append(same, fmt.Sprintf("t.%s::text is not distinct from b.f%d::text", name, i))
	}
	p.key, p.all, p.staged = strings.Join(key, ", "), strings.Join(all, ", "), strings.Join(staged, ", ")
	p.match, p.matchW = strings.Join(match, " and "), strings.Join(matchW, " and ")
	p.set, p.setNew, p.same = strings.Join(set, ", "), strings.Join(setNew, ", "), strings.Join(append(same, "true"), " and ")
	p.returns = strings.Join(returns, ", ")
	if len(t.key) == 0 { // rows that are only appended
		p.match, p.matchW, p.returns = "false", "false", "true as k"
	}
	return p
}

// written wraps an INSERT so that it gives a row per row it wrote: the record's number, or null where a trigger gave the row
// another key.
func (p parts) written(insert string) string {
	return "with w as (" + insert + " returning " + p.returns + ") select b.n from w left join " + staging + " b on " + p.matchW
}

func (p parts) insert() string {
	return fmt.Sprintf("insert into %s as t (%s) select %s from %s b", p.table, p.all, p.staged, staging)
}

func (p parts) missing() string {
	return fmt.Sprintf(" where not exists (select 1 from %s t where %s)", p.table, p.match)
}

func (p parts) upsert() string {
	action := "nothing"
	if p.setNew != "" {
		action = "update set " + p.setNew
	}
	return p.written(fmt.Sprintf("%s order by b.n on conflict (%s) do %s", p.insert(), p.key, action))
}

func (p parts) add(unique bool) string {
	if unique {
		return p.written(fmt.Sprintf("%s order by b.n on conflict (%s) do nothing", p.insert(), p.key))
	}
	return p.written(p.insert() + p.missing() + " order by b.n")
}

func (p parts) update() string {
	if p.set == "" {
		return p.there()
	}
	return fmt.Sprintf("update %s t set %s from %s b where %s returning b.n", p.table, p.set, staging, p.match)
}

func (p parts) delete() string {
	return fmt.Sprintf("delete from %s t using %s b where %s returning b.n", p.table, staging, p.match)
}

// there are the records whose key the table has.
func (p parts) there() string {
	return fmt.Sprintf("select b.n from %s b where exists (select 1 from %s t where %s)", staging, p.table, p.match)
}

// equal are the records that the table has as they are.
func (p parts) equal() string {
	return fmt.Sprintf("select b.n from %s b where exists (select 1 from %s t where %s and %s)", staging, p.table, p.match, p.same)
}

// opName says an operation in a message.
func opName(op schema.Op) string {
	switch op {
	case schema.OpRemove, schema.OpDelete:
		return "delete from"
	case schema.OpUpdate:
		return "update"
	}
	return "write"
}
