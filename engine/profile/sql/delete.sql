-- step: keys of rows that are gone or differ
-- inputs: the new rows, the table before, rows that differ
-- outputs: delta."<table>-"
create or replace table {{rel .Delete}} as
select {{range $i, $k := .Table.Key}}{{if $i}}, {{end}}w.{{ident $k}}{{end}}
from {{rel .Table.Was}} w
left join {{rel .New}} n
  on {{range $i, $k := .Table.Key}}{{if $i}} and {{end}}w.{{ident $k}} = n.{{ident $k}}{{end}}
where (n.{{ident (index .Table.Key 0)}} is null
{{- range .Table.Columns}}
   or w.{{ident .Name}} is distinct from n.{{ident .Name}}
{{- end}})
{{- if not .Touched.All}}
  and w.{{ident .ID}} in (select t.{{ident .ID}} from {{rel .Touched.IDs}} t)
{{- end}}
