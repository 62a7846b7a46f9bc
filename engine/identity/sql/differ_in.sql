-- step: rows that are new or differ
-- inputs: the new rows, the table before
-- outputs: delta."<table>+"
create or replace table {{rel .Insert}} as
select {{cols .Columns "n"}}
from {{rel .New}} n
left join {{rel .Table.Was}} w on {{range $i, $k := .Table.Key}}{{sep $i " and "}}w.{{ident $k}} = n.{{ident $k}}{{end}}
where w.{{ident (index .Table.Key 0)}} is null
{{- range .Columns}}
   or w.{{ident .}} is distinct from n.{{ident .}}
{{- end}}
