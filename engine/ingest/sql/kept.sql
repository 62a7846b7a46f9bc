-- step: the rows of this load
-- inputs: rows to keep, winners among equal keys
-- outputs: view work."<stream>.kept"
create or replace view {{rel .Kept}} as
select {{cols .Own}}{{if .Scoped}}, {{ident .ScopeColumn}}{{end}}, {{ident .SeqColumn}}
from {{rel .Parsed}} s
where {{template "_keep" .}}
{{- if .Doubled}}
  and not exists (select 1 from {{rel .Twice}} t where {{range $i, $k := .Key}}{{sep $i " and "}}t.{{ident $k}} = s.{{ident $k}}{{end}})
union all
select {{cols .Own}}, {{ident .SeqColumn}} from {{rel .Winners}}
{{- end}}
