package duckdb_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// published makes a warehouse file with one table.
func published(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "w.duckdb")
	s := openStore(t, duckdb.Options{Path: path})
	defer s.Close()
	if err := s.Promote(ctx); err != nil {
		t.Fatal(err)
	}
	table := warehouse.Table{Schema: "customer", Name: "profiles", Columns: []schema.Column{column("customer_id", schema.String), column("lifetime_value", schema.Double)}, Key: []string{"customer_id"}}
	if err := s.Publish(ctx, warehouse.Publication{Deltas: []warehouse.Delta{{Table: table, Rows: [][]any{{"cus_1", 1.5}, {"cus_2", nil}}}}}); err != nil {
		t.Fatal(err)
	}
	return path
}

func openStore(t testing.TB, o duckdb.Options) warehouse.Store {
	t.Helper()
	o.Threads, o.MemoryLimit = 2, 1<<30
	s, err := duckdb.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestQueries(t *testing.T) {
	path := published(t)
	var readers []*duckdb.Reader
	for range 2 {
		r, err := duckdb.OpenReader(context.Background(), duckdb.Options{Path: path, TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		readers = append(readers, r)
	}
	for _, c := range []struct{ sql, want string }{
		{"select * from customer.profiles order by all;", "cus_1 1.5|cus_2 <nil>"},
		{"select typeof(lifetime_value), count(*)::int as n from customer.profiles group by 1", "DOUBLE 2"},
		{"from customer.profiles select count(*)", "2"},
		{"with a as (select 1 as x) select x from a", "1"},
		{"values (1)", "1"},
		{"select table_schema || '.' || table_name from information_schema.tables where table_schema not in ('main')", "customer.profiles"},
		{"select 'a;b' -- ;", "a;b"},
		{"select 1.10::decimal(4,2), date '2026-01-01', current_setting('TimeZone')", "1.10 2026-01-01 00:00:00 +0000 UTC UTC"},
	} {
		for _, r := range readers {
			if got := ask(t, r, c.sql); got != c.want {
				t.Errorf("%s: got %s", c.sql, got)
			}
		}
	}
	for _, sql := range []string{"show all tables", "describe customer.profiles", "summarize customer.profiles", "explain select 1", "show tables"} {
		rows, err := readers[0].Query(context.Background(), sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		rows.Release()
	}
}

func ask(t *testing.T, r *duckdb.Reader, sql string) string {
	t.Helper()
	rows, err := r.Query(context.Background(), sql)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
		return ""
	}
	defer rows.Release()
	var lines []string
	err = warehouse.EachRow(rows, func(row warehouse.Row) error {
		lines = append(lines, strings.Trim(fmt.Sprint([]any(row)), "[]"))
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	return strings.Join(lines, "|")
}

// A statement that does not parse is a mistake with a place, not one that would change data.
func TestQueriesThatDoNotParse(t *testing.T) {
	r, err := duckdb.OpenReader(context.Background(), duckdb.Options{Path: published(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for sql, want := range map[string]string{
		"selec 1":                                    `Invalid SQL: syntax error at or near "selec" (line 1, column 1).`,
		"select 'ä' as a,\n  1 +* 2 3 as b":          `Invalid SQL: syntax error at or near "3" (line 2, column 10).`,
		"select * from customer.profiles whre 1 = 1": `Invalid SQL: syntax error at or near "1" (line 1, column 38).`,
		"delete from customer.profiles":              "Statement refused: It would change data or settings, or read outside of the warehouse.",
		"delete form customer.profiles":              `Invalid SQL: syntax error at or near "form" (line 1, column 8).`,
	} {
		_, err := r.Query(context.Background(), sql)
		summary, detail, _ := warehouse.Explain(err)
		if got := summary + ": " + detail; got != want {
			t.Errorf("%s: %s", sql, got)
		}
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	path := published(t)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\nhidden\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := duckdb.OpenReader(context.Background(), duckdb.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"", ";", "selec 1", "select nope from customer.profiles", "select 1; select 2", "select * from '" + secret + "'", "select * from read_csv('" + secret + "')",
		"select * from read_text('" + path + "')", "select * from read_blob('" + path + "')", "select * from glob('/etc/*')", "select * from \"read_blob\" ('" + path + "')",
		"select * from '" + path + "'", "select (select count(*) from /* x */ '" + path + "')", "from 'w.duckdb'",
		"insert into customer.profiles values ('x', 1)", "delete from customer.profiles", "create table memory.main.x (i int)", "create temp table x (i int)", "drop table customer.profiles",
		"set enable_external_access = true", "set threads = 1", "reset lock_configuration", "attach 'x.duckdb'", "detach wh", "use memory", "install httpfs", "load httpfs",
		"copy (select 1) to '/tmp/x.csv'", "export database '/tmp/x'", "pragma database_size", "call pragma_version()", "checkpoint", "begin", "prepare p as select 1", "vacuum",
		"select * from query('drop table customer.profiles')", "select json_execute_serialized_sql('{}')", "select ?",
	} {
		rows, err := r.Query(context.Background(), sql)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Release()
		}
		if err == nil {
			t.Errorf("%s: is answered", sql)
			continue
		}
		summary, detail, ok := warehouse.Explain(err)
		if sql != "select ?" && (!ok || summary == "") {
			t.Errorf("%s: cannot be explained: %v", sql, err)
		}
		if strings.Contains(detail, "LINE 1") || strings.Contains(detail, "\n") || strings.Contains(detail, "hidden") {
			t.Errorf("%s: %s", sql, detail)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Error("the warehouse changed")
	}
}
