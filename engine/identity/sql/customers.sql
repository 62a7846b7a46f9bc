-- step: count records, identifiers and distinct values of each customer, for asserts
-- inputs: work."<identity>.records", work."<identity>.identifiers"
-- outputs: work."<identity>.customers"
create or replace table {{rel .Customers}} as
select r.{{ident .ID}}, r."records", coalesce(d."identifiers", 0) as "identifiers"
{{- range .Distinct}},
  {{if .Identifier}}coalesce(d.{{ident .Column}}, 0){{else}}r.{{ident .Column}}{{end}} as {{ident .Name}}
{{- end}}
from (
  select x.{{ident .ID}}, count(*) as "records"{{range .DistinctAttributes}}, count(distinct x.{{ident .}}) as {{ident .}}{{end}}
  from {{rel .Records}} x
  where x.{{ident .ID}} is not null
  group by x.{{ident .ID}}
) r
left join (
  select n.{{ident .ID}}, count(*) as "identifiers"{{range .DistinctIdentifiers}}, sum(case when n."identifier" = {{lit .Name}} then 1 else 0 end) as {{ident .Column}}{{end}}
  from {{rel .Identifiers}} n
  group by n.{{ident .ID}}
) d on d.{{ident .ID}} = r.{{ident .ID}}
