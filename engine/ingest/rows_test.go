package ingest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// readFrom reads a relation as sorted lines "a|b|c".
func (w *world) readFrom(store warehouse.Store, _ string, from sqlgen.Relation, columns []schema.Column) []string {
	w.t.Helper()
	if len(columns) == 0 {
		return nil
	}
	var names []string
	for _, c := range columns {
		names = append(names, `"`+c.Name+`"`)
	}
	return w.query(store, fmt.Sprintf(`select %s from "%s"."%s"`, strings.Join(names, ", "), from.Schema, from.Name))
}

func (w *world) query(store warehouse.Store, sql string) []string {
	w.t.Helper()
	rows, err := warehouse.Rows(context.Background(), store, sqlgen.Statement{Name: "test", SQL: sql})
	if err != nil {
		w.t.Fatal(err)
	}
	lines := []string{}
	for _, r := range rows {
		var cells []string
		for _, v := range r {
			if v == nil {
				cells = append(cells, "∅")
			} else {
				cells = append(cells, warehouse.Text(v))
			}
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	slices.Sort(lines)
	return lines
}

// sql queries the warehouse as a later command would.
func (w *world) sql(sql string) []string {
	w.t.Helper()
	store := w.open()
	defer store.Close()
	return w.query(store, strings.ReplaceAll(strings.ReplaceAll(sql, "raw_shop.", "wh.raw_shop."), "_cdp.", "wh._cdp."))
}
