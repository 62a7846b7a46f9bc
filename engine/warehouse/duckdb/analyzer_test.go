package duckdb_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

func column(name string, kind schema.Kind) schema.Column {
	return schema.Column{Name: name, Type: schema.Type{Kind: kind}}
}

var profile = []schema.Column{
	column("customer_id", schema.String), column("email", schema.String), column("lifetime_value", schema.Double), column("orders", schema.Int64),
	column("last_order_at", schema.Timestamp), column("vip", schema.Bool), column("at", schema.Timestamp), column("e-mail", schema.String), column("order", schema.Int64),
	column("extra", schema.JSON), column("nothing", schema.Null), column("current_date", schema.Date),
}

var relations = map[string][]schema.Column{
	"raw_shop.orders": {column("id", schema.Int64), column("total", schema.Double), column("status", schema.String), column("ordered_at", schema.Timestamp)},
	"raw_shop.Ünits":  {column("id", schema.Int64), column("größe", schema.String)},
	"model.unknown":   nil,
}

var condition = &schema.Type{Kind: schema.Bool}

func analyzer(t testing.TB) warehouse.Analyzer {
	t.Helper()
	a, err := duckdb.NewAnalyzer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func expression(text string) warehouse.Query {
	return warehouse.Query{Text: diag.Text{Value: text}, Scope: []warehouse.Scope{{Columns: profile}}}
}

// unknown is an expression over columns that nobody knows yet.
func unknown(text string) warehouse.Query {
	return warehouse.Query{Text: diag.Text{Value: text}, Scope: []warehouse.Scope{{Open: true}}}
}

func query(text string) warehouse.Query {
	return warehouse.Query{Text: diag.Text{Value: text}, Select: true, Relations: relations}
}

func TestGoodSQL(t *testing.T) {
	a := analyzer(t)
	pair := []warehouse.Scope{{Alias: "l", Columns: profile}, {Alias: "r", Columns: profile}}
	for _, c := range []struct {
		name string
		q    warehouse.Query
		sql  string // empty: as written
		kind string
		uses string
		asOf bool
	}{
		{"a comparison", expression("lifetime_value >= 100"), "", "BOOLEAN", "lifetime_value", false},
		{"the clock", expression("last_order_at < as_of - interval 60 days and 'as_of' <> email"), "last_order_at < {{as_of}} - interval 60 days and 'as_of' <> email", "BOOLEAN", "email last_order_at", true},
		{"the clock in capitals, twice", expression("AS_OF > last_order_at or last_order_at > as_of"), "{{as_of}} > last_order_at or last_order_at > {{as_of}}", "BOOLEAN", "last_order_at", true},
		{"the clock alone", expression("as_of"), "{{as_of}}", "TIMESTAMP", "", true},
		{"a word that SQL knows", expression("at"), `"at"`, "TIMESTAMP", "at", false},
		{"a name with a minus", expression(" e-mail "), `"e-mail"`, "VARCHAR", "e-mail", false},
		{"a reserved word", expression("order"), `"order"`, "BIGINT", "order", false},
		{"a column called like the clock", expression("current_date"), `"current_date"`, "DATE", "current_date", false},
		{"comments", expression("vip -- or not\n and /* ; ( */ true"), "vip          \n and           true", "BOOLEAN", "vip", false},
		{"a comment at the end", expression("vip -- end"), "vip       ", "BOOLEAN", "vip", false},
		{"case of names", expression("Lifetime_Value + orders"), "", "DOUBLE", "lifetime_value orders", false},
		{"decimals", expression("1.50"), "", "DECIMAL(3,2)", "", false},
		{"a sum", warehouse.Query{Text: diag.Text{Value: "sum(orders)"}, Scope: expression("").Scope, Aggregate: true}, "", "DECIMAL(38,0)", "orders", false},
		{"json", expression("extra->>'$.a'"), "", "VARCHAR", "extra", false},
		{"a lambda", expression("list_filter(string_split(email, '@'), lambda part: part <> '')"), "", "JSON", "email", false},
		{"a struct", expression("{'a': vip}"), "", "JSON", "vip", false},
		{"no type yet", expression("nothing"), `"nothing"`, "NULL", "nothing", false},
		{"two sides", warehouse.Query{Text: diag.Text{Value: "l.email = r.email and jaro_winkler_similarity(l.customer_id, r.customer_id) > .9"}, Scope: pair, Want: condition}, "", "BOOLEAN", "l.customer_id l.email r.customer_id r.email", false},
		{"a sub-select without tables", expression("(select max(x) from (values (1), (2)) v(x)) > orders"), "", "BOOLEAN", "orders x", false},
		{"umlauts", expression("email || 'ü' = 'é' and as_of > last_order_at"), "email || 'ü' = 'é' and {{as_of}} > last_order_at", "BOOLEAN", "email last_order_at", true},
		{"open scope", warehouse.Query{Text: diag.Text{Value: "whatever + 1"}, Scope: []warehouse.Scope{{Open: true}}}, "", "NULL", "whatever", false},
		{"open scope, a word of SQL", warehouse.Query{Text: diag.Text{Value: "at"}, Scope: []warehouse.Scope{{Open: true}}}, `"at"`, "NULL", "at", false},
		{"open scope, two words", unknown("Total Sum"), `"Total Sum"`, "NULL", "Total Sum", false},
		{"open scope, a digit first", unknown("2nd"), `"2nd"`, "NULL", "2nd", false},
		{"open scope, a quote", unknown(`a"b`), `"a""b"`, "NULL", `a"b`, false},
		{"open scope, like a call", unknown(" sum(x)"), `"sum(x)"`, "NULL", "sum(x)", false},
		{"open scope, a reserved word", unknown("order"), `"order"`, "NULL", "order", false},
		{"dollar quotes", expression("$$as_of)$$ || email"), "", "VARCHAR", "email", false},
		{"many ors", expression("orders in (" + strings.Repeat("1, ", 5000) + "2)"), "", "BOOLEAN", "orders", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := a.Analyze(context.Background(), c.q)
			if len(problems) > 0 {
				t.Fatalf("%+v", problems)
			}
			want := c.sql
			if want == "" {
				want = c.q.Text.Value
			}
			if got.SQL.Value != want || got.AsOf != c.asOf {
				t.Errorf("got %q, as_of %v, want %q", got.SQL.Value, got.AsOf, want)
			}
			if len(got.Columns) != 1 || got.Columns[0].Type.String() != c.kind || strings.Join(got.Uses, " ") != c.uses {
				t.Errorf("columns %v, uses %v", got.Columns, got.Uses)
			}
		})
	}
}

func TestGoodSelects(t *testing.T) {
	a := analyzer(t)
	for _, c := range []struct{ text, columns string }{
		{`select * from "raw_shop"."orders" where status = 'paid'`, "id BIGINT, total DOUBLE, status VARCHAR, ordered_at TIMESTAMP"},
		{`select o.id, count(*) n, sum(total)::decimal(18,2) as t from raw_shop.orders o group by 1 order by all`, "id BIGINT, n BIGINT, t DECIMAL(18,2)"},
		{`with paid as (select * from "raw_shop"."orders" where ordered_at < as_of), x as (select 1 as one) select one, id from paid, x;`, "one BIGINT, id BIGINT"},
		{`select id, row_number() over (partition by status order by total) rn from "raw_shop"."orders" qualify rn = 1`, "id BIGINT, rn BIGINT"},
		{`from "raw_shop"."orders" select id`, "id BIGINT"},
		{`select id from "raw_shop"."orders" union all select id from raw_shop."Ünits"`, "id BIGINT"},
		{`select * exclude (total) replace (upper(status) as status), (select max(id) from raw_shop."Ünits" u where u.id = o.id) m from "raw_shop"."orders" o`, "id BIGINT, status VARCHAR, ordered_at TIMESTAMP, m BIGINT"},
		{`select value from raw_shop.orders, json_each('{"a": 1}')`, "value JSON"},
		{`select unnest(string_split(status, ',')) s from raw_shop.orders`, "s VARCHAR"},
		{`select * from "model"."unknown" where anything = 1`, ""},
		{`select as_of as x, date_trunc('day', as_of) as d`, "x TIMESTAMP, d TIMESTAMP"},
	} {
		got, problems := a.Analyze(context.Background(), query(c.text))
		if len(problems) > 0 {
			t.Errorf("%s: %+v", c.text, problems)
			continue
		}
		var columns []string
		for _, column := range got.Columns {
			columns = append(columns, column.Name+" "+column.Type.String())
		}
		if diff := cmp.Diff(c.columns, strings.Join(columns, ", ")); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

// wrong is a text with «the piece a problem must point at».
type wrong struct{ text, code, mentions string }

func (w wrong) check(t *testing.T, a warehouse.Analyzer, q warehouse.Query) {
	t.Helper()
	before, rest, _ := strings.Cut(w.text, "«")
	piece, after, pointed := strings.Cut(rest, "»")
	q.Text.Value = before + piece + after
	_, problems := a.Analyze(context.Background(), q)
	if len(problems) == 0 {
		t.Errorf("%s: is taken", q.Text.Value)
		return
	}
	p := problems[0]
	if p.Code != w.code || !strings.Contains(p.Summary+" "+p.Detail, w.mentions) || p.Summary == "" {
		t.Errorf("%s: got %s: %s: %s", q.Text.Value, p.Code, p.Summary, p.Detail)
	}
	if at := q.Text.Value[p.Offset : p.Offset+p.Length]; pointed && (at != piece || p.Offset != len(before)) {
		t.Errorf("%s: points at %q (%d)", q.Text.Value, at, p.Offset)
	}
	for _, leak := range []string{"LINE ", "\n", "exception", "Binder", "scope0", "«"} {
		if strings.Contains(p.Detail, leak) {
			t.Errorf("%s: the detail shows %q: %s", q.Text.Value, leak, p.Detail)
		}
	}
}

func TestWrongExpressions(t *testing.T) {
	a := analyzer(t)
	for _, w := range []wrong{
		{"lifetime_value «>=» ", "sql.syntax", ">="},
		{"lifetime_value >= «)»", "sql.syntax", ")"},
		{"lifetime_value + «(»1", "sql.syntax", "not closed"},
		{"email = «'»abc", "sql.syntax", "quote"},
		{"vip «/»* and", "sql.syntax", "comment"},
		{"«lifetime_valu» >= 100", "sql.unknown_column", `"lifetime_value"`},
		{"email <> 'é' and «lifetime_valu» > 1", "sql.unknown_column", `"lifetime_value"`},
		{"lifetime_value >= 100 and «now»() > as_of", "sql.clock", "as_of"},
		{"last_order_at < «CURRENT_TIMESTAMP»", "sql.clock", "as_of"},
		{"last_order_at < «today»()", "sql.clock", "as_of"},
		{"«age»(last_order_at) > interval 1 day", "sql.clock", "as_of"},
		{"«random»() < 0.5", "sql.unstable", "random"},
		{"(select count(*) from «read_csv»('/etc/passwd')) > 0", "sql.function", "read_csv"},
		{"(select count(*) from «'/etc/passwd'») > 0", "sql.relation", "/etc/passwd"},
		{"(select count(*) from «customer».profiles) > 0", "sql.relation", "customer.profiles"},
		{"(select count(*) from «query»('select 1')) > 0", "sql.function", "query"},
		{"(select count(*) from «duckdb_settings»()) > 0", "sql.function", "duckdb_settings"},
		{"(select count(*) from «information_schema».tables) > 0", "sql.relation", "information_schema"},
		{"(with x as (select * from «read_text»('/etc/passwd')) select count(*) from x) > 0", "sql.function", "read_text"},
		{"exists (select 1 from (select 1 union all select 2 from «glob»('*')) y)", "sql.function", "glob"},
		{"vip and «getenv»('HOME') = ''", "sql.unknown_function", "getenv"},
		{"«current_setting»('threads') = ''", "sql.function", "current_setting"},
		{"email = «current_user»", "sql.function", "current_user"},
		{"«emial_normalise»(email) = ''", "sql.unknown_function", "emial_normalise"},
		{"«uper»(email) = 'A'", "sql.unknown_function", `"upper"`},
		{"«system».main.now() > last_order_at", "sql.function", "now"},
		{"true«;» drop table customer.profiles", "sql.statements", ""},
		{"true) «;» drop table x --", "sql.statements", ""},
		{"1«)» from customer.profiles --", "sql.syntax", ""},
		{"1) union select (2", "sql.syntax", ""},
		{"«sum»(orders) > 1", "sql.aggregate", "sum"},
		{"«row_number»() over () = 1", "sql.window", ""},
		{"orders = «?»", "sql.unsupported", ""},
		{"orders = $1", "sql.unsupported", ""},
		{"vip as x", "sql.syntax", ""},
		{"vip«,» vip", "sql.not_expression", ""},
		{"email «+» 1", "sql.type", "VARCHAR"},
		{"«substr»(orders, 'a', last_order_at)", "sql.type", "substr"},
		{"as_of > last_order_at and email «+» 1 > 2", "sql.type", "VARCHAR"},
		{"«»", "sql.empty", ""},
		{" -- nothing", "sql.empty", ""},
		{strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200), "sql.too_deep", ""},
		{strings.Repeat("1+", 100000) + "1", "sql.too_deep", ""},
		{strings.Repeat("not ", 50000) + "vip", "sql.too_deep", ""},
		{strings.Repeat("case when vip then ", 5000) + "1" + strings.Repeat(" end", 5000), "sql.too_deep", ""},
		{"a\x00b", "sql.syntax", "zero byte"},
		{"*", "", ""},
		{"columns(*)", "", ""},
		{"orders::«foo»", "sql.bind", "foo"},
		{"«x».email", "sql.unknown_column", "x"},
	} {
		if w.code == "" {
			if _, problems := a.Analyze(context.Background(), expression(w.text)); len(problems) == 0 {
				t.Errorf("%s: is taken", w.text)
			}
			continue
		}
		w.check(t, a, expression(""))
	}
	// What cannot be a column's name is wrong before columns are known.
	filter := unknown("")
	filter.Want = condition
	wrong{"status = 'paid' «and»", "sql.syntax", "and"}.check(t, a, filter)
	wrong{"«random»()", "sql.unstable", ""}.check(t, a, unknown(""))
	aggregate := unknown("")
	aggregate.Aggregate = true
	wrong{"sum«(»total", "sql.syntax", "not closed"}.check(t, a, aggregate)
	where := expression("")
	where.Want = condition
	wrong{"«lifetime_value»", "sql.not_a_condition", "DOUBLE"}.check(t, a, where)
	wrong{"«orders + 1»", "sql.not_a_condition", "BIGINT"}.check(t, a, where)
	moment := expression("")
	moment.Want = &schema.Type{Kind: schema.Timestamp}
	wrong{"orders + 1", "sql.type", "TIMESTAMP"}.check(t, a, moment)
}

func TestWrongSelects(t *testing.T) {
	a := analyzer(t)
	for _, w := range []wrong{
		{`select «totl» from "raw_shop"."orders"`, "sql.unknown_column", `"total"`},
		{`select o.«totl» from "raw_shop"."orders" o`, "sql.unknown_column", `"total"`},
		{`select * from «raw_shop».ordrs`, "sql.relation", `"raw_shop.orders"`},
		{`select * from «wh».raw_shop.orders`, "sql.relation", ""},
		{`select * from «read_parquet»('x')`, "sql.function", "read_parquet"},
		{`select * from «'x.parquet'»`, "sql.relation", "x.parquet"},
		{`select as_of > «now»() from raw_shop.orders`, "sql.clock", "as_of"},
		{`select 1«;» select 2`, "sql.statements", ""},
		{`drop table x`, "sql.not_select", ""},
		{`copy (select 1) to 'x'`, "sql.not_select", ""},
		{`pragma version`, "sql.not_select", ""},
		{`attach 'x'`, "sql.not_select", ""},
		{`set threads = 1`, "sql.not_select", ""},
		{`insert into raw_shop.orders values (1)`, "sql.not_select", ""},
		{`with x as (insert into raw_shop.orders values (1) returning id) select * from x`, "", ""},
		{`summarize raw_shop.orders`, "sql.relation", ""},
		{`show tables`, "sql.relation", ""},
		{`describe raw_shop.orders`, "sql.relation", ""},
		{`select id, «count»(*) from raw_shop.orders`, "", ""},
		{`selec 1`, "sql.syntax", ""},
		{`select * from «histogram»(raw_shop.orders, id)`, "sql.function", "histogram"},
		{`select * from raw_shop.orders limit (select count(*) from «read_csv»('x'))`, "sql.function", "read_csv"},
		{`select * from raw_shop.orders order by (select 1 from «read_csv»('x'))`, "sql.function", "read_csv"},
		{`pivot «raw_shop».secret on id`, "", ""},
		{`select * from raw_shop.orders using «sample» 5`, "sql.unstable", "order by"},
		{`select * from raw_shop.orders «tablesample» 10%`, "sql.unstable", "order by"},
		{`select * from (select * from raw_shop.orders using «sample» reservoir(5 rows) repeatable (1)) x order by id`, "sql.unstable", "hash"},
		{`with s as (from raw_shop.orders «tablesample» bernoulli(5%)) select * from s`, "sql.unstable", "hash"},
		{`select * from (from «query_table»('raw_shop.orders'))`, "sql.function", "query_table"},
	} {
		if w.code == "" {
			text := strings.NewReplacer("«", "", "»", "").Replace(w.text)
			if _, problems := a.Analyze(context.Background(), query(text)); len(problems) == 0 {
				t.Errorf("%s: is taken", text)
			}
			continue
		}
		w.check(t, a, query(""))
	}
}

// A mistake that the parser finds at a reference is told at the word before it, with the reference as it was written.
func TestSyntaxErrorBeforeReference(t *testing.T) {
	a := analyzer(t)
	q := query(`select * form "raw_shop"."orders" x`)
	q.Text.Spans = []diag.Span{{Length: 14, Exact: true}, {Offset: 14, Length: 19, Written: "${source.shop.orders}"}, {Offset: 33, Length: 2, Exact: true}}
	_, problems := a.Analyze(context.Background(), q)
	if len(problems) != 1 || problems[0].Offset != 9 || problems[0].Length != 4 || problems[0].Detail != `Syntax error between "form" and ${source.shop.orders}.` {
		t.Errorf("%+v", problems)
	}
	q = query(`select id "a" "b" from raw_shop.orders`)
	if _, problems = a.Analyze(context.Background(), q); len(problems) != 1 || problems[0].Detail != `Syntax error at or near "b".` {
		t.Errorf("%+v", problems)
	}
}

func TestLimitWithoutOrderIsDoubtful(t *testing.T) {
	a := analyzer(t)
	for text, at := range map[string]string{
		"select * from raw_shop.orders limit 5": "5", "select * from raw_shop.orders order by id limit 5": "",
		"select * from (from raw_shop.orders limit 7) x": "7", "select 1 limit 1": "", "from raw_shop.orders": "",
		"select id from raw_shop.orders union all select id from raw_shop.orders limit 3": "3",
	} {
		got, problems := a.Analyze(context.Background(), query(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		told := ""
		for _, d := range got.Doubts {
			told += text[d.Offset : d.Offset+d.Length]
		}
		if told != at {
			t.Errorf("%s: doubts at %q, want %q", text, told, at)
		}
	}
}

func TestCanonicalTextIsTheMeaning(t *testing.T) {
	a := analyzer(t)
	same := []string{"lifetime_value>=100 AND vip", " lifetime_value >= 100\n and vip -- good ones", "(lifetime_value>=100 And vip);"}
	var texts []string
	for _, s := range same {
		got, problems := a.Analyze(context.Background(), expression(s))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		texts = append(texts, got.Canonical)
	}
	if texts[0] != texts[1] || texts[0] == texts[2] {
		t.Errorf("%q", texts)
	}
	other, _ := a.Analyze(context.Background(), expression("lifetime_value >= 100 and vip and email <> 'AND'"))
	if !strings.Contains(other.Canonical, "'AND'") {
		t.Error(other.Canonical)
	}
}

func TestManyAnalysesAtOnce(t *testing.T) {
	a := analyzer(t)
	done := make(chan []warehouse.Problem)
	for range 8 {
		go func() {
			for range 50 {
				if _, p := a.Analyze(context.Background(), expression("lifetime_value > 5 and last_order_at < as_of")); p != nil {
					done <- p
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		if p := <-done; p != nil {
			t.Error(p)
		}
	}
}

func BenchmarkAnalyze(b *testing.B) {
	a := analyzer(b)
	for b.Loop() {
		if _, p := a.Analyze(context.Background(), expression("lifetime_value > 500 and last_order_at < as_of - interval 60 days")); p != nil {
			b.Fatal(p)
		}
	}
}
